using System.Security.Cryptography;
using System.Text;
using DrmHub.Cenc.Pssh;

namespace DrmHub.Cenc;

/// <summary>
/// A 32-byte key that decrypts no media: it wraps content keys, which then travel in the media itself (Widevine's entitlement licences). A player that
/// holds it opens each new content key without another licence. Owns its bytes and zeroes them when disposed; it never prints them.
/// </summary>
public sealed class EntitlementKey : IDisposable
{
    public const int Size = 32;

    private const int IvSize = 16;

    private static readonly byte[] IvLabel = Encoding.UTF8.GetBytes("DrmHub entitled key IV v1");

    private readonly PinnedSecret _secret;

    /// <param name="bytes">Exactly 32 bytes; copied. The caller still owns, and should zero, what it passed.</param>
    /// <exception cref="ArgumentException">Not 32 bytes.</exception>
    public EntitlementKey(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size) throw new ArgumentException($"An entitlement key has {Size} bytes.", nameof(bytes));
        _secret = new PinnedSecret(bytes);
    }

    private EntitlementKey(PinnedSecret secret) => _secret = secret;

    /// <summary>A key from the system's random number generator.</summary>
    public static EntitlementKey Random() => new(PinnedSecret.Random(Size));

    /// <summary>The raw bytes: an export that each caller opts into. Valid until <see cref="Dispose"/>.</summary>
    /// <exception cref="ObjectDisposedException">The key was disposed.</exception>
    public ReadOnlySpan<byte> Bytes => _secret.BytesOf(this);

    /// <summary>
    /// Wraps a content key: AES-256-CBC over its one block, without padding. The IV follows from both keys' names (HKDF-SHA256 of this key with the key id
    /// as salt), so that the same question has the same answer on every node, and no IV serves two content keys.
    /// </summary>
    /// <param name="id">What this key is called.</param>
    /// <param name="keyId">The content key's id.</param>
    /// <param name="contentKey">Stays the caller's.</param>
    public WidevineEntitledKey Wrap(KeyId id, KeyId keyId, ContentKey contentKey)
    {
        ArgumentNullException.ThrowIfNull(contentKey);
        var iv = new byte[IvSize];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, Bytes, iv, keyId.ToByteArray(), IvLabel);
        using var aes = Aes.Create();
        aes.SetKey(Bytes);
        return new WidevineEntitledKey(id, keyId, aes.EncryptCbc(contentKey.Bytes, iv, PaddingMode.None), iv, Size);
    }

    public void Dispose() => _secret.Dispose();

    public override string ToString() => "EntitlementKey(redacted)";
}
