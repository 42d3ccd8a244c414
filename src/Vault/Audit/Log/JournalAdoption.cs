using System.Data.Common;
using System.Security.Cryptography;
using Dapper;
using DrmHub.Vault.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace DrmHub.Vault.Audit;

/// <summary>
/// Brings a SQLite database and its journal file together when a log opens. Both hold the same random lineage. A database without a file, new, restored
/// alone, or of a program that kept the journal in it, gets one, in three durable steps: the file is filled, the database names it, the file is marked as
/// adopted. Whatever is not marked was never appended to, and is filled again.
/// </summary>
internal static class JournalAdoption
{
    /// <summary>Takes over, of either file, how far a writer's batches were taken: <c>@Writer</c>, <c>@LastBatch</c>, <c>@SeenAt</c>.</summary>
    public const string FollowWriter =
        """
        insert into audit_writer (writer, last_batch, seen_at) values (@Writer, @LastBatch, @SeenAt)
        on conflict (writer) do update set last_batch = excluded.last_batch, seen_at = excluded.seen_at where last_batch < excluded.last_batch
        """;

    private const int LineageSize = 16;

    /// <exception cref="AuditFormatException">The file and the database are not of the same log, or entries between them are missing.</exception>
    public static async Task AdoptAsync(Database database, ILogger logger, CancellationToken cancellationToken)
    {
        var path = JournalFile.PathOf(database);
        await using var file = JournalFile.Create(path);
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var transaction = await Database.BeginWriteAsync(connection, cancellationToken).ConfigureAwait(false); // One process at a time.
        var known = await connection.ExecuteScalarAsync<byte[]?>("select lineage from audit_journal_file where id = 1", transaction: transaction).ConfigureAwait(false);
        var size = await connection.ExecuteScalarAsync<long>("select size from audit_tree where id = 1", transaction: transaction).ConfigureAwait(false);
        var state = file.QuerySingleOrDefault<FileRow>("select lineage as Lineage, adopted as Adopted from journal_file where id = 1");
        var isKnown = state is not null && known is not null && state.Lineage.AsSpan().SequenceEqual(known);
        if (state is { Adopted: 1 } && !isKnown)
            throw new AuditFormatException($"The journal file {path} does not belong to the database beside it: one of them was restored without the other. {Advice}");
        if (!isKnown)
        {
            var lineage = RandomNumberGenerator.GetBytes(LineageSize);
            await FillAsync(file, connection, transaction, lineage, size).ConfigureAwait(false);
            await connection.ExecuteAsync(
                "insert into audit_journal_file (id, lineage, durable_idx) values (1, @lineage, @size) on conflict (id) do update set lineage = excluded.lineage, durable_idx = excluded.durable_idx",
                new { lineage, size },
                transaction).ConfigureAwait(false);

            // Without its counter an older program that still runs writes nothing any more, instead of giving indexes that the file gives too.
            await connection.ExecuteAsync("delete from audit_journal; delete from audit_sequence", transaction: transaction).ConfigureAwait(false);
            if (known is not null) Log.JournalMissing(logger, path, size);
        }

        Follow(file, path, size, await WritersAsync(connection, transaction).ConfigureAwait(false));
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        if (state is not { Adopted: 1 }) file.Execute("update journal_file set adopted = 1 where id = 1");
    }

    /// <summary>What an operator does about a file and a database that do not fit.</summary>
    public const string Advice =
        "Put back the database that belongs to the journal; or, to go on from this database without the entries that only the journal has, move the journal file and its -wal and -shm away.";

    private static async Task FillAsync(SqliteConnection file, DbConnection connection, DbTransaction transaction, byte[] lineage, long size)
    {
        await using var filling = file.BeginTransaction(deferred: false);
        file.Execute("delete from audit_journal; delete from audit_writer; delete from audit_sequence; delete from journal_file", transaction: filling);
        file.Execute("insert into journal_file (id, lineage, adopted) values (1, @lineage, 0)", new { lineage }, filling);
        var next = await connection.ExecuteScalarAsync<long?>("select next_idx from audit_sequence where id = 1", transaction: transaction).ConfigureAwait(false) ?? size;
        file.Execute("insert into audit_sequence (id, next_idx) values (1, @next)", new { next }, filling);

        // Of a program that kept the journal in the database; a journal may be long, so it is not read into memory.
        var rows = connection.QueryUnbufferedAsync<JournalBatch>(
            "select first_idx as FirstIdx, entries as Entries, payload as Payload from audit_journal where first_idx >= @size order by first_idx", new { size }, transaction);
        await foreach (var row in rows.ConfigureAwait(false))
            file.Execute("insert into audit_journal (first_idx, entries, writer, last_batch, payload) values (@FirstIdx, @Entries, @Writer, @LastBatch, @Payload)", row, filling);
        await filling.CommitAsync().ConfigureAwait(false);
    }

    private static async Task<List<WriterRow>> WritersAsync(DbConnection connection, DbTransaction transaction) =>
        (await connection.QueryAsync<WriterRow>("select writer as Writer, last_batch as LastBatch, seen_at as SeenAt from audit_writer", transaction: transaction).ConfigureAwait(false)).AsList();

    /// <summary>A file that is older than the database gives no index twice and takes no batch twice; one that begins beyond its end does not fit.</summary>
    private static void Follow(SqliteConnection file, string path, long size, List<WriterRow> writers)
    {
        using var following = file.BeginTransaction(deferred: false);
        var next = file.ExecuteScalar<long>("select next_idx from audit_sequence where id = 1", transaction: following);
        var first = file.ExecuteScalar<long?>("select first_idx from audit_journal order by first_idx limit 1", transaction: following) ?? next;
        if (first > size)
            throw new AuditFormatException($"The journal has a gap: the file {path} begins at entry {first}, and the log in the database beside it ends at {size}. {Advice}");
        file.Execute("update audit_sequence set next_idx = @size where id = 1 and next_idx < @size", new { size }, following);
        foreach (var writer in writers)
            file.Execute(FollowWriter, writer, following);

        following.Commit();
    }

    private sealed record FileRow
    {
        public byte[] Lineage { get; init; } = [];

        public long Adopted { get; init; }
    }

    private sealed record WriterRow
    {
        public byte[] Writer { get; init; } = [];

        public long LastBatch { get; init; }

        public long SeenAt { get; init; }
    }
}
