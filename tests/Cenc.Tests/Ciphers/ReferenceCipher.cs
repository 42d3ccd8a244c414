using System.Security.Cryptography;
using DrmHub.Cenc.Encryption;

namespace DrmHub.Cenc.Tests.Ciphers;

/// <summary>
/// ISO/IEC 23001-7, clauses 9 and 10, written out byte by byte over the framework's one-block AES: slow and plain, to compare with.
/// </summary>
internal static class ReferenceCipher
{
    public static void Process(
        byte[] key, ProtectionScheme scheme, EncryptionPattern pattern, CryptDirection direction, Span<byte> sample, byte[] iv, Subsample[] subsamples)
    {
        using var aes = Aes.Create();
        aes.Key = key;
        if (subsamples.Length == 0) subsamples = [new Subsample(0, (uint)sample.Length)];
        var first = new byte[16];
        iv.CopyTo(first, 0);
        var block = (byte[])first.Clone();
        var keyStream = Array.Empty<byte>();
        var offset = 0;
        foreach (var subsample in subsamples)
        {
            offset += subsample.ClearBytes;
            if (scheme == ProtectionScheme.Cbcs) block = (byte[])first.Clone();
            var period = scheme.HasPattern() ? pattern.CryptBlocks + pattern.SkipBlocks : 0;
            for (var i = 0; i < subsample.ProtectedBytes; i += 16)
            {
                var length = Math.Min(16, (int)subsample.ProtectedBytes - i);
                var encrypted = period == 0 || i / 16 % period < pattern.CryptBlocks;
                if (!encrypted || (length < 16 && scheme != ProtectionScheme.Cenc)) continue;
                var piece = sample.Slice(offset + i, length);
                if (scheme.IsCounterMode()) Count(aes, piece, block, ref keyStream);
                else block = Chain(aes, piece, block, direction);
            }

            offset += (int)subsample.ProtectedBytes;
        }
    }

    private static void Count(Aes aes, Span<byte> piece, byte[] counter, ref byte[] keyStream)
    {
        for (var i = 0; i < piece.Length; i++)
        {
            if (keyStream.Length == 0)
            {
                keyStream = aes.EncryptEcb(counter, PaddingMode.None);
                for (var at = 15; at >= 8 && unchecked(++counter[at]) == 0;) at--;
            }

            piece[i] ^= keyStream[0];
            keyStream = keyStream[1..];
        }
    }

    private static byte[] Chain(Aes aes, Span<byte> piece, byte[] iv, CryptDirection direction)
    {
        var before = piece.ToArray();
        var after = direction == CryptDirection.Encrypt ? aes.EncryptCbc(before, iv, PaddingMode.None) : aes.DecryptCbc(before, iv, PaddingMode.None);
        after.CopyTo(piece);
        return direction == CryptDirection.Encrypt ? after : before;
    }
}
