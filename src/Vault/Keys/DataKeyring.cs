using System.Collections.Concurrent;
using System.Security.Cryptography;
using DrmHub.Vault.Keys.MasterKeys;
using DrmHub.Vault.Storage;
using Microsoft.Extensions.Logging;

namespace DrmHub.Vault.Keys;

/// <summary>
/// The data keys, unwrapped once and then kept in memory, so that no licence waits for the master key. New content keys go
/// under the active one, until it is full or old; then a new one takes over. A data key that another node made is unwrapped
/// when it is first met.
/// </summary>
internal sealed class DataKeyring : IAsyncDisposable
{
    private const int ParallelUnwraps = 8;

    /// <summary>Random nonces allow no more under one key (NIST SP 800-38D, 8.3), whatever the options say.</summary>
    private const long HardMaxKeys = 1L << 32;

    /// <summary>How long callers with new keys wait for a new data key while the last one can still serve.</summary>
    private static readonly TimeSpan RenewalPatience = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan RenewalPause = TimeSpan.FromMinutes(1);

    private readonly Database _database;
    private readonly IMasterKey _master;
    private readonly DataKeyOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly ConcurrentDictionary<Guid, DataKey> _open = new();
    private readonly SemaphoreSlim _loading = new(1, 1);
    private readonly SemaphoreSlim _renewing = new(1, 1);
    private DataKey? _active;
    private bool _activeIsFull;
    private DateTimeOffset _renewAfter;

    private DataKeyring(Database database, IMasterKey master, DataKeyOptions options, TimeProvider time, ILogger log)
    {
        _database = database;
        _master = master;
        _options = options;
        _time = time;
        _log = log;
    }

    /// <summary>Unwraps every data key in use: one call to the master key for each.</summary>
    /// <exception cref="MasterKeyException">There are data keys and none can be unwrapped.</exception>
    public static async Task<DataKeyring> OpenAsync(Database database, IMasterKey master, DataKeyOptions options, TimeProvider time, ILogger log, CancellationToken cancellationToken)
    {
        var ring = new DataKeyring(database, master, options, time, log);
        var rows = await DataKeyTable.ReadAllAsync(database, cancellationToken).ConfigureAwait(false);
        MasterKeyException? failure = null;
        await Parallel.ForEachAsync(rows, new ParallelOptions { MaxDegreeOfParallelism = ParallelUnwraps, CancellationToken = cancellationToken }, async (row, token) =>
        {
            try
            {
                await ring.UnwrapAsync(row, token).ConfigureAwait(false);
            }
            catch (MasterKeyException exception)
            {
                // One lost key version must not stop the rest; what is under it fails when it is asked for, and says so.
                failure = exception;
                log.DataKeyUnusable(row.Id, row.Wrapped.MasterKeyId, exception.Message);
            }
        }).ConfigureAwait(false);
        if (ring._open.IsEmpty && failure is not null)
        {
            await ring.DisposeAsync().ConfigureAwait(false);
            throw failure;
        }

        return ring;
    }

    /// <summary>The data key, if it is in memory.</summary>
    public bool TryGet(Guid id, out DataKey? key) => _open.TryGetValue(id, out key);

    /// <exception cref="KeyVaultException">There is no such data key, or the master key cannot unwrap it now.</exception>
    public async ValueTask<DataKey> GetAsync(Guid id, CancellationToken cancellationToken)
    {
        if (_open.TryGetValue(id, out var key)) return key;
        await _loading.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_open.TryGetValue(id, out key)) return key;
            var row = await DataKeyTable.ReadAsync(_database, id, cancellationToken).ConfigureAwait(false) ?? throw new KeyVaultException($"Data key {id} is gone.");
            return await UnwrapAsync(row, cancellationToken).ConfigureAwait(false);
        }
        catch (MasterKeyException exception)
        {
            throw new KeyVaultException($"Data key {id} cannot be unwrapped.", exception);
        }
        finally
        {
            _loading.Release();
        }
    }

    /// <summary>
    /// The data key for new content keys. Makes one where there is none, or the last is full or old; if the master key is out
    /// of reach just then, the last one goes on, and a new one is tried again a minute later.
    /// </summary>
    /// <exception cref="KeyVaultException">There is no data key at all and the master key cannot wrap one now.</exception>
    public async ValueTask<DataKey> GetActiveAsync(CancellationToken cancellationToken)
    {
        if (UsableActive() is { } active) return active;
        await _renewing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return UsableActive() ?? await RenewActiveAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _renewing.Release();
        }
    }

    /// <summary>Tells how many keys a data key holds now; looks for another before the next key if that is enough.</summary>
    public void ReportCount(DataKey key, long count)
    {
        if (_active == key && count >= _options.MaxKeys) _activeIsFull = true;
    }

    /// <summary>The key was retired, by this node or another: the next content key goes under a newer one.</summary>
    public void ForgetActive(DataKey key)
    {
        if (_active == key) _active = null;
    }

    /// <exception cref="KeyVaultException">The master key cannot wrap now.</exception>
    public async ValueTask<DataKey> CreateAsync(CancellationToken cancellationToken)
    {
        // Milliseconds, as the row will say: two readings of one key must agree on its age.
        var now = DateTimeOffset.FromUnixTimeMilliseconds(_time.GetUtcNow().ToUnixTimeMilliseconds());
        var id = new Guid(RandomNumberGenerator.GetBytes(16), bigEndian: true);
        var bytes = GC.AllocateUninitializedArray<byte>(DataKey.Size, pinned: true);
        RandomNumberGenerator.Fill(bytes);
        var key = new DataKey(id, bytes, now);
        CryptographicOperations.ZeroMemory(bytes);
        try
        {
            var wrapped = await DataKeyWrap.WrapAsync(_master, key, cancellationToken).ConfigureAwait(false);
            var row = new DataKeyRow(id, wrapped, now, 0, null);
            await DataKeyTable.InsertAsync(_database, row, cancellationToken).ConfigureAwait(false);
            await FollowMasterAsync(key, row, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            key.Dispose();
            if (exception is MasterKeyException) throw new KeyVaultException("A new data key cannot be wrapped.", exception);
            throw;
        }

        _open[id] = key;
        _log.DataKeyCreated(id);
        return key;
    }

    public ValueTask DisposeAsync()
    {
        foreach (var key in _open.Values) key.Dispose();
        _open.Clear();
        _loading.Dispose();
        _renewing.Dispose();
        return ValueTask.CompletedTask;
    }

    private DataKey? UsableActive()
    {
        var now = _time.GetUtcNow();
        return _active is { } active && ((active.CreatedAt > now - _options.MaxAge && !_activeIsFull) || now < _renewAfter) ? active : null;
    }

    private async Task<DataKey> RenewActiveAsync(CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        var oldest = now - _options.MaxAge;
        var row = await DataKeyTable.ReadActiveAsync(_database, _options.MaxKeys, oldest, cancellationToken).ConfigureAwait(false);
        if (row is not null) return Use(await GetAsync(row.Id, cancellationToken).ConfigureAwait(false));
        var last = await DataKeyTable.ReadActiveAsync(_database, HardMaxKeys, DateTimeOffset.UnixEpoch, cancellationToken).ConfigureAwait(false);
        if (last is null) return Use(await CreateAsync(cancellationToken).ConfigureAwait(false));

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(RenewalPatience);
        try
        {
            return Use(await CreateAsync(patience.Token).ConfigureAwait(false));
        }
        catch (Exception exception) when (exception is KeyVaultException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            _log.DataKeyNotRenewed(last.Id, exception.InnerException?.Message ?? exception.Message);
            _renewAfter = now + RenewalPause;
            return _active = await GetAsync(last.Id, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// A rotation of the master key that read the data keys just before this one was there would leave it under the old master
    /// key, which may then be thrown away. So whoever adds a data key looks at the master key once more.
    /// </summary>
    private async Task FollowMasterAsync(DataKey key, DataKeyRow row, CancellationToken cancellationToken)
    {
        if (await _master.GetCurrentIdAsync(cancellationToken).ConfigureAwait(false) == row.Wrapped.MasterKeyId) return;
        var wrapped = await DataKeyWrap.WrapAsync(_master, key, cancellationToken).ConfigureAwait(false);
        await DataKeyTable.RewrapAsync(_database, row, wrapped, cancellationToken).ConfigureAwait(false);
    }

    private DataKey Use(DataKey key)
    {
        _activeIsFull = false;
        return _active = key;
    }

    private async Task<DataKey> UnwrapAsync(DataKeyRow row, CancellationToken cancellationToken)
    {
        var key = await DataKeyWrap.UnwrapAsync(_master, row, cancellationToken).ConfigureAwait(false);
        var kept = _open.GetOrAdd(row.Id, key);
        if (kept != key) key.Dispose();
        return kept;
    }
}
