using System.Data.Common;
using System.Globalization;
using Dapper;
using DrmHub.Vault.Audit.Encoding;
using DrmHub.Vault.Storage;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace DrmHub.Vault.Audit;

/// <summary>
/// The table that questions are asked of: one row per entry, its columns read from the leaf. On PostgreSQL it is partitioned by
/// the month in which entries were integrated; months begin at multiples of 256, so an entry bundle never straddles two.
/// </summary>
internal static class EntryTable
{
    private const string Columns =
        "month, idx, at, kind, subject, actor, content, deal, reason, system, level, model, country, tracks, leaf, personal, device";

    private const string Definition =
        """
        create table if not exists audit_entry (
            month bigint not null, idx bigint not null, at bigint not null, kind bigint not null, subject bytea, actor text, content text, deal text,
            reason text, system bigint, level text, model text, country text, tracks text, leaf bytea not null, personal bytea, device bytea, primary key (idx, month))
        """;

    // Each question's equality column first, then the order of pages: newest first by (at, idx). A device is found among its subscriber's entries.
    private static readonly string[] s_indexes =
    [
        "create index if not exists audit_entry_at on audit_entry (at, idx)",
        "create index if not exists audit_entry_subject on audit_entry (subject, at, idx) where subject is not null",
        "create index if not exists audit_entry_content on audit_entry (content, at, idx) where content is not null",
        "create index if not exists audit_entry_country on audit_entry (country, content, at, idx) where country is not null",
        "create index if not exists audit_entry_reason on audit_entry (reason, at, idx) where reason is not null",
        "create index if not exists audit_entry_deal on audit_entry (deal, at, idx) where deal is not null",
        "create index if not exists audit_entry_changes on audit_entry (at, idx) where kind > 7", // Few among many licences.
        "create index if not exists audit_entry_actor on audit_entry (actor, at, idx) where actor is not null",
    ];

    /// <summary>Makes the table where it is missing: not a migration, because only PostgreSQL partitions it.</summary>
    public static async Task EnsureAsync(Database database, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var transaction = await Database.BeginWriteAsync(connection, cancellationToken).ConfigureAwait(false);
        if (database.IsPostgreSql)
        {
            await connection.ExecuteAsync($"select pg_advisory_xact_lock({Integrator.AdvisoryLock})", transaction: transaction).ConfigureAwait(false);
        }

        var columns = (await connection.QueryAsync<string>(
            database.IsPostgreSql ? "select attname from pg_attribute where attrelid = to_regclass('audit_entry') and attnum > 0 and not attisdropped" : "select name from pragma_table_info('audit_entry')",
            transaction: transaction).ConfigureAwait(false)).ToHashSet(StringComparer.Ordinal);
        if (columns.Contains("device")) return;

        // A table of an earlier version: its entries name no device.
        if (columns.Count > 0) await connection.ExecuteAsync("alter table audit_entry add column device bytea", transaction: transaction).ConfigureAwait(false);
        await connection.ExecuteAsync(Definition + (database.IsPostgreSql ? " partition by list (month)" : ""), transaction: transaction).ConfigureAwait(false);
        foreach (var index in s_indexes) await connection.ExecuteAsync(index, transaction: transaction).ConfigureAwait(false);
        if (database.IsPostgreSql)
        {
            // Batches do not compress well enough to pay for it, and hashes not at all.
            await connection.ExecuteAsync("alter table audit_tile alter column hashes set storage external", transaction: transaction).ConfigureAwait(false);
            await connection.ExecuteAsync("alter table audit_journal alter column payload set storage external", transaction: transaction).ConfigureAwait(false);
        }

        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Year and month as one number: 202611.</summary>
    public static long MonthOf(DateTimeOffset at) => at.UtcDateTime.Year * 100L + at.UtcDateTime.Month;

    public static string PartitionName(long month) => "audit_entry_" + month.ToString("000000", CultureInfo.InvariantCulture);

    public static Task EnsurePartitionAsync(DbConnection connection, DbTransaction transaction, long month) => connection.ExecuteAsync(
        $"create table if not exists {PartitionName(month)} partition of audit_entry for values in ({month.ToString(CultureInfo.InvariantCulture)})", transaction: transaction);

    public static Task InsertAsync(DbConnection connection, IReadOnlyList<Row> rows, CancellationToken cancellationToken)
    {
        if (connection is NpgsqlConnection postgreSql) return CopyAsync(postgreSql, rows, cancellationToken);
        using var writer = new SqliteRows((SqliteConnection)connection, "audit_entry", Columns);
        foreach (var row in rows)
        {
            Write(writer, row);
            writer.End();
        }

        return Task.CompletedTask;
    }

    private static async Task CopyAsync(NpgsqlConnection connection, IReadOnlyList<Row> rows, CancellationToken cancellationToken)
    {
        var copy = new CopyRows();
        foreach (var row in rows)
        {
            copy.Begin(17);
            Write(copy, row);
        }

        await using var stream = await connection.BeginRawBinaryCopyAsync($"copy audit_entry ({Columns}) from stdin (format binary)", cancellationToken).ConfigureAwait(false);
        try
        {
            await stream.WriteAsync(copy.Finish(), cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            // Disposing a stream that was not cancelled would commit what arrived.
            await stream.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>In the order of <see cref="Columns"/>.</summary>
    private static void Write<TWriter>(TWriter writer, in Row row)
        where TWriter : IRowWriter
    {
        var columns = row.Columns;
        writer.Add(row.Month);
        writer.Add(row.Index);
        writer.Add(columns.At);
        writer.Add((long)columns.Kind);
        AddOrNull(columns.Subject);
        writer.Add(columns.Actor);
        writer.Add(columns.Content);
        writer.Add(columns.Deal);
        writer.Add(columns.Reason);
        if (columns.System is { } system) writer.Add((long)system);
        else writer.AddNull();
        writer.Add(columns.Level);
        writer.Add(columns.Model);
        writer.Add(columns.Country);
        writer.Add(columns.Tracks);
        writer.Add(row.Leaf.Span);
        AddOrNull(row.Sealed.Span);
        AddOrNull(columns.Device);

        void AddOrNull(ReadOnlySpan<byte> bytes)
        {
            if (bytes.IsEmpty) writer.AddNull();
            else writer.Add(bytes);
        }
    }

    /// <summary>An entry as the table takes it.</summary>
    public readonly record struct Row(long Month, long Index, LeafColumns Columns, ReadOnlyMemory<byte> Leaf, ReadOnlyMemory<byte> Sealed);
}
