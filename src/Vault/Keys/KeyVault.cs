using DrmHub.Vault.Keys.MasterKeys;
using DrmHub.Vault.Storage;
using Microsoft.Extensions.Logging;

namespace DrmHub.Vault.Keys;

/// <summary>The key store with the master key that its configuration names.</summary>
public sealed class KeyVault : IAsyncDisposable
{
    private readonly IMasterKey _master;
    private readonly Func<Task<KeyRotation>> _openRotation;
    private readonly SemaphoreSlim _opening = new(1, 1);
    private KeyRotation? _rotation;

    private KeyVault(KeyStore keys, IMasterKey master, Func<Task<KeyRotation>> openRotation)
    {
        Keys = keys;
        _master = master;
        _openRotation = openRotation;
    }

    public KeyStore Keys { get; }

    /// <summary>
    /// Opens the master key, creating a local one in the data directory at the first start, and the key store over the
    /// database, which stays the caller's. In Production a local master key file is refused unless the options allow it.
    /// </summary>
    /// <exception cref="ArgumentException">An option is outside its range; the message lists all.</exception>
    /// <exception cref="MasterKeyException">The master key is missing, unreadable, out of reach, or not allowed.</exception>
    public static async Task<KeyVault> OpenAsync(
        Database database,
        KeyStoreOptions options,
        string dataDirectory,
        bool isProduction,
        TimeProvider? time = null,
        ILoggerFactory? loggers = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        // A new master key beside keys that another one locks would only hide that the right file is missing.
        var isFirstStart = (await DataKeyTable.ReadAllAsync(database, cancellationToken).ConfigureAwait(false)).Count == 0;
        var master = MasterKeyFactory.Open(options.MasterKey, dataDirectory, isProduction, createFile: isFirstStart);
        try
        {
            var keys = await KeyStore.OpenAsync(database, master, options, time, loggers, cancellationToken).ConfigureAwait(false);
            return new KeyVault(keys, master, () => KeyRotation.OpenAsync(database, master, options, time, loggers, CancellationToken.None));
        }
        catch
        {
            (master as IDisposable)?.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Random bytes of the hub's own (a log key, a pseudonym key), made when first asked for and kept as content keys are: the
    /// same on every node, sealed in the database, moved by a rotation.
    /// </summary>
    /// <param name="name">1 to 128 bytes of text.</param>
    /// <param name="size">1 to 1024 bytes; the same as when it was made.</param>
    /// <returns>A pinned array; the caller zeroes it when it is done.</returns>
    /// <exception cref="ArgumentException">The name or size is outside its range.</exception>
    /// <exception cref="KeyVaultException">The data key is out of reach, the row was changed, or the secret has another size.</exception>
    public Task<byte[]> GetOrCreateSecretAsync(string name, int size, CancellationToken cancellationToken = default)
    {
        if (!KeyText.IsValid(name, SecretBox.MaxNameBytes)) throw new ArgumentException($"The name of a secret is 1 to {SecretBox.MaxNameBytes} bytes of text.", nameof(name));
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, SecretBox.MaxSize);
        return Keys.Secrets.GetOrCreateAsync(name, size, cancellationToken);
    }

    /// <summary>Every data key and where its rotation stands, for who looks on; the rotation itself runs beside the hub.</summary>
    /// <exception cref="MasterKeyException">The master key is out of reach.</exception>
    public async Task<KeyStatus> ReadStatusAsync(CancellationToken cancellationToken = default)
    {
        await _opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            _rotation ??= await _openRotation().ConfigureAwait(false);
        }
        finally
        {
            _opening.Release();
        }

        return await _rotation.ReadStatusAsync(cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        if (_rotation is not null) await _rotation.DisposeAsync().ConfigureAwait(false);
        _opening.Dispose();
        await Keys.DisposeAsync().ConfigureAwait(false);
        (_master as IDisposable)?.Dispose();
    }
}
