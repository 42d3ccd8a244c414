using System.Security.Cryptography;

namespace DrmHub.Cenc.Pssh;

/// <summary>
/// PlayReady's standard key seed algorithm (Microsoft, "PlayReady Key Seed"): a content key from a secret seed and a key id.
/// With s the first 30 bytes of the seed and k the key id in PlayReady byte order: A = SHA-256(s‖k), B = SHA-256(s‖k‖s),
/// C = SHA-256(s‖k‖s‖k); byte i of the key is A[i]^A[i+16]^B[i]^B[i+16]^C[i]^C[i+16].
/// Who has the seed has every key ever derived from it, so it belongs where the keys themselves would be.
/// </summary>
public static class PlayReadyKeySeed
{
    /// <summary>Bytes of the seed that count; a seed has at least as many.</summary>
    public const int Size = 30;

    /// <param name="seed">At least 30 bytes; only the first 30 count.</param>
    /// <param name="keyId">The key id that the key is for.</param>
    /// <exception cref="ArgumentException">The seed is shorter than 30 bytes.</exception>
    public static ContentKey DeriveKey(ReadOnlySpan<byte> seed, KeyId keyId)
    {
        if (seed.Length < Size) throw new ArgumentException($"A PlayReady key seed has at least {Size} bytes, not {seed.Length}.", nameof(seed));
        const int Block = Size + KeyId.Size;
        Span<byte> input = stackalloc byte[2 * Block];
        seed[..Size].CopyTo(input);
        keyId.ToPlayReadyBytes().CopyTo(input[Size..]);
        input[..Block].CopyTo(input[Block..]);

        Span<byte> key = stackalloc byte[ContentKey.Size];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        key.Clear();
        foreach (var length in (ReadOnlySpan<int>)[Block, Block + Size, 2 * Block])
        {
            SHA256.HashData(input[..length], hash);
            for (var i = 0; i < key.Length; i++) key[i] ^= (byte)(hash[i] ^ hash[i + 16]);
        }

        var contentKey = new ContentKey(key);
        CryptographicOperations.ZeroMemory(input);
        CryptographicOperations.ZeroMemory(hash);
        CryptographicOperations.ZeroMemory(key);
        return contentKey;
    }
}
