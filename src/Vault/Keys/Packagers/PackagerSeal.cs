using System.Security.Cryptography;
using System.Text;

namespace DrmHub.Vault.Keys.Packagers;

/// <summary>
/// Seals what is kept of a credential with AES-256-GCM: 12 bytes of nonce ‖ ciphertext ‖ 16 bytes of tag. The associated data names
/// the row, so that whoever can only write to the database can neither forge a credential nor give one to another packager.
/// </summary>
internal sealed class PackagerSeal(byte[] key) : IDisposable
{
    private const int NonceSize = 12;
    private const int TagSize = 16;

    private readonly AesGcm _aes = new(key, TagSize);
    private readonly Lock _lock = new();

    public byte[] Seal(ReadOnlySpan<byte> kept, byte[] id, string packager, CredentialKind kind, string identifier)
    {
        var box = new byte[NonceSize + kept.Length + TagSize];
        RandomNumberGenerator.Fill(box.AsSpan(0, NonceSize));
        lock (_lock) _aes.Encrypt(box.AsSpan(0, NonceSize), kept, box.AsSpan(NonceSize, kept.Length), box.AsSpan(NonceSize + kept.Length), AssociatedData(id, packager, kind, identifier));
        return box;
    }

    /// <returns>Null where the row is not as it was sealed.</returns>
    public byte[]? Open(ReadOnlySpan<byte> box, byte[] id, string packager, CredentialKind kind, string identifier)
    {
        if (box.Length < NonceSize + TagSize) return null;
        var kept = new byte[box.Length - NonceSize - TagSize];
        try
        {
            lock (_lock) _aes.Decrypt(box[..NonceSize], box.Slice(NonceSize, kept.Length), box[^TagSize..], kept, AssociatedData(id, packager, kind, identifier));
            return kept;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    public void Dispose() => _aes.Dispose();

    // Names and identifiers hold no line feed.
    private static byte[] AssociatedData(byte[] id, string packager, CredentialKind kind, string identifier) =>
        [.. "DrmHub packager credential v1\n"u8, .. id, .. Encoding.UTF8.GetBytes($"{packager}\n{kind.ToName()}\n{identifier}")];
}
