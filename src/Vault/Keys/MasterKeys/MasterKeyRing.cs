namespace DrmHub.Vault.Keys.MasterKeys;

/// <summary>
/// The master key in use, and those that it took over from, while a rotation moves the data keys: the first wraps, each
/// unwraps what it wrapped.
/// </summary>
internal sealed class MasterKeyRing(IReadOnlyList<IMasterKey> keys) : IMasterKey, IDisposable
{
    public ValueTask<string> GetCurrentIdAsync(CancellationToken cancellationToken) => keys[0].GetCurrentIdAsync(cancellationToken);

    public bool Owns(string masterKeyId) => keys.Any(key => key.Owns(masterKeyId));

    public ValueTask<WrappedKey> WrapAsync(ReadOnlyMemory<byte> plain, CancellationToken cancellationToken) => keys[0].WrapAsync(plain, cancellationToken);

    public async ValueTask<byte[]> UnwrapAsync(WrappedKey wrapped, CancellationToken cancellationToken)
    {
        // A file and the environment hold keys of the same kind, so more than one may know the id.
        MasterKeyException? failure = null;
        foreach (var key in keys.Where(key => key.Owns(wrapped.MasterKeyId)))
        {
            try
            {
                return await key.UnwrapAsync(wrapped, cancellationToken).ConfigureAwait(false);
            }
            catch (MasterKeyException exception)
            {
                failure ??= exception;
            }
        }

        throw failure ?? new MasterKeyException($"Master key {wrapped.MasterKeyId} is not configured.");
    }

    public void Dispose()
    {
        foreach (var key in keys) (key as IDisposable)?.Dispose();
    }
}
