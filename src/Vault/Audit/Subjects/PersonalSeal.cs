using System.Security.Cryptography;

namespace DrmHub.Vault.Audit;

/// <summary>
/// Seals personal details: AES-256-GCM under a key that is derived for one entry, so the nonce is zero. GCM does not bind a
/// ciphertext to its key; the commitment in the leaf does, so that nobody can later show another plaintext.
/// </summary>
internal static class PersonalSeal
{
    private const int TagSize = 16;

    /// <returns>Ciphertext, then the 16-byte tag.</returns>
    public static byte[] Seal(SubjectKey key, ReadOnlySpan<byte> entryId, ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> leafWithoutPersonal, out byte[] commitment)
    {
        var entryKey = key.EntryKey(entryId);
        commitment = Commit(entryKey);
        var detail = new byte[plaintext.Length + TagSize];
        using (var aes = new AesGcm(entryKey, TagSize))
            aes.Encrypt(stackalloc byte[12], plaintext, detail.AsSpan(0, plaintext.Length), detail.AsSpan(plaintext.Length), leafWithoutPersonal);
        CryptographicOperations.ZeroMemory(entryKey);
        return detail;
    }

    /// <summary>Opens what <see cref="Seal"/> made, or null where key, commitment, ciphertext or leaf do not belong together.</summary>
    public static byte[]? Open(ReadOnlySpan<byte> entryKey, ReadOnlySpan<byte> commitment, ReadOnlySpan<byte> detail, ReadOnlySpan<byte> leafWithoutPersonal)
    {
        if (detail.Length < TagSize || entryKey.Length != 32) return null;
        if (!CryptographicOperations.FixedTimeEquals(Commit(entryKey), commitment)) return null;
        var plaintext = new byte[detail.Length - TagSize];
        try
        {
            using var aes = new AesGcm(entryKey, TagSize);
            aes.Decrypt(stackalloc byte[12], detail[..plaintext.Length], detail[plaintext.Length..], plaintext, leafWithoutPersonal);
            return plaintext;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }

    private static byte[] Commit(ReadOnlySpan<byte> entryKey)
    {
        Span<byte> input = stackalloc byte[25 + 32];
        "drmhub/key-commitment/v1\0"u8.CopyTo(input);
        entryKey.CopyTo(input[25..]);
        var commitment = SHA256.HashData(input);
        CryptographicOperations.ZeroMemory(input);
        return commitment;
    }
}
