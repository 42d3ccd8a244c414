using System.Data.Common;
using Dapper;
using DrmHub.Vault.Audit.Encoding;
using DrmHub.Vault.Audit.Merkle;
using DrmHub.Vault.Storage;

namespace DrmHub.Vault.Audit;

/// <summary>
/// Moves committed batches into the entry table and the tree. Every node tries; a lock that ends with the transaction lets one
/// through, so another takes over at once when it dies. A round is one transaction and a pure function of the journal, so one
/// that was cut off is simply done again.
/// </summary>
internal sealed class Integrator(Database database, Journal journal, TimeProvider time)
{
    /// <summary>The advisory lock that integrating nodes agree on.</summary>
    public const long AdvisoryLock = 0x44_52_4D_41_55_44;

    private const int PostgreSqlRound = 16_384;

    // A round on SQLite keeps those waiting who want an answer, so it is short.
    private const int SqliteRound = 128;

    private TreeEdge? _edge;

    /// <summary>Integrates what is committed, one round.</summary>
    /// <returns>Entries integrated, and whether there may be more; null where another node holds the lock.</returns>
    public async Task<(long Entries, bool More)?> RoundAsync(CancellationToken cancellationToken)
    {
        if (!database.IsPostgreSql) await journal.SqliteGate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await LockedRoundAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            _edge = null; // Its state may be ahead of the database.
            throw;
        }
        finally
        {
            if (!database.IsPostgreSql) journal.SqliteGate.Release();
        }
    }

    private async Task<(long Entries, bool More)?> LockedRoundAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        if (await FirstAsync(connection, null).ConfigureAwait(false) is null) return (0, false);
        using var relaxed = WriteAheadLog.Relax(connection); // The journal is durable, and a round that is lost is done again.
        await using var transaction = await Database.BeginWriteAsync(connection, cancellationToken).ConfigureAwait(false);
        if (database.IsPostgreSql
            && !await connection.ExecuteScalarAsync<bool>($"select pg_try_advisory_xact_lock({AdvisoryLock})", transaction: transaction).ConfigureAwait(false))
        {
            return null;
        }

        var tree = await connection.QuerySingleAsync<TreeRow>("select size as Size, root as Root, month as Month from audit_tree where id = 1", transaction: transaction).ConfigureAwait(false);
        var edge = await EdgeAsync(connection, transaction, tree).ConfigureAwait(false);
        var batches = await ReadJournalAsync(connection, transaction, tree.Size).ConfigureAwait(false);
        if (batches.Count == 0)
        {
            if (await FirstAsync(connection, transaction).ConfigureAwait(false) is { } first && first > tree.Size) throw Gap(first, tree.Size);
            return (0, false);
        }

        var entries = Unpack(batches, tree.Size);
        var month = await InsertRowsAsync(connection, transaction, entries, tree, cancellationToken).ConfigureAwait(false);
        foreach (var (leaf, _) in entries) edge.Append(MerkleHash.Leaf(leaf.Span));
        foreach (var ((level, index), hashes) in edge.TakeTouched())
        {
            await connection.ExecuteAsync(
                "insert into audit_tile (level, idx, hashes) values (@level, @index, @hashes) on conflict (level, idx) do update set hashes = excluded.hashes",
                new { level = (long)level, index, hashes }, transaction).ConfigureAwait(false);
        }

        await connection.ExecuteAsync("delete from audit_journal where first_idx >= @from and first_idx < @to", new { from = tree.Size, to = edge.Size }, transaction).ConfigureAwait(false);
        var moved = await connection.ExecuteAsync(
            "update audit_tree set size = @size, root = @root, month = @month where id = 1 and size = @old",
            new { size = edge.Size, root = edge.Root(), month, old = tree.Size }, transaction).ConfigureAwait(false);
        if (moved != 1) throw new StorageException("Another node moved the tree under a lock that this node holds.");
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        _edge = edge;

        // On PostgreSQL what came meanwhile waits for the next interval, unless it is so much that this round could not hold it: small rounds cost what
        // large ones do. On SQLite a round keeps writers waiting, so there are many small ones.
        return (entries.Count, !database.IsPostgreSql || entries.Count >= PostgreSqlRound);
    }

    /// <summary>The index at which the journal begins; null where it is empty.</summary>
    private static Task<long?> FirstAsync(DbConnection connection, DbTransaction? transaction) =>
        connection.ExecuteScalarAsync<long?>("select first_idx from audit_journal order by first_idx limit 1", transaction: transaction);

    private static AuditFormatException Gap(long found, long expected) => new($"The journal has a gap: {found} follows {expected}.");

    private async Task<TreeEdge> EdgeAsync(DbConnection connection, DbTransaction transaction, TreeRow tree)
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

    private async Task<List<BatchRow>> ReadJournalAsync(DbConnection connection, DbTransaction transaction, long from)
    {
        // Read to its end: a reader that is left early is cancelled, and on PostgreSQL the transaction with it.
        var round = database.IsPostgreSql ? PostgreSqlRound : SqliteRound;
        var batches = (await connection.QueryAsync<BatchRow>(
            "select first_idx as FirstIdx, entries as Entries, payload as Payload from audit_journal where first_idx >= @from and first_idx < @to order by first_idx",
            new { from, to = from + round }, transaction).ConfigureAwait(false)).AsList();
        var next = from;
        foreach (var batch in batches)
        {
            if (batch.FirstIdx != next) throw Gap(batch.FirstIdx, next);
            next += batch.Entries;
        }

        return batches;
    }

    private static List<(ReadOnlyMemory<byte> Leaf, ReadOnlyMemory<byte> Sealed)> Unpack(List<BatchRow> batches, long first)
    {
        var entries = new List<(ReadOnlyMemory<byte>, ReadOnlyMemory<byte>)>();
        foreach (var batch in batches) JournalPayload.Read(batch.Payload, batch.Entries, entries);
        return entries;
    }

    private async Task<long> InsertRowsAsync(
        DbConnection connection, DbTransaction transaction, List<(ReadOnlyMemory<byte> Leaf, ReadOnlyMemory<byte> Sealed)> entries, TreeRow tree, CancellationToken cancellationToken)
    {
        var now = EntryTable.MonthOf(time.GetUtcNow());
        var month = tree.Month;
        var rows = new List<EntryTable.Row>(entries.Count);
        for (var i = 0; i < entries.Count; i++)
        {
            var index = tree.Size + i;
            if (index % TreeEdge.TileWidth == 0 && month < now) month = now;
            rows.Add(new EntryTable.Row(month, index, LeafColumns.Read(index, entries[i].Leaf.Span), entries[i].Leaf, entries[i].Sealed));
        }

        if (database.IsPostgreSql && month != tree.Month) await EntryTable.EnsurePartitionAsync(connection, transaction, month).ConfigureAwait(false);
        if (database.IsPostgreSql) await EntryMonths.ExtendAsync(connection, transaction, tree.Size, rows).ConfigureAwait(false);
        await EntryTable.InsertAsync(connection, transaction, rows, cancellationToken).ConfigureAwait(false);
        return month;
    }

    private sealed record TreeRow
    {
        public long Size { get; init; }

        public byte[]? Root { get; init; }

        public long Month { get; init; }
    }

    private sealed record BatchRow
    {
        public long FirstIdx { get; init; }

        public long Entries { get; init; }

        public byte[] Payload { get; init; } = [];
    }
}
