using System.Data.Common;
using Dapper;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Storage;

namespace DrmHub.Vault.Rights;

/// <content>Changes, and reading what is there.</content>
public sealed partial class RightsStore
{
    /// <summary>Changes in one batch.</summary>
    public const int MaxBatch = 250_000;

    /// <summary>
    /// Makes all changes or none, in one transaction with their audit entries, and returns when those are in the log. The change holds on
    /// this node at once, on the others within a second.
    /// </summary>
    /// <exception cref="RightsConflictException">A document is not at the version that was expected.</exception>
    /// <exception cref="RightsInvalidException">A document stands twice in the batch.</exception>
    /// <exception cref="AuditUnavailableException">The log takes no entries. Where that showed before the change, nothing was changed; else the change stands and its entries wait in the database.</exception>
    public Task<RightsOutcome> ChangeAsync(IReadOnlyList<RightsChange> changes, RightsActor actor, CancellationToken cancellationToken = default) => ChangeAsync(changes, actor, also: null, cancellationToken);

    /// <summary>
    /// As the other, with further rows of the vault in the same transaction: what came together is stored together. Such changes come by the
    /// thousand, and laying out all rights anew after each would cost more than they do: they hold on this node, too, within a second.
    /// </summary>
    /// <param name="also">Runs inside the transaction, after the rights; where it throws, nothing was changed.</param>
    internal async Task<RightsOutcome> ChangeAsync(IReadOnlyList<RightsChange> changes, RightsActor actor, Func<DbTransaction, CancellationToken, Task>? also, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(changes);
        ArgumentNullException.ThrowIfNull(actor);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(changes.Count, MaxBatch);
        if (_audit.Stopped is { } reason) throw new AuditUnavailableException(reason);
        var (outcome, changed, waiting) = await CommitAsync(changes, actor, also, cancellationToken).ConfigureAwait(false);

        // The change stands: what follows is done even where the caller goes away, and a failure to read it back is no failure of it.
        if (also is null) await TakeOverAsync(changed, outcome.Version).ConfigureAwait(false);
        await _outbox.DeliverAsync(waiting, CancellationToken.None).ConfigureAwait(false);
        return outcome;
    }

    /// <summary>Inserts the deal or replaces the one with its id.</summary>
    /// <exception cref="RightsInvalidException">With all that is wrong.</exception>
    public Task PutDealAsync(Deal deal, CancellationToken cancellationToken = default) => ChangeAsync([RightsChange.Put(RightsKinds.Deals, deal)], RightsActor.Hub, cancellationToken);

    /// <summary>Inserts the subscriber or replaces the one with its id.</summary>
    /// <exception cref="RightsInvalidException">With all that is wrong.</exception>
    public Task PutSubscriberAsync(Subscriber subscriber, CancellationToken cancellationToken = default) =>
        ChangeAsync([RightsChange.Put(RightsKinds.Subscribers, subscriber)], RightsActor.Hub, cancellationToken);

    /// <summary>A document as it is now, or null. Of subscribers straight from the database; of the rest as this node knows it.</summary>
    public async Task<RightsStored<T>?> FindAsync<T>(RightsKind<T> kind, string id, CancellationToken cancellationToken = default)
        where T : class =>
        await FindDocumentAsync(kind, id, cancellationToken).ConfigureAwait(false) is { } stored ? new RightsStored<T>((T)stored.Document, stored.Version) : null;

    /// <inheritdoc cref="FindAsync{T}"/>
    public async Task<RightsStored<object>?> FindDocumentAsync(RightsKind kind, string id, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(kind);
        ArgumentNullException.ThrowIfNull(id);
        if (kind.IsPersonal)
        {
            await using var connection = await _database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            var row = await RightsTable.ReadSubscriberAsync(connection, id, cancellationToken).ConfigureAwait(false);
            return row is null ? null : new RightsStored<object>(kind.Read(row.Body), row.Version);
        }

        await GetSnapshotAsync(cancellationToken).ConfigureAwait(false);
        var view = _view;
        if (!view.Versions[kind.Name].TryGetValue(id, out var version)) return null;
        var all = view.Snapshot.List(kind);
        return new RightsStored<object>(all[FirstAfter(all, kind, id) - 1], version);
    }

    /// <summary>Documents in the order of their ids, after an id.</summary>
    /// <param name="after">The last id of the page before, or an empty text.</param>
    /// <param name="limit">1 to 10,000.</param>
    public async Task<IReadOnlyList<T>> ListAsync<T>(RightsKind<T> kind, string after, int limit, CancellationToken cancellationToken = default)
        where T : class =>
        [.. (await ListDocumentsAsync(kind, after, limit, cancellationToken).ConfigureAwait(false)).Cast<T>()];

    /// <inheritdoc cref="ListAsync{T}"/>
    public async Task<IReadOnlyList<object>> ListDocumentsAsync(RightsKind kind, string after, int limit, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(kind);
        ArgumentNullException.ThrowIfNull(after);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, 10_000);
        if (!kind.IsPersonal)
        {
            var snapshot = await GetSnapshotAsync(cancellationToken).ConfigureAwait(false);
            var all = snapshot.List(kind);
            return [.. all.Skip(FirstAfter(all, kind, after)).Take(limit)];
        }

        await using var connection = await _database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        var rows = await RightsTable.ReadSubscribersAsync(connection, after, limit, cancellationToken).ConfigureAwait(false);
        return [.. rows.Select(row => kind.Read(row.Body))];
    }

    /// <summary>The ids of subscribers in their order, after one: for what goes through all of them.</summary>
    internal async Task<IReadOnlyList<string>> ListSubscriberIdsAsync(string after, int limit, CancellationToken cancellationToken)
    {
        await using var connection = await _database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        return await RightsTable.ReadSubscriberIdsAsync(connection, after, limit, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Those of these subscribers that there are, straight from the database.</summary>
    internal async Task<IReadOnlyList<Subscriber>> FindSubscribersAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        var found = new List<Subscriber>(ids.Count);
        await using var connection = await _database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        foreach (var chunk in ids.Chunk(RightsTable.Chunk))
        {
            var rows = await RightsTable.ReadSubscribersAsync(connection, chunk, cancellationToken).ConfigureAwait(false);
            found.AddRange(ManyCores.Map(rows.AsList(), row => (Subscriber)RightsKinds.Subscribers.Read(row.Body)));
        }

        return found;
    }

    /// <summary>Reads a subscriber, changes it and writes it back, again where somebody else changed it in between.</summary>
    /// <param name="change">Gets the subscriber, a new one where there is none. Null: nothing to change.</param>
    /// <returns>The subscriber as it is now; null where nothing was to change.</returns>
    public async Task<RightsStored<Subscriber>?> ChangeSubscriberAsync(string id, Func<Subscriber, Subscriber?> change, RightsActor actor, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        for (var attempt = 0; ; attempt++)
        {
            var stored = await FindAsync(RightsKinds.Subscribers, id, cancellationToken).ConfigureAwait(false);
            if (change(stored?.Document ?? new Subscriber { Id = id }) is not { } changed) return null;
            try
            {
                var outcome = await ChangeAsync([RightsChange.Put(RightsKinds.Subscribers, changed, stored?.Version ?? 0)], actor, cancellationToken).ConfigureAwait(false);
                return new RightsStored<Subscriber>(changed, outcome.Unchanged == 1 ? stored!.Version : outcome.Version);
            }
            catch (RightsConflictException) when (attempt < 20)
            {
                // Somebody was faster: once more over what they wrote.
            }
        }
    }

    /// <summary>Starts the clock of the rentals of this content that have not been played. Repeating it changes nothing.</summary>
    public Task StartRentalAsync(string subscriberId, string contentId, long nowMs, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(contentId);
        var rights = Current;
        return ChangeSubscriberAsync(
            subscriberId,
            subscriber =>
            {
                var rentals = subscriber.Rentals.Select(rental => IsUnplayed(rental) ? rental with { FirstPlayMs = nowMs } : rental).ToList();
                return rentals.SequenceEqual(subscriber.Rentals) ? null : subscriber with { Rentals = rentals };
            },
            RightsActor.Hub,
            cancellationToken);

        bool IsUnplayed(Rental rental) => rental.FirstPlayMs is null && rental.FromMs <= nowMs
            && (rental.Content == contentId || (rental.Collection is { } collection && rights.IsInCollection(contentId, collection)));
    }

    /// <summary>Where nobody else changed anything meanwhile, this node knows what it wrote; else it reads what there is.</summary>
    private async Task TakeOverAsync(IReadOnlyList<RightsChange> changed, long version)
    {
        await _reading.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            if (_known >= version) return; // Read already.
            if (_known == version - 1 && changed.Count > 0)
            {
                ForgetSubscribers([.. changed.Where(change => change.Kind.IsPersonal).Select(change => change.Id)]);
                if (_mirror.Apply(changed, version)) _view = _mirror.ToView(version);
                _known = version;
                return;
            }
        }
        finally
        {
            _reading.Release();
        }

        await ReadBackAsync().ConfigureAwait(false);
    }


    private async Task ReadBackAsync()
    {
        try
        {
            await ReadAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (DbException exception)
        {
            Fail(exception);
        }
    }

    private async Task<(RightsOutcome Outcome, IReadOnlyList<RightsChange> Changed, IReadOnlyList<OutboxRow> Waiting)> CommitAsync(
        IReadOnlyList<RightsChange> changes, RightsActor actor, Func<DbTransaction, CancellationToken, Task>? also, CancellationToken cancellationToken)
    {
        await using var connection = await _database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var transaction = await Database.BeginWriteAsync(connection, cancellationToken).ConfigureAwait(false);
        var version = await RightsTable.NextVersionAsync(transaction, cancellationToken).ConfigureAwait(false);
        var now = _time.GetUtcNow();
        var changed = new List<RightsChange>();
        var entries = new List<AuditEntry>();
        var counts = new Counts();
        foreach (var kind in changes.GroupBy(change => change.Kind))
        {
            RefuseRepetitions(kind);
            foreach (var chunk in kind.Chunk(RightsTable.Chunk))
            {
                var rows = await CompareAsync(transaction, kind.Key, chunk, version, actor, changed, entries, counts, cancellationToken).ConfigureAwait(false);
                if (rows.Count > 0) await RightsTable.WriteAsync(transaction, kind.Key, rows, version, now.ToUnixTimeMilliseconds(), cancellationToken).ConfigureAwait(false);
            }
        }

        if (also is not null) await also(transaction, cancellationToken).ConfigureAwait(false);
        if (entries.Count == 0 && also is null) return (counts.ToOutcome(version - 1), [], []); // Nothing changed: the version stays too.
        var waiting = await _outbox.WriteAsync(transaction, entries, cancellationToken).ConfigureAwait(false);
        await RightsTable.PruneAsync(transaction, (now - MarksKept).ToUnixTimeMilliseconds(), cancellationToken).ConfigureAwait(false);
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        return (counts.ToOutcome(version), changed, waiting);
    }

    private static async Task<List<(string Id, string? Body)>> CompareAsync(
        DbTransaction transaction, RightsKind kind, RightsChange[] changes, long version, RightsActor actor, List<RightsChange> changed, List<AuditEntry> entries, Counts counts, CancellationToken cancellationToken)
    {
        var there = await RightsTable.ReadAsync(transaction, kind, [.. changes.Select(change => change.Id)], cancellationToken).ConfigureAwait(false);
        foreach (var change in changes)
        {
            var before = there.GetValueOrDefault(change.Id);
            if (change.ExpectedVersion is { } expected && expected != (before?.Version ?? 0))
                throw new RightsConflictException(before is null ? $"There is no {kind.Name} of that id any more." : expected == 0 ? $"There is a {kind.Name} of that id already." : $"The {kind.Name} was changed in between.");
        }

        // Each for itself: writing the document and telling the difference is most of the work of a batch.
        var rows = new List<(string, string?)>();
        foreach (var (change, (before, after, entry)) in changes.Zip(ManyCores.Map(changes, Compare)))
        {
            if (entry is null)
            {
                counts.Unchanged++;
                continue;
            }

            if (after is null) counts.Deleted++;
            else if (before is null) counts.Created++;
            else counts.Updated++;
            rows.Add((change.Id, after));
            changed.Add(change);
            entries.Add(entry);
        }

        return rows;

        (string? Before, string? After, AuditEntry? Entry) Compare(RightsChange change)
        {
            var before = there.GetValueOrDefault(change.Id)?.Body;
            var after = change.Document is { } document ? kind.Write(document) : null;
            return (before, after, before == after ? null : RightsAuditing.Describe(change, before, after, version, actor));
        }
    }

    /// <summary>How many documents of a list in the order of ids have an id up to this one.</summary>
    private static int FirstAfter(IReadOnlyList<object> all, RightsKind kind, string id)
    {
        var (low, high) = (0, all.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (string.CompareOrdinal(kind.IdOf(all[middle]), id) <= 0) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    private static void RefuseRepetitions(IEnumerable<RightsChange> changes)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var change in changes)
            if (!seen.Add(change.Id)) throw new RightsInvalidException([new RightsProblem("$.id", RightsProblem.Duplicate, $"The {change.Kind.Name} stands twice in the batch.")], change.Line);
    }

    private sealed class Counts
    {
        public int Created { get; set; }

        public int Updated { get; set; }

        public int Deleted { get; set; }

        public int Unchanged { get; set; }

        public RightsOutcome ToOutcome(long version) => new(version, Created, Updated, Deleted, Unchanged);
    }
}
