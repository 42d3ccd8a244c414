using DrmHub.Cenc;
using DrmHub.Cenc.Pssh;
using Fields = DrmHub.Sandbox.Wire.WidevineFields;

namespace DrmHub.Sandbox.Wire;

/// <summary>The data of a Widevine pssh as a device and a licence service read it: its type, and the content keys that it carries wrapped.</summary>
internal sealed record WidevinePssh(ReadOnlyMemory<byte> Data, int Type, IReadOnlyList<WidevineWrappedKey> Wrapped)
{
    public bool CarriesKeys => Type == Fields.PsshData.TypeEntitledKey;

    public bool IsOfEntitlements => Type is Fields.PsshData.TypeEntitlement or Fields.PsshData.TypeEntitledKey;

    /// <exception cref="SandboxException">Not such data.</exception>
    public static WidevinePssh Read(ReadOnlyMemory<byte> data)
    {
        var message = ProtoMessage.Parse(data, "WidevinePsshData");
        return new WidevinePssh(data, message.Int(Fields.PsshData.Type) ?? 0, [.. message.All(Fields.PsshData.EntitledKey).Select(WidevineWrappedKey.Read)]);
    }

    /// <summary>Those of Widevine among boxes that stand one after the other.</summary>
    /// <exception cref="SandboxException">No pssh boxes.</exception>
    public static IReadOnlyList<WidevinePssh> ReadBoxes(ReadOnlySpan<byte> boxes)
    {
        try
        {
            return [.. PsshBox.ParseAll(boxes).Where(box => box.SystemId == DrmSystemIds.Widevine).Select(box => Read(box.Data))];
        }
        catch (CencFormatException exception)
        {
            throw SandboxException.Format($"The init data is no pssh box: {exception.Message}.");
        }
    }
}

/// <summary>A content key under an entitlement key.</summary>
internal sealed record WidevineWrappedKey(KeyId EntitlementId, KeyId KeyId, ReadOnlyMemory<byte> Key, ReadOnlyMemory<byte> Iv)
{
    public static WidevineWrappedKey Read(ReadOnlyMemory<byte> bytes)
    {
        var message = ProtoMessage.Parse(bytes, "EntitledKey");
        var key = message.Need(Fields.EntitledKey.Key, "the wrapped key");
        var iv = message.Need(Fields.EntitledKey.Iv, "the IV");
        if (key.Length < ContentKey.Size || iv.Length != 16) throw message.Broken("the wrapped key or its IV is too short");
        return new WidevineWrappedKey(Id(message, Fields.EntitledKey.EntitlementKeyId), Id(message, Fields.EntitledKey.KeyId), key, iv);
    }

    private static KeyId Id(ProtoMessage message, int field)
    {
        var bytes = message.Need(field, "a key id");
        return bytes.Length == KeyId.Size ? new KeyId(bytes.Span) : throw message.Broken("a key id has not 16 bytes");
    }
}
