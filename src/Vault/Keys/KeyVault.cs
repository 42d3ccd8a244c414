using DrmHub.Vault.Keys.MasterKeys;
using DrmHub.Vault.Storage;
using Microsoft.Extensions.Logging;

namespace DrmHub.Vault.Keys;

/// <summary>The key store with the master key that its configuration names.</summary>
public sealed class KeyVault : IAsyncDisposable
{
    private readonly IMasterKey _master;

    private KeyVault(KeyStore keys, IMasterKey master)
    {
        Keys = keys;
        _master = master;
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
        var master = MasterKeyFactory.Open(options.MasterKey, dataDirectory, isProduction);
        try
        {
            return new KeyVault(await KeyStore.OpenAsync(database, master, options, time, loggers, cancellationToken).ConfigureAwait(false), master);
        }
        catch
        {
            (master as IDisposable)?.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Keys.DisposeAsync().ConfigureAwait(false);
        (_master as IDisposable)?.Dispose();
    }
}
