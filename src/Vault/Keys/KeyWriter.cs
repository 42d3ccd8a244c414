using System.Data.Common;
using DrmHub.Cenc;
using DrmHub.Vault.Keys.Caching;
using DrmHub.Vault.Storage;
using Microsoft.Extensions.Logging;

namespace DrmHub.Vault.Keys;

/// <summary>
/// Finds or creates the keys of many callers at once: one read, one transaction. Other nodes do the same at the same moment;
/// the unique indexes decide who made a key, and whoever lost reads again and answers with the winner's.
/// </summary>
internal sealed class KeyWriter : IAsyncDisposable
{
    /// <summary>Each round that fails lost to a commit of another node, so rounds end; this is a bound on the unforeseen.</summary>
    private const int MaxRounds = 50;

    /// <summary>After a restart of the database the first use of a pooled connection fails.</summary>
    private const int MaxAttempts = 3;

    private static readonly TimeSpan PauseBetweenAttempts = TimeSpan.FromMilliseconds(50);

    private readonly Database _database;
    private readonly DataKeyring _ring;
    private readonly KeyCache _cache;
    private readonly KeyNotices _notices;
    private readonly KeyMaker _maker;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly BatchWriter<KeyRequest> _batches;

    public KeyWriter(Database database, DataKeyring ring, KeyCache cache, KeyNotices notices, KeyMaker maker, TimeProvider time, ILogger log)
    {
        _database = database;
        _ring = ring;
        _cache = cache;
        _notices = notices;
        _maker = maker;
        _time = time;
        _log = log;
        _batches = new BatchWriter<KeyRequest>(AnswerAsync);
    }

    /// <summary>Returns when the request has its answer and every key in it is durable.</summary>
    /// <exception cref="StorageException">Too many callers wait, or the writer was stopped.</exception>
    public Task WriteAsync(KeyRequest request, CancellationToken cancellationToken) => _batches.WriteAsync(request, cancellationToken);

    public ValueTask DisposeAsync() => _batches.DisposeAsync();

    /// <summary>
    /// A connection that breaks during the commit leaves it unknown whether the keys are there. Asking again is right either
    /// way: what is there is found, what is not is made.
    /// </summary>
    private async Task AnswerAsync(IReadOnlyList<KeyRequest> requests, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await AnswerOnceAsync(requests, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (DbException exception) when (exception.IsTransient && attempt < MaxAttempts)
            {
                _log.BatchRetried(exception.Message);
                await Task.Delay(PauseBetweenAttempts, _time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task AnswerOnceAsync(IReadOnlyList<KeyRequest> requests, CancellationToken cancellationToken)
    {
        await using var connection = await _database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        for (var round = 0; round < MaxRounds; round++)
        {
            var ticket = _cache.AskNamed();
            var known = new KnownKeys();
            known.Add(await KeyTable.ReadIdentitiesAsync(connection, _database.IsPostgreSql, Identities(requests), cancellationToken).ConfigureAwait(false));
            known.Add(await KeyTable.ReadIdsAsync(connection, _database.IsPostgreSql, RequestedIds(requests), cancellationToken).ConfigureAwait(false));
            var dataKey = requests.All(known.Covers) ? null : await _ring.GetActiveAsync(cancellationToken).ConfigureAwait(false);
            var draft = new KeyDraft(known, dataKey, _maker, _time);
            var answers = requests.Select(draft.Answer).ToArray();
            if (draft.NewRows.Count > 0 && !await TryCommitAsync(connection, draft.NewRows, dataKey!, cancellationToken).ConfigureAwait(false)) continue;
            for (var i = 0; i < requests.Count; i++) (requests[i].Answer, requests[i].Conflict) = answers[i];
            foreach (var (row, _) in answers.SelectMany(static answer => answer.Answer ?? [])) _cache.PutNamed(row, ticket);
            return;
        }

        throw new StorageException("New keys could not be written: other nodes won every round.");
    }

    /// <returns>False if another node was faster with one of the keys, or retired the data key: nothing was written.</returns>
    private async Task<bool> TryCommitAsync(DbConnection connection, IReadOnlyList<KeyRow> rows, DataKey dataKey, CancellationToken cancellationToken)
    {
        await using var transaction = await Database.BeginWriteAsync(connection, cancellationToken).ConfigureAwait(false);
        var stripes = rows.Select(row => KeyCache.StripeOf(row.Info.ContentId)).ToHashSet();
        var (count, inserted) = await KeyTable.InsertAsync(transaction, _database.IsPostgreSql, rows, _notices.Write(stripes), cancellationToken).ConfigureAwait(false);
        if (count is null) _ring.ForgetActive(dataKey);
        if (count is null || inserted != rows.Count) return false;
        try
        {
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // Also where the commit may have happened: whoever reads now must see the new keys.
            foreach (var stripe in stripes) _cache.Invalidate(stripe);
        }

        _ring.ReportCount(dataKey, count.Value);
        return true;
    }

    private static HashSet<KeyIdentity> Identities(IEnumerable<KeyRequest> requests) =>
        [.. requests.SelectMany(request => request.Specs.Where(spec => spec.RequestedKeyId is null).Select(request.IdentityOf))];

    private static HashSet<KeyId> RequestedIds(IEnumerable<KeyRequest> requests) =>
        [.. requests.SelectMany(request => request.Specs).Where(spec => spec.RequestedKeyId is not null).Select(spec => spec.RequestedKeyId!.Value)];
}
