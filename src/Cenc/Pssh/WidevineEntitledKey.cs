namespace DrmHub.Cenc.Pssh;

/// <summary>What a Widevine pssh is for; field 11 of its data. Absent means <see cref="Single"/>.</summary>
public enum WidevinePsshType
{
    /// <summary>SINGLE: names content keys, which a licence then holds.</summary>
    Single = 0,

    /// <summary>ENTITLEMENT: names entitlement keys, and carries no key.</summary>
    Entitlement = 1,

    /// <summary>ENTITLED_KEY: carries content keys, each wrapped under an entitlement key that it names.</summary>
    EntitledKey = 2,
}

/// <summary>
/// A content key in a pssh of type ENTITLED_KEY. Fields: 1 entitlement_key_id, 2 key_id, 3 key, 4 iv, 5 entitlement_key_size_bytes (32 where absent).
/// </summary>
/// <param name="EntitlementKeyId">The key that this one is wrapped under.</param>
/// <param name="KeyId">The content key.</param>
/// <param name="WrappedKey">AES-CBC: 16 bytes, or 32 where its writer padded it (PKCS #7).</param>
/// <param name="Iv">16 bytes.</param>
/// <param name="EntitlementKeySize">Bytes of the entitlement key, 16 or 32; null where it is not said.</param>
public sealed record WidevineEntitledKey(KeyId EntitlementKeyId, KeyId KeyId, ReadOnlyMemory<byte> WrappedKey, ReadOnlyMemory<byte> Iv, int? EntitlementKeySize)
{
    private const int IvSize = 16;

    internal byte[] ToByteArray()
    {
        var writer = new ProtobufWriter();
        writer.Bytes(1, EntitlementKeyId.ToByteArray());
        writer.Bytes(2, KeyId.ToByteArray());
        writer.Bytes(3, WrappedKey.Span);
        writer.Bytes(4, Iv.Span);
        if (EntitlementKeySize is { } size) writer.Varint(5, (ulong)size);
        return writer.ToArray();
    }

    /// <returns>Null where the bytes are something that this type cannot express: a part that is missing, twice there or of another size, or an unknown field.</returns>
    internal static WidevineEntitledKey? TryParse(ReadOnlySpan<byte> bytes)
    {
        var seen = 0u;
        int? size = null;
        ReadOnlySpan<byte> entitlementKeyId = default, keyId = default, key = default, iv = default;
        var reader = new ProtobufReader(bytes);
        while (reader.Next())
        {
            if (reader.Field is 0 or > 5 || (seen & (1u << (int)reader.Field)) != 0) return null;
            seen |= 1u << (int)reader.Field;
            if (reader.WireType != (reader.Field == 5 ? ProtobufWireType.Varint : ProtobufWireType.LengthDelimited)) return null;
            switch (reader.Field)
            {
                case 1: entitlementKeyId = reader.Bytes; break;
                case 2: keyId = reader.Bytes; break;
                case 3: key = reader.Bytes; break;
                case 4: iv = reader.Bytes; break;
                default: size = reader.Number is 16 or 32 ? (int)reader.Number : 0; break;
            }
        }

        if (reader.Error is not null || size == 0 || entitlementKeyId.Length != KeyId.Size || keyId.Length != KeyId.Size) return null;
        if (key.Length is not (ContentKey.Size or 2 * ContentKey.Size) || iv.Length != IvSize) return null;
        return new WidevineEntitledKey(new KeyId(entitlementKeyId), new KeyId(keyId), key.ToArray(), iv.ToArray(), size);
    }
}
