namespace DrmHub.Vault.Keys.MasterKeys;

/// <summary>
/// Wraps data keys. Implementations are safe for concurrent use, never log what they wrap, name the version of the key they
/// used, and go on unwrapping what older versions wrapped. They are asked at start, for a new data key and in a rotation:
/// never while a player waits.
/// </summary>
public interface IMasterKey
{
    /// <summary>The id of the key (with its version) that <see cref="WrapAsync"/> uses now.</summary>
    /// <exception cref="MasterKeyException">The key cannot be reached, or says no.</exception>
    ValueTask<string> GetCurrentIdAsync(CancellationToken cancellationToken);

    /// <summary>True if this key may have wrapped what carries the id; asks nobody.</summary>
    bool Owns(string masterKeyId);

    /// <summary>Wraps at most 190 bytes, which is what RSA-2048 with OAEP and SHA-256 holds.</summary>
    /// <exception cref="MasterKeyException">The key cannot be reached, or says no.</exception>
    ValueTask<WrappedKey> WrapAsync(ReadOnlyMemory<byte> plain, CancellationToken cancellationToken);

    /// <returns>A pinned array of the plain bytes; the caller zeroes it.</returns>
    /// <exception cref="MasterKeyException">The key cannot be reached, says no, or did not wrap this.</exception>
    ValueTask<byte[]> UnwrapAsync(WrappedKey wrapped, CancellationToken cancellationToken);
}

/// <summary>Wrapped bytes, and the master key, with its version, that wrapped them and alone unwraps them.</summary>
public sealed record WrappedKey(string MasterKeyId, byte[] Bytes);
