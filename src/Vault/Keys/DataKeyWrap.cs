using System.Security.Cryptography;
using DrmHub.Vault.Keys.MasterKeys;

namespace DrmHub.Vault.Keys;

/// <summary>
/// What a master key wraps: 16 bytes of data key id ‖ 32 bytes of data key. RSA-OAEP in a key vault takes no associated data,
/// so the id goes inside: a wrapped key that was copied to another row is noticed.
/// </summary>
internal static class DataKeyWrap
{
    private const int IdSize = 16;

    /// <exception cref="MasterKeyException">The master key cannot wrap now.</exception>
    public static async ValueTask<WrappedKey> WrapAsync(IMasterKey master, DataKey key, CancellationToken cancellationToken)
    {
        var plain = GC.AllocateUninitializedArray<byte>(IdSize + DataKey.Size, pinned: true);
        try
        {
            key.Id.TryWriteBytes(plain, bigEndian: true, out _);
            key.Bytes.Span.CopyTo(plain.AsSpan(IdSize));
            return await master.WrapAsync(plain, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    /// <exception cref="MasterKeyException">The master key cannot unwrap now, or the row holds another data key's bytes.</exception>
    public static async ValueTask<DataKey> UnwrapAsync(IMasterKey master, DataKeyRow row, CancellationToken cancellationToken)
    {
        if (!master.Owns(row.Wrapped.MasterKeyId)) throw new MasterKeyException($"Master key {row.Wrapped.MasterKeyId} is not configured.");
        var plain = await master.UnwrapAsync(row.Wrapped, cancellationToken).ConfigureAwait(false);
        try
        {
            if (plain.Length != IdSize + DataKey.Size || new Guid(plain.AsSpan(0, IdSize), bigEndian: true) != row.Id)
                throw new MasterKeyException($"The row of data key {row.Id} holds another key.");
            return new DataKey(row.Id, plain.AsSpan(IdSize), row.CreatedAt);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }
}
