using System.Security.Cryptography;

namespace DrmHub.Cenc;

/// <summary>
/// A 16-byte content key (ISO/IEC 23001-7, clause 9). Owns its bytes and zeroes them when disposed; it never prints them.
/// The bytes live in a pinned array, so that the garbage collector leaves no copies behind.
/// </summary>
public sealed class ContentKey : IDisposable
{
    public const int Size = 16;

    private readonly PinnedSecret _secret;

    /// <param name="bytes">Exactly 16 bytes; copied. The caller still owns, and should zero, what it passed.</param>
    /// <exception cref="ArgumentException">Not 16 bytes.</exception>
    public ContentKey(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size) throw new ArgumentException("A content key has 16 bytes.", nameof(bytes));
        _secret = new PinnedSecret(bytes);
    }

    private ContentKey(PinnedSecret secret) => _secret = secret;

    /// <summary>A key from the system's random number generator.</summary>
    public static ContentKey Random() => new(PinnedSecret.Random(Size));

    /// <summary>The raw bytes: an export that each caller opts into. Valid until <see cref="Dispose"/>.</summary>
    /// <exception cref="ObjectDisposedException">The key was disposed.</exception>
    public ReadOnlySpan<byte> Bytes => _secret.BytesOf(this);

    /// <summary>Compares in constant time.</summary>
    public bool SameAs(ContentKey other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return CryptographicOperations.FixedTimeEquals(Bytes, other.Bytes);
    }

    public void Dispose() => _secret.Dispose();

    public override string ToString() => "ContentKey(redacted)";
}
