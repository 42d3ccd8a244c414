using System.Security.Cryptography;

namespace DrmHub.Sandbox.Wire;

/// <summary>
/// The keys that device and service derive from a session key and the licence request that they both hold: AES-CMAC in counter
/// mode (NIST SP 800-108) over a label, a zero byte, the request, and the number of bits in four bytes.
/// </summary>
internal sealed class WidevineSessionKeys
{
    private WidevineSessionKeys(byte[] encryption, byte[] macServer, byte[] macClient)
    {
        Encryption = encryption;
        MacServer = macServer;
        MacClient = macClient;
    }

    /// <summary>16 bytes: encrypts the keys in the licence.</summary>
    public byte[] Encryption { get; }

    /// <summary>32 bytes: authenticates what the service sends (HMAC-SHA256).</summary>
    public byte[] MacServer { get; }

    /// <summary>32 bytes: authenticates what the device sends.</summary>
    public byte[] MacClient { get; }

    /// <param name="request">The LicenseRequest as it was signed.</param>
    public static WidevineSessionKeys Derive(ReadOnlySpan<byte> sessionKey, ReadOnlySpan<byte> request)
    {
        var key = sessionKey.ToArray();
        var encryption = Context("ENCRYPTION"u8, request, 128);
        var authentication = Context("AUTHENTICATION"u8, request, 512);
        byte[] Block(byte counter, byte[] context) => AesCmac.Compute(key, [counter, .. context]);
        return new WidevineSessionKeys(
            Block(1, encryption),
            [.. Block(1, authentication), .. Block(2, authentication)],
            [.. Block(3, authentication), .. Block(4, authentication)]);
    }

    public static byte[] Sign(byte[] macKey, ReadOnlySpan<byte> message) => HMACSHA256.HashData(macKey, message);

    private static byte[] Context(ReadOnlySpan<byte> label, ReadOnlySpan<byte> request, int bits) =>
        [.. label, 0, .. request, 0, 0, (byte)(bits >> 8), (byte)(bits & 0xFF)];
}
