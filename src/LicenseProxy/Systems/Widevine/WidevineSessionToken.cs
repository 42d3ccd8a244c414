using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using DrmHub.Cenc;
using DrmHub.Vault.Rights;

namespace DrmHub.LicenseProxy.Systems.Widevine;

/// <summary>
/// What a renewal is about. A renewal names the licence that it goes on with and neither key nor content, so the hub gives each licence a
/// <c>provider_session_token</c> that comes back in its renewals: version (1 where the licence holds content keys, 2 for entitlement keys), level, number of keys (2 bytes, big-endian), key ids, content id in UTF-8,
/// and 16 bytes of HMAC-SHA256 over all of it. Not secret, but not forgeable: a device cannot claim another level or title.
/// </summary>
internal sealed record WidevineSessionToken(string ContentId, IReadOnlyList<KeyId> KeyIds, SecurityLevel Level, bool OfEntitlements)
{
    public const int KeySize = 32;
    private const byte OfContentKeys = 1;
    private const byte OfEntitlementKeys = 2;
    private const int MacSize = 16;
    private const int HeadSize = 4;
    private const int MaxSize = 8192;

    public byte[] Seal(ReadOnlySpan<byte> key)
    {
        var content = Encoding.UTF8.GetBytes(ContentId);
        var bytes = new byte[HeadSize + (KeyIds.Count * KeyId.Size) + content.Length + MacSize];
        bytes[0] = OfEntitlements ? OfEntitlementKeys : OfContentKeys;
        bytes[1] = (byte)Level;
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2), (ushort)KeyIds.Count);
        var at = HeadSize;
        foreach (var keyId in KeyIds)
        {
            keyId.CopyTo(bytes.AsSpan(at));
            at += KeyId.Size;
        }

        content.CopyTo(bytes.AsSpan(at));
        Mac(key, bytes.AsSpan(0, bytes.Length - MacSize)).AsSpan(0, MacSize).CopyTo(bytes.AsSpan(bytes.Length - MacSize));
        return bytes;
    }

    /// <returns>Null where the bytes are none that were sealed with this key.</returns>
    public static WidevineSessionToken? Open(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> key)
    {
        if (bytes.Length is < HeadSize + MacSize or > MaxSize || bytes[0] is not (OfContentKeys or OfEntitlementKeys)) return null;
        var body = bytes[..^MacSize];
        if (!CryptographicOperations.FixedTimeEquals(Mac(key, body).AsSpan(0, MacSize), bytes[^MacSize..])) return null;
        var count = BinaryPrimitives.ReadUInt16BigEndian(body[2..]);
        var content = HeadSize + (count * KeyId.Size);
        if (content > body.Length || body[1] > (byte)SecurityLevel.Hardware) return null;
        var keyIds = new KeyId[count];
        for (var i = 0; i < count; i++) keyIds[i] = new KeyId(body.Slice(HeadSize + (i * KeyId.Size), KeyId.Size));
        return new WidevineSessionToken(Encoding.UTF8.GetString(body[content..]), keyIds, (SecurityLevel)body[1], body[0] == OfEntitlementKeys);
    }

    private static byte[] Mac(ReadOnlySpan<byte> key, ReadOnlySpan<byte> bytes) => HMACSHA256.HashData(key, bytes);
}
