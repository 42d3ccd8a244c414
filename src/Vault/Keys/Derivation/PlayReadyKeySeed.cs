using System.Security.Cryptography;
using DrmHub.Cenc;

namespace DrmHub.Vault.Keys.Derivation;

/// <summary>
/// PlayReady's derivation of a content key from a key seed (PlayReady Header Specification, "Key Seed"): three SHA-256 hashes
/// over the first 30 bytes of the seed and the key id in GUID byte order, folded into 16 bytes.
/// </summary>
public static class PlayReadyKeySeed
{
    public const int SeedSize = 30;

    /// <param name="seed">30 bytes or more; the first 30 count.</param>
    /// <param name="keyId">The key id; its GUID byte order is taken here.</param>
    /// <param name="key">Receives 16 bytes.</param>
    /// <exception cref="ArgumentException">The seed is too short, or the destination is not 16 bytes.</exception>
    public static void Derive(ReadOnlySpan<byte> seed, KeyId keyId, Span<byte> key)
    {
        if (seed.Length < SeedSize) throw new ArgumentException($"A key seed has {SeedSize} bytes or more.", nameof(seed));
        if (key.Length != ContentKey.Size) throw new ArgumentException("A content key has 16 bytes.", nameof(key));
        Span<byte> text = stackalloc byte[2 * (SeedSize + KeyId.Size)];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        var id = keyId.ToPlayReadyBytes();
        seed[..SeedSize].CopyTo(text);
        id.CopyTo(text[SeedSize..]);
        text[..(SeedSize + KeyId.Size)].CopyTo(text[(SeedSize + KeyId.Size)..]);

        // seed‖kid, seed‖kid‖seed, seed‖kid‖seed‖kid.
        key.Clear();
        foreach (var length in (ReadOnlySpan<int>)[SeedSize + KeyId.Size, (2 * SeedSize) + KeyId.Size, 2 * (SeedSize + KeyId.Size)])
        {
            SHA256.HashData(text[..length], hash);
            for (var i = 0; i < key.Length; i++) key[i] ^= (byte)(hash[i] ^ hash[i + ContentKey.Size]);
        }

        CryptographicOperations.ZeroMemory(text);
        CryptographicOperations.ZeroMemory(hash);
    }
}
