using System.Globalization;
using Dapper;
using DrmHub.Vault.Storage;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace DrmHub.Vault.Keys.Caching;

/// <summary>
/// Tells the other nodes which content ids have new keys, by NOTIFY in the transaction that makes them, and listens to what the
/// others tell. The payload is the sender's name and the stripes of the content ids as four hex digits each, or <c>*</c>
/// for everything. PostgreSQL keeps no notices, so after each (re)connection everything may be out of date. SQLite has one node.
/// </summary>
internal sealed class KeyNotices : IAsyncDisposable
{
    private const string Channel = "drmhub_keys";
    private const char All = '*';
    private const int NodeDigits = 16;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Database _database;
    private readonly KeyCache _cache;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly string _node = System.Security.Cryptography.RandomNumberGenerator.GetHexString(NodeDigits, lowercase: true);
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _loop;

    public KeyNotices(Database database, KeyCache cache, TimeProvider time, ILogger log)
    {
        _database = database;
        _cache = cache;
        _time = time;
        _log = log;
        _loop = database.IsPostgreSql ? Task.Run(ListenAsync) : Task.CompletedTask;
        if (!database.IsPostgreSql) _listening.SetResult();
    }

    /// <summary>Completes when the first attempt to listen succeeded or failed.</summary>
    public Task Started => _listening.Task;

    /// <summary>What to NOTIFY in the transaction that makes new keys; nobody hears of it unless that commits.</summary>
    public (string Channel, string Payload) Write(IEnumerable<int> stripes) =>
        (Channel, _node + string.Concat(stripes.Select(stripe => stripe.ToString("x4", CultureInfo.InvariantCulture))));

    public static async Task SendAllAsync(Database database, CancellationToken cancellationToken)
    {
        if (!database.IsPostgreSql) return;
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        var payload = new string('0', NodeDigits) + All;
        await connection.ExecuteAsync(new CommandDefinition("select pg_notify(@Channel, @payload)", new { Channel, payload }, cancellationToken: cancellationToken)).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task ListenAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await using var connection = (NpgsqlConnection)await _database.OpenConnectionAsync(_stop.Token).ConfigureAwait(false);
                connection.Notification += (_, notice) => Receive(notice.Payload);
                await connection.ExecuteAsync(new CommandDefinition("listen " + Channel, cancellationToken: _stop.Token)).ConfigureAwait(false);
                _cache.InvalidateAll();
                _listening.TrySetResult();
                while (true) await connection.WaitAsync(_stop.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                _listening.TrySetResult();
                _log.NoticesInterrupted(exception.Message);
                await Task.Delay(Pause, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Anything that is not a notice of this form empties the cache: a newer program may say more.</summary>
    private void Receive(string payload)
    {
        if (payload.StartsWith(_node, StringComparison.Ordinal)) return;
        var stripes = payload.AsSpan(Math.Min(NodeDigits, payload.Length));
        if (stripes.Length % 4 != 0 || stripes.IsEmpty)
        {
            _cache.InvalidateAll();
            return;
        }

        for (; !stripes.IsEmpty; stripes = stripes[4..])
        {
            if (int.TryParse(stripes[..4], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var stripe)) _cache.Invalidate(stripe);
            else _cache.InvalidateAll();
        }
    }
}
