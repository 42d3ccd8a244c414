using System.Security.Cryptography;

namespace DrmHub.Vault.Keys;

/// <summary>The form of everything that is sealed in the database: AES-256-GCM (NIST SP 800-38D), 12 random bytes of nonce ‖ ciphertext ‖ 16 bytes of tag.</summary>
internal static class SealedBox
{
    /// <summary>Bytes of a box beside its text.</summary>
    public const int Overhead = NonceSize + TagSize;

    private const int NonceSize = 12;
    private const int TagSize = 16;

    public static AesGcm Cipher(ReadOnlySpan<byte> key) => new(key, TagSize);

    public static byte[] Seal(this AesGcm cipher, ReadOnlySpan<byte> plain, ReadOnlySpan<byte> associated)
    {
        var box = new byte[plain.Length + Overhead];
        RandomNumberGenerator.Fill(box.AsSpan(0, NonceSize));
        cipher.Encrypt(box.AsSpan(0, NonceSize), plain, box.AsSpan(NonceSize, plain.Length), box.AsSpan(NonceSize + plain.Length), associated);
        return box;
    }

    /// <param name="plain">As long as the text.</param>
    /// <exception cref="AuthenticationTagMismatchException">The box has another length, or it or the associated data is not what was sealed.</exception>
    public static void Open(this AesGcm cipher, ReadOnlySpan<byte> box, Span<byte> plain, ReadOnlySpan<byte> associated)
    {
        if (box.Length != plain.Length + Overhead) throw new AuthenticationTagMismatchException();
        cipher.Decrypt(box[..NonceSize], box.Slice(NonceSize, plain.Length), box[(NonceSize + plain.Length)..], plain, associated);
    }
}
