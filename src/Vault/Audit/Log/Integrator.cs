using System.Data.Common;
using Dapper;
using DrmHub.Vault.Audit.Encoding;
using DrmHub.Vault.Audit.Merkle;
using DrmHub.Vault.Storage;

namespace DrmHub.Vault.Audit;

/// <summary>
/// Moves committed batches into the entry table and the tree. Every node tries; one gets through at a time, and another takes over at once when it dies.
/// A round is one transaction and a pure function of the journal, so one that was cut off, or lost with the power, is simply done again.
/// </summary>
internal sealed class Integrator(Database database, IJournal journal, TimeProvider time) : IAsyncDisposable
{
    /// <summary>The advisory lock that integrating nodes agree on.</summary>
    public const long AdvisoryLock = 0x44_52_4D_41_55_44;

    private const int PostgreSqlRound = 16_384;

    // While a round on SQLite is stored, who wants to write keys or rights waits: it takes some milliseconds.
    private const int SqliteRound = 256;

    private TreeEdge? _edge;
    private DbConnection? _sqlite;
    private WriteAheadLog.Relaxed _relaxed;

    /// <summary>Integrates what is committed, one round.</summary>
    /// <returns>
    /// Entries integrated, and whether to go on at once: what came meanwhile waits for the next interval, unless it is so much that this round could not hold
    /// it, because small rounds cost what large ones do. Null where another node holds the lock.
    /// </returns>
    public async Task<(long Entries, bool More)?> RoundAsync(CancellationToken cancellationToken)
    {
        try
        {
            return journal is SqliteJournal file ? await SqliteRoundAsync(file, cancellationToken).ConfigureAwait(false) : await PostgreSqlRoundAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            _edge = null; // Its state may be ahead of the database.
            await DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_sqlite is null) return;
        _relaxed.Dispose();
        await _sqlite.DisposeAsync().ConfigureAwait(false);
        _sqlite = null;
    }

    private async Task<(long Entries, bool More)?> PostgreSqlRoundAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        if (await FirstAsync(connection, null).ConfigureAwait(false) is null) return (0, false);
        await using var transaction = await Database.BeginWriteAsync(connection, cancellationToken).ConfigureAwait(false);
        if (!await connection.ExecuteScalarAsync<bool>($"select pg_try_advisory_xact_lock({AdvisoryLock})", transaction: transaction).ConfigureAwait(false)) return null;

        var tree = await ReadTreeAsync(connection, transaction).ConfigureAwait(false);
        var edge = await EdgeAsync(connection, transaction, tree).ConfigureAwait(false);
        var batches = await ReadJournalAsync(connection, transaction, tree.Size).ConfigureAwait(false);
        if (batches.Count == 0)
        {
            if (await FirstAsync(connection, transaction).ConfigureAwait(false) is { } first && first > tree.Size) throw Gap(first, tree.Size);
            return (0, false);
        }

        var rows = Rows(batches, tree);
        var month = rows[^1].Month;
        if (month != tree.Month) await EntryTable.EnsurePartitionAsync(connection, transaction, month).ConfigureAwait(false);
        await EntryMonths.ExtendAsync(connection, transaction, tree.Size, rows).ConfigureAwait(false);
        Grow(edge, rows);
        await StoreAsync(connection, transaction, rows, edge, cancellationToken).ConfigureAwait(false);
        await connection.ExecuteAsync("delete from audit_journal where first_idx >= @from and first_idx < @to", new { from = tree.Size, to = edge.Size }, transaction).ConfigureAwait(false);
        if (!await MoveAsync(connection, transaction, tree, edge, month).ConfigureAwait(false)) throw new StorageException("Another node moved the tree under a lock that this node holds.");
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        _edge = edge;

        return (rows.Count, rows.Count >= PostgreSqlRound);
    }

    /// <summary>
    /// The journal is in another file. Everything that can be is done before the database is locked; whether another process was faster shows when the tree
    /// is to be moved. The commit is not durable, and the journal keeps the batches until it is (<see cref="SqliteJournal.ForgetAsync"/>).
    /// </summary>
    private async Task<(long Entries, bool More)?> SqliteRoundAsync(SqliteJournal file, CancellationToken cancellationToken)
    {
        var connection = await SqliteAsync(cancellationToken).ConfigureAwait(false);
        var tree = await ReadTreeAsync(connection, null).ConfigureAwait(false);
        var batches = await file.BatchesAsync(tree.Size, SqliteRound, cancellationToken).ConfigureAwait(false);
        if (batches.Count == 0) return (0, false);
        if (batches[0].FirstIdx != tree.Size)
        {
            // Those between may have been integrated and forgotten just now.
            if ((await ReadTreeAsync(connection, null).ConfigureAwait(false)).Size == tree.Size) throw Gap(batches[0].FirstIdx, tree.Size, JournalAdoption.Advice);
            return (0, true);
        }

        var edge = await EdgeAsync(connection, null, tree).ConfigureAwait(false);
        var rows = Rows(batches, tree);
        Grow(edge, rows);
        await using var transaction = await Database.BeginWriteAsync(connection, cancellationToken).ConfigureAwait(false);
        if (!await MoveAsync(connection, transaction, tree, edge, rows[^1].Month).ConfigureAwait(false)) return (0, true);
        await StoreAsync(connection, transaction, rows, edge, cancellationToken).ConfigureAwait(false);
        foreach (var writer in batches.Where(batch => batch.Writer.Length > 0).GroupBy(batch => Convert.ToHexString(batch.Writer)))
        {
            // Who restores the database alone still knows what was taken.
            await connection.ExecuteAsync(
                JournalAdoption.FollowWriter,
                new { writer.Last().Writer, writer.Last().LastBatch, SeenAt = time.GetUtcNow().ToUnixTimeMilliseconds() },
                transaction).ConfigureAwait(false);
        }

        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        _edge = edge;
        return (rows.Count, rows.Count >= SqliteRound);
    }

    private async ValueTask<DbConnection> SqliteAsync(CancellationToken cancellationToken)
    {
        if (_sqlite is not null) return _sqlite;
        var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await connection.ExecuteAsync("pragma cache_size=-16384").ConfigureAwait(false); // Of each index the page that the next entry goes to is anywhere.
        _relaxed = WriteAheadLog.Relax(connection);
        return _sqlite = connection;
    }

    /// <summary>The index at which the journal begins; null where it is empty.</summary>
    private static Task<long?> FirstAsync(DbConnection connection, DbTransaction? transaction) =>
        connection.ExecuteScalarAsync<long?>("select first_idx from audit_journal order by first_idx limit 1", transaction: transaction);

    private static AuditFormatException Gap(long found, long expected, string advice = "") => new($"The journal has a gap: {found} follows {expected}. {advice}".TrimEnd());

    private static Task<TreeRow> ReadTreeAsync(DbConnection connection, DbTransaction? transaction) =>
        connection.QuerySingleAsync<TreeRow>("select size as Size, root as Root, month as Month from audit_tree where id = 1", transaction: transaction);

    private async Task<TreeEdge> EdgeAsync(DbConnection connection, DbTransaction? transaction, TreeRow tree)
    {
        var edge = _edge;
        _edge = null;
        if (edge is not null && edge.Size == tree.Size) return edge;
        edge = await TreeEdge.LoadAsync(tree.Size, (level, index) => connection.QuerySingleOrDefaultAsync<byte[]?>(
            "select hashes from audit_tile where level = @level and idx = @index", new { level = (long)level, index }, transaction)).ConfigureAwait(false);
        if (tree.Size > 0 && !edge.Root().AsSpan().SequenceEqual(tree.Root))
            throw new AuditFormatException($"The stored tiles of size {tree.Size} do not give the stored root.");
        return edge;
    }

    private static async Task<List<JournalBatch>> ReadJournalAsync(DbConnection connection, DbTransaction transaction, long from)
    {
        // Read to its end: a reader that is left early is cancelled, and the transaction with it.
        var batches = (await connection.QueryAsync<JournalBatch>(
            "select first_idx as FirstIdx, entries as Entries, payload as Payload from audit_journal where first_idx >= @from and first_idx < @to order by first_idx",
            new { from, to = from + PostgreSqlRound }, transaction).ConfigureAwait(false)).AsList();
        var next = from;
        foreach (var batch in batches)
        {
            if (batch.FirstIdx != next) throw Gap(batch.FirstIdx, next);
            next += batch.Entries;
        }

        return batches;
    }

    private List<EntryTable.Row> Rows(List<JournalBatch> batches, TreeRow tree)
    {
        var entries = new List<(ReadOnlyMemory<byte> Leaf, ReadOnlyMemory<byte> Sealed)>();
        foreach (var batch in batches) JournalPayload.Read(batch.Payload, batch.Entries, entries);
        var now = EntryTable.MonthOf(time.GetUtcNow());
        var month = tree.Month;
        var rows = new List<EntryTable.Row>(entries.Count);
        for (var i = 0; i < entries.Count; i++)
        {
            var index = tree.Size + i;
            if (index % TreeEdge.TileWidth == 0 && month < now) month = now;
            rows.Add(new EntryTable.Row(month, index, LeafColumns.Read(index, entries[i].Leaf.Span), entries[i].Leaf, entries[i].Sealed));
        }

        return rows;
    }

    private static void Grow(TreeEdge edge, List<EntryTable.Row> rows)
    {
        foreach (var row in rows) edge.Append(MerkleHash.Leaf(row.Leaf.Span));
    }

    private static async Task StoreAsync(DbConnection connection, DbTransaction transaction, List<EntryTable.Row> rows, TreeEdge edge, CancellationToken cancellationToken)
    {
        await EntryTable.InsertAsync(connection, rows, cancellationToken).ConfigureAwait(false);
        foreach (var ((level, index), hashes) in edge.TakeTouched())
        {
            await connection.ExecuteAsync(
                "insert into audit_tile (level, idx, hashes) values (@level, @index, @hashes) on conflict (level, idx) do update set hashes = excluded.hashes",
                new { level = (long)level, index, hashes }, transaction).ConfigureAwait(false);
        }
    }

    /// <returns>Whether the tree was still as it was read.</returns>
    private static async Task<bool> MoveAsync(DbConnection connection, DbTransaction transaction, TreeRow tree, TreeEdge edge, long month) => await connection.ExecuteAsync(
        "update audit_tree set size = @size, root = @root, month = @month where id = 1 and size = @old",
        new { size = edge.Size, root = edge.Root(), month, old = tree.Size }, transaction).ConfigureAwait(false) == 1;

    private sealed record TreeRow
    {
        public long Size { get; init; }

        public byte[]? Root { get; init; }

        public long Month { get; init; }
    }
}
