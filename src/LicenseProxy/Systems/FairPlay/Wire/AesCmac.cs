using System.Security.Cryptography;

namespace DrmHub.LicenseProxy.Systems.FairPlay.Wire;

/// <summary>AES-CMAC (NIST SP 800-38B, RFC 4493), which the framework does not bring. 16-byte key, 16-byte code.</summary>
internal static class AesCmac
{
    private const int Block = 16;

    public static void Compute(ReadOnlySpan<byte> key, ReadOnlySpan<byte> message, Span<byte> code)
    {
        using var aes = Aes.Create();
        aes.SetKey(key);
        Span<byte> subkey = stackalloc byte[Block];
        subkey.Clear();
        aes.EncryptEcb(subkey, subkey, PaddingMode.None);
        Double(subkey);

        var whole = message.Length == 0 ? 0 : (message.Length - 1) / Block;
        Span<byte> last = stackalloc byte[Block];
        last.Clear();
        var tail = message[(whole * Block)..];
        tail.CopyTo(last);
        if (tail.Length < Block)
        {
            last[tail.Length] = 0x80;
            Double(subkey);
        }

        code[..Block].Clear();
        for (var i = 0; i < whole; i++) Mix(aes, code, message.Slice(i * Block, Block));
        for (var i = 0; i < Block; i++) last[i] ^= subkey[i];
        Mix(aes, code, last);
        CryptographicOperations.ZeroMemory(subkey);
    }

    private static void Mix(Aes aes, Span<byte> code, ReadOnlySpan<byte> block)
    {
        for (var i = 0; i < Block; i++) code[i] ^= block[i];
        aes.EncryptEcb(code[..Block], code, PaddingMode.None);
    }

    /// <summary>Multiplies by x in GF(2^128).</summary>
    private static void Double(Span<byte> block)
    {
        var carry = block[0] >> 7;
        for (var i = 0; i < Block - 1; i++) block[i] = (byte)((block[i] << 1 & 0xff) | (block[i + 1] >> 7));
        block[Block - 1] = (byte)((block[Block - 1] << 1 & 0xff) ^ (0x87 * carry));
    }
}
