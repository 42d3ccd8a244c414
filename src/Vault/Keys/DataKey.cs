using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace DrmHub.Vault.Keys;

/// <summary>
/// An unwrapped data key, 32 bytes, held in pinned memory while the process needs it. Safe for any number of threads:
/// <see cref="AesGcm"/> is not, so each call takes one from a pool.
/// </summary>
internal sealed class DataKey : IDisposable
{
    public const int Size = 32;

    private readonly byte[] _bytes;
    private readonly ConcurrentBag<AesGcm> _ciphers = [];

    /// <param name="id">Names the key in the database.</param>
    /// <param name="bytes">Exactly 32 bytes; copied.</param>
    /// <param name="createdAt">A data key takes new content keys for a limited time.</param>
    public DataKey(Guid id, ReadOnlySpan<byte> bytes, DateTimeOffset createdAt)
    {
        if (bytes.Length != Size) throw new ArgumentException("A data key has 32 bytes.", nameof(bytes));
        Id = id;
        CreatedAt = createdAt;
        _bytes = GC.AllocateUninitializedArray<byte>(Size, pinned: true);
        bytes.CopyTo(_bytes);
    }

    public Guid Id { get; }

    public DateTimeOffset CreatedAt { get; }

    /// <summary>For wrapping under a master key.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes;

    /// <returns>A <see cref="SealedBox"/>.</returns>
    public byte[] Seal(ReadOnlySpan<byte> plain, ReadOnlySpan<byte> associated)
    {
        var aes = Take();
        var box = aes.Seal(plain, associated);
        _ciphers.Add(aes);
        return box;
    }

    /// <param name="plain">As long as the text.</param>
    /// <exception cref="AuthenticationTagMismatchException">The box has another length, or it or the associated data is not what was sealed.</exception>
    public void Open(ReadOnlySpan<byte> box, Span<byte> plain, ReadOnlySpan<byte> associated)
    {
        var aes = Take();
        try
        {
            aes.Open(box, plain, associated);
        }
        finally
        {
            _ciphers.Add(aes);
        }
    }

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_bytes);
        while (_ciphers.TryTake(out var aes)) aes.Dispose();
    }

    private AesGcm Take() => _ciphers.TryTake(out var aes) ? aes : SealedBox.Cipher(_bytes);
}
