using System.Security.Cryptography;

namespace DrmHub.Cenc;

/// <summary>Secret bytes in a pinned array, so that the garbage collector leaves no copies behind; zeroed when disposed.</summary>
internal sealed class PinnedSecret : IDisposable
{
    private readonly byte[] _bytes;
    private bool _disposed;

    /// <param name="bytes">Copied. The caller still owns, and should zero, what it passed.</param>
    public PinnedSecret(ReadOnlySpan<byte> bytes)
        : this(bytes.Length) => bytes.CopyTo(_bytes);

    private PinnedSecret(int size) => _bytes = GC.AllocateUninitializedArray<byte>(size, pinned: true);

    /// <summary>From the system's random number generator.</summary>
    public static PinnedSecret Random(int size)
    {
        var secret = new PinnedSecret(size);
        RandomNumberGenerator.Fill(secret._bytes);
        return secret;
    }

    /// <exception cref="ObjectDisposedException">The owner was disposed.</exception>
    public ReadOnlySpan<byte> BytesOf(object owner)
    {
        ObjectDisposedException.ThrowIf(_disposed, owner);
        return _bytes;
    }

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_bytes);
        _disposed = true;
    }
}
