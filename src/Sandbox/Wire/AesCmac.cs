using System.Security.Cryptography;

namespace DrmHub.Sandbox.Wire;

/// <summary>AES-CMAC (RFC 4493, NIST SP 800-38B) with a 16-byte key; the framework has none.</summary>
internal static class AesCmac
{
    public const int Size = 16;

    public static byte[] Compute(ReadOnlySpan<byte> key, ReadOnlySpan<byte> message)
    {
        using var aes = Aes.Create();
        aes.SetKey(key);
        var subkey = aes.EncryptEcb(new byte[Size], PaddingMode.None);
        Double(subkey);
        var whole = message.Length > 0 && message.Length % Size == 0;
        if (!whole) Double(subkey);

        // The last block takes the subkey, after padding where it is short; then the last block of CBC is the code.
        var padded = new byte[whole ? message.Length : (message.Length / Size * Size) + Size];
        message.CopyTo(padded);
        if (!whole) padded[message.Length] = 0x80;
        for (var i = 0; i < Size; i++) padded[^(Size - i)] ^= subkey[i];
        return aes.EncryptCbc(padded, new byte[Size], PaddingMode.None)[^Size..];
    }

    /// <summary>Multiplies by x in GF(2^128) with the polynomial of RFC 4493, 2.3.</summary>
    private static void Double(Span<byte> block)
    {
        var carry = (block[0] & 0x80) != 0;
        for (var i = 0; i < Size; i++)
        {
            var next = i + 1 < Size ? block[i + 1] >> 7 : 0;
            block[i] = (byte)(((block[i] << 1) & 0xFF) | next);
        }

        if (carry) block[Size - 1] ^= 0x87;
    }
}
