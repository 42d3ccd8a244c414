using System.Security.Cryptography;
using System.Text;

namespace DrmHub.Vault.Keys.Packagers;

/// <summary>
/// Seals what is kept of a credential in a <see cref="SealedBox"/>. The associated data names
/// the row, so that whoever can only write to the database can neither forge a credential nor give one to another packager.
/// </summary>
internal sealed class PackagerSeal(byte[] key) : IDisposable
{
    private readonly AesGcm _aes = SealedBox.Cipher(key);
    private readonly Lock _lock = new();

    public byte[] Seal(ReadOnlySpan<byte> kept, byte[] id, string packager, CredentialKind kind, string identifier)
    {
        lock (_lock) return _aes.Seal(kept, AssociatedData(id, packager, kind, identifier));
    }

    /// <returns>Null where the row is not as it was sealed.</returns>
    public byte[]? Open(ReadOnlySpan<byte> box, byte[] id, string packager, CredentialKind kind, string identifier)
    {
        if (box.Length < SealedBox.Overhead) return null;
        var kept = new byte[box.Length - SealedBox.Overhead];
        try
        {
            lock (_lock) _aes.Open(box, kept, AssociatedData(id, packager, kind, identifier));
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
