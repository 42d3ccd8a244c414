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

    private const int TagSize = 16;

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

    public void Encrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plain, Span<byte> cipher, Span<byte> tag, ReadOnlySpan<byte> associated)
    {
        var aes = Take();
        aes.Encrypt(nonce, plain, cipher, tag, associated);
        _ciphers.Add(aes);
    }

    /// <exception cref="AuthenticationTagMismatchException">The text, the nonce or the associated data is not what was sealed.</exception>
    public void Decrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> cipher, ReadOnlySpan<byte> tag, Span<byte> plain, ReadOnlySpan<byte> associated)
    {
        var aes = Take();
        try
        {
            aes.Decrypt(nonce, cipher, tag, plain, associated);
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

    private AesGcm Take() => _ciphers.TryTake(out var aes) ? aes : new AesGcm(_bytes, TagSize);
}
