using System.Data.Common;
using System.Text.Json;
using Dapper;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace DrmHub.Vault.Rights;

/// <summary>
/// Rights in the database, and what this node holds of them in memory: one immutable snapshot of everything but subscribers, and the
/// subscribers that asked lately. A change on any node holds on all within a second. While the database is away, a node goes on with
/// what it read last for <see cref="RightsOptions.Grace"/>, and then knows nothing.
/// </summary>
public sealed partial class RightsStore : IAsyncDisposable
{
    /// <summary>How old an answer may be before the database is asked for the version.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromMilliseconds(600);

    /// <summary>How long a request waits for the database before it takes what was read last.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(300);

    /// <summary>Subscribers that are forgotten one by one; where there are more, all are.</summary>
    private const int MostForgotten = 5000;

    private static readonly TimeSpan MarksKept = TimeSpan.FromHours(1);

    private readonly Database _database;
    private readonly AuditLog _audit;
    private readonly RightsOutbox _outbox;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly RightsMirror _mirror;
    private readonly SubscriberCache _subscribers;
    private readonly SemaphoreSlim _reading = new(1, 1);
    private readonly CancellationTokenSource _stop = new();
    private volatile RightsView _view;
    private Task _watching = Task.CompletedTask;
    private Task? _refreshing;
    private volatile Exception? _failure;
    private long _known = -1;
    private long _checkedAt = long.MinValue;
    private long _failedAt = long.MinValue;

    private RightsStore(Database database, AuditLog audit, RightsOptions options, TimeProvider time, ILogger log)
    {
        _database = database;
        _audit = audit;
        _time = time;
        _log = log;
        Options = options;
        _outbox = new RightsOutbox(database, audit, time);
        _mirror = new RightsMirror(log);
        _view = _mirror.ToView(0);
        _subscribers = new SubscriberCache(options, time);
    }

    public RightsOptions Options { get; }

    /// <summary>All rights as this node knows them. Fresh after an awaited <see cref="FindSubscriberAsync"/> or <see cref="GetSnapshotAsync"/>.</summary>
    public RightsSnapshot Current => _view.Snapshot;

    /// <summary>All deals of <see cref="Current"/>.</summary>
    public IReadOnlyList<Deal> Deals => Current.Deals;

    /// <summary>Reads everything. The database and the log stay the caller's.</summary>
    /// <exception cref="ArgumentException">An option is outside its range; the message names all that are.</exception>
    public static async Task<RightsStore> OpenAsync(
        Database database, AuditLog audit, TimeProvider time, RightsOptions? options = null, ILogger<RightsStore>? logger = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(database);
        ArgumentNullException.ThrowIfNull(audit);
        ArgumentNullException.ThrowIfNull(time);
        options ??= new RightsOptions();
        options.Validate();
        var store = new RightsStore(database, audit, options, time, (ILogger?)logger ?? NullLogger.Instance);
        await store.ReadAsync(cancellationToken).ConfigureAwait(false);
        return store;
    }

    /// <summary>Follows changes in the background, so that no request waits for them, and hands in audit entries that a dead node left.</summary>
    public void Watch()
    {
        if (_watching.IsCompleted) _watching = Task.Run(WatchAsync);
    }

    /// <summary>The rights, at most <see cref="MaxAge"/> old; older within the grace where the database is away.</summary>
    /// <exception cref="StorageException">The database has been away for longer than the grace.</exception>
    public async ValueTask<RightsSnapshot> GetSnapshotAsync(CancellationToken cancellationToken = default)
    {
        if (!IsFresh()) await FreshenAsync(cancellationToken).ConfigureAwait(false);
        return Current;
    }

    /// <summary>A subscriber as of at most a second ago, or older within the grace where the database is away; null where there is none.</summary>
    /// <exception cref="StorageException">The database is away and this node does not know the subscriber, or has been away for longer than the grace.</exception>
    public ValueTask<Subscriber?> FindSubscriberAsync(string id, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(id);
        return IsFresh() && _subscribers.TryGet(id, out var subscriber) ? new ValueTask<Subscriber?>(subscriber) : new ValueTask<Subscriber?>(FindSlowlyAsync(id, cancellationToken));
    }

    /// <summary>A subscriber as this node remembers it, however old within the grace; asks nobody. Good for a guess such as whose turn it is, never for a decision.</summary>
    /// <returns>Null where it remembers none.</returns>
    public Subscriber? FindRemembered(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        return _subscribers.TryGetStale(id, out var subscriber) ? subscriber : null;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _watching.ConfigureAwait(false);
        if (_refreshing is { } refreshing) await refreshing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _reading.Dispose();
        _stop.Dispose();
    }

    private async Task<Subscriber?> FindSlowlyAsync(string id, CancellationToken cancellationToken)
    {
        var reachable = IsFresh() || await FreshenAsync(cancellationToken).ConfigureAwait(false);
        if (reachable)
        {
            if (_subscribers.TryGet(id, out var known)) return known;
            try
            {
                return await ReadSubscriberAsync(id, cancellationToken).WaitAsync(TimeSpan.FromSeconds(2), cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is DbException or TimeoutException)
            {
                Fail(exception);
            }
        }

        return _subscribers.TryGetStale(id, out var stale) ? stale : throw Away("The subscriber cannot be read.");
    }

    private async Task<Subscriber?> ReadSubscriberAsync(string id, CancellationToken cancellationToken)
    {
        var ticket = _subscribers.Ask(id);
        await using var connection = await _database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        var row = await RightsTable.ReadSubscriberAsync(connection, id, cancellationToken).ConfigureAwait(false);
        var subscriber = row is null ? null : (Subscriber)RightsKinds.Subscribers.Read(row.Body);
        _subscribers.Put(id, subscriber, ticket);
        return subscriber;
    }

    private bool IsFresh() => Volatile.Read(ref _checkedAt) is var at && at != long.MinValue && _time.GetElapsedTime(at) < MaxAge;

    /// <returns>False where the database is away and what was read last is used.</returns>
    /// <exception cref="StorageException">What was read last is older than the grace.</exception>
    private async Task<bool> FreshenAsync(CancellationToken cancellationToken)
    {
        var failed = Volatile.Read(ref _failedAt);
        if (failed == long.MinValue || _time.GetElapsedTime(failed) >= MaxAge)
        {
            try
            {
                await Refresh().WaitAsync(Patience, cancellationToken).ConfigureAwait(false);
                return true;
            }
            catch (Exception exception) when (exception is DbException or TimeoutException or JsonException)
            {
                Fail(exception);
            }
        }

        if (_time.GetElapsedTime(Volatile.Read(ref _checkedAt)) > Options.Grace) throw Away("The rights cannot be read, and those that were read last are too old.");
        return false;
    }

    private void Fail(Exception exception)
    {
        _failure = exception;
        if (Interlocked.Exchange(ref _failedAt, _time.GetTimestamp()) == long.MinValue) Log.Unreachable(_log, exception.Message);
    }

    /// <summary>With what went wrong last, by which a caller tells a database that is away from a fault.</summary>
    private StorageException Away(string message) => _failure is { } failure ? new StorageException(message, failure) : new StorageException(message);

    /// <summary>One reading at a time, which everybody who needs it waits for.</summary>
    private Task Refresh()
    {
        lock (_reading)
        {
            if (_refreshing is null or { IsCompleted: true }) _refreshing = ReadAsync(_stop.Token);
            return _refreshing;
        }
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        await _reading.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var checkedAt = _time.GetTimestamp(); // Before the question: the answer is at least as old as that.
            var gap = _checkedAt != long.MinValue && _time.GetElapsedTime(_checkedAt) > MarksKept / 2;
            await using var connection = await _database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            var version = await RightsTable.ReadVersionAsync(connection, cancellationToken).ConfigureAwait(false);
            if (version != _known || gap) await ReadChangesAsync(connection, gap ? -1 : _known, version, cancellationToken).ConfigureAwait(false);
            _known = version;
            Volatile.Write(ref _checkedAt, checkedAt);
            if (Interlocked.Exchange(ref _failedAt, long.MinValue) != long.MinValue) Log.Reachable(_log);
        }
        finally
        {
            _reading.Release();
        }
    }

    private async Task ReadChangesAsync(DbConnection connection, long known, long version, CancellationToken cancellationToken)
    {
        if (known >= 0)
        {
            ForgetSubscribers(await RightsTable.ReadChangedSubscribersAsync(connection, known, MostForgotten, cancellationToken).ConfigureAwait(false));
        }
        else
        {
            _subscribers.ForgetAll();
        }

        var rows = (await RightsTable.ReadSinceAsync(connection, known, cancellationToken).ConfigureAwait(false)).AsList();
        if (known < 0) _mirror.Clear();
        else if (rows.Count == 0) return;
        _mirror.Apply(rows);
        _view = _mirror.ToView(version);
    }

    private void ForgetSubscribers(IReadOnlyList<string> ids)
    {
        if (ids.Count >= MostForgotten) _subscribers.ForgetAll();
        else foreach (var id in ids) _subscribers.Forget(id);
    }

    private async Task WatchAsync()
    {
        var outboxAt = long.MinValue;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await Refresh().ConfigureAwait(false);
                if (outboxAt == long.MinValue || _time.GetElapsedTime(outboxAt) > TimeSpan.FromSeconds(10))
                {
                    outboxAt = _time.GetTimestamp();
                    await _outbox.DeliverAbandonedAsync(_stop.Token).ConfigureAwait(false);
                }
            }
            catch (AuditUnavailableException exception)
            {
                Log.OutboxWaits(_log, exception);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                Fail(exception);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }

            await Task.Delay(Options.PollInterval, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
