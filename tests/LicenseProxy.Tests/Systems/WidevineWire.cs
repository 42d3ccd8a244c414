using DrmHub.Cenc;
using DrmHub.Cenc.Pssh;

namespace DrmHub.LicenseProxy.Tests.Systems;

/// <summary>Writes Widevine messages field by field, for tests; nothing of the product is used but pssh data.</summary>
internal static class WidevineWire
{
    public static readonly byte[] CertificateRequest = [0x08, 0x04];

    public static byte[] Varint(int field, ulong value) => [.. Number(((ulong)field << 3) | 0), .. Number(value)];

    public static byte[] Bytes(int field, params byte[] value) => [.. Number(((ulong)field << 3) | 2), .. Number((ulong)value.Length), .. value];

    public static byte[] Signed(int type, byte[] message) => [.. Varint(1, (ulong)type), .. Bytes(2, message), .. Bytes(3, new byte[256])];

    /// <param name="clientId">The encrypted client id, whose bytes are the device's name for the hub.</param>
    /// <param name="licenseType">1 streaming, 2 offline.</param>
    public static byte[] NewRequest(IEnumerable<KeyId> keyIds, string? contentId = null, byte[]? clientId = null, ulong licenseType = 1, byte requestId = 7)
    {
        var pssh = new WidevinePsshData { KeyIds = [.. keyIds], ContentId = contentId is null ? default : System.Text.Encoding.UTF8.GetBytes(contentId) };
        byte[] content = [.. Bytes(1, pssh.ToByteArray()), .. Varint(2, licenseType), .. Bytes(3, [.. Enumerable.Repeat(requestId, 16)])];
        return Request(1, Bytes(1, content), clientId);
    }

    /// <param name="type">2 renewal, 3 release.</param>
    public static byte[] ExistingRequest(ulong type, byte[]? sessionToken, byte requestId = 7)
    {
        byte[] licenseId = [.. Bytes(1, [.. Enumerable.Repeat(requestId, 16)]), .. (sessionToken is null ? [] : Bytes(6, sessionToken))];
        return Request(type, Bytes(3, Bytes(1, licenseId)), null);
    }

    public static byte[] License() => Signed(2, [1, 2, 3]);

    private static byte[] Request(ulong type, byte[] content, byte[]? clientId) => Signed(1,
    [
        .. Bytes(2, content), .. Varint(3, type), .. Varint(4, 1_760_000_000), .. Varint(6, 21), .. Bytes(8, Bytes(3, clientId ?? [9, 9, 9])),
    ]);

    private static byte[] Number(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7) bytes.Add((byte)((value & 0x7F) | 0x80));
        bytes.Add((byte)value);
        return [.. bytes];
    }
}
