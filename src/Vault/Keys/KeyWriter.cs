using DrmHub.Cenc;
using DrmHub.Vault.Storage;

namespace DrmHub.Vault.Keys;

/// <summary>
/// Finds or creates the keys of many callers at once: one read, one transaction. Other nodes do the same at the same moment;
/// the unique indexes decide who made a key, and whoever lost reads again and answers with the winner's.
/// </summary>
internal sealed class KeyWriter : IAsyncDisposable
{
    /// <summary>Each round that fails lost to a commit of another node, so rounds end; this is a bound on the unforeseen.</summary>
    private const int MaxRounds = 50;

    private readonly Database _database;
    private readonly DataKeyring _ring;
    private readonly TimeProvider _time;
    private readonly BatchWriter<KeyRequest> _batches;

    public KeyWriter(Database database, DataKeyring ring, TimeProvider time)
    {
        _database = database;
        _ring = ring;
        _time = time;
        _batches = new BatchWriter<KeyRequest>(AnswerAsync);
    }

    /// <summary>Returns when the request has its answer and every key in it is durable.</summary>
    /// <exception cref="StorageException">Too many callers wait, or the writer was stopped.</exception>
    public Task WriteAsync(KeyRequest request, CancellationToken cancellationToken) => _batches.WriteAsync(request, cancellationToken);

    public ValueTask DisposeAsync() => _batches.DisposeAsync();

    private async Task AnswerAsync(IReadOnlyList<KeyRequest> requests, CancellationToken cancellationToken)
    {
        await using var connection = await _database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        for (var round = 0; round < MaxRounds; round++)
        {
            var open = requests.Where(request => !request.IsDone).ToArray();
            var known = new KnownKeys();
            known.Add(await KeyTable.ReadIdentitiesAsync(connection, _database.IsPostgreSql, Identities(open), cancellationToken).ConfigureAwait(false));
            known.Add(await KeyTable.ReadIdsAsync(connection, _database.IsPostgreSql, RequestedIds(open), cancellationToken).ConfigureAwait(false));

            // Answers that need no new key are final; the others hold until their rows are committed.
            var dataKey = open.All(known.Covers) ? null : await _ring.GetActiveAsync(cancellationToken).ConfigureAwait(false);
            var draft = new KeyDraft(known, dataKey, _time);
            var answers = open.Select(draft.Answer).ToArray();
            if (draft.NewRows.Count > 0)
            {
                await using var transaction = await Database.BeginWriteAsync(connection, cancellationToken).ConfigureAwait(false);

                // First, because it waits for a rotation that is just retiring this data key, and a retired one may be gone.
                var count = await KeyTable.CountAsync(transaction, dataKey!.Id, draft.NewRows.Count, cancellationToken).ConfigureAwait(false);
                if (count is null)
                {
                    _ring.ForgetActive(dataKey);
                    continue;
                }

                var inserted = await KeyTable.InsertAsync(transaction, _database.IsPostgreSql, draft.NewRows, cancellationToken).ConfigureAwait(false);
                if (inserted != draft.NewRows.Count) continue;
                await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
                _ring.ReportCount(dataKey, count.Value);
            }

            for (var i = 0; i < open.Length; i++) (open[i].Answer, open[i].Conflict) = answers[i];
            return;
        }

        throw new StorageException("New keys could not be written: other nodes won every round.");
    }

    private static HashSet<KeyIdentity> Identities(IEnumerable<KeyRequest> requests) =>
        [.. requests.SelectMany(request => request.Specs.Where(spec => spec.RequestedKeyId is null).Select(request.IdentityOf))];

    private static HashSet<KeyId> RequestedIds(IEnumerable<KeyRequest> requests) =>
        [.. requests.SelectMany(request => request.Specs).Where(spec => spec.RequestedKeyId is not null).Select(spec => spec.RequestedKeyId!.Value)];
}
