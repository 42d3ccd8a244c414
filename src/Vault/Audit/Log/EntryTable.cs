using System.Data.Common;
using System.Globalization;
using Dapper;
using DrmHub.Vault.Audit.Encoding;
using DrmHub.Vault.Storage;
using Npgsql;
using NpgsqlTypes;

namespace DrmHub.Vault.Audit;

/// <summary>
/// The table that questions are asked of: one row per entry, its columns read from the leaf. On PostgreSQL it is partitioned by
/// the month in which entries were integrated; months begin at multiples of 256, so an entry bundle never straddles two.
/// </summary>
internal static class EntryTable
{
    private const string Columns =
        "month, idx, at, kind, subject, actor, content, deal, reason, system, level, model, country, tracks, leaf, personal";

    private const string Definition =
        """
        create table if not exists audit_entry (
            month bigint not null, idx bigint not null, at bigint not null, kind bigint not null, subject bytea, actor text, content text, deal text,
            reason text, system bigint, level text, model text, country text, tracks text, leaf bytea not null, personal bytea, primary key (idx, month))
        """;

    // Each question's equality column first, then the order of pages: newest first by (at, idx).
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
            if (await connection.ExecuteScalarAsync<bool>("select to_regclass('audit_entry') is not null", transaction: transaction).ConfigureAwait(false)) return;
        }

        await connection.ExecuteAsync(Definition + (database.IsPostgreSql ? " partition by list (month)" : ""), transaction: transaction).ConfigureAwait(false);
        foreach (var index in s_indexes) await connection.ExecuteAsync(index, transaction: transaction).ConfigureAwait(false);
        if (database.IsPostgreSql)
        {
            // Leaves do not compress well enough to pay for it, and hashes not at all.
            await connection.ExecuteAsync("alter table audit_tile alter column hashes set storage external", transaction: transaction).ConfigureAwait(false);
        }

        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Year and month as one number: 202611.</summary>
    public static long MonthOf(DateTimeOffset at) => at.UtcDateTime.Year * 100L + at.UtcDateTime.Month;

    public static string PartitionName(long month) => "audit_entry_" + month.ToString("000000", CultureInfo.InvariantCulture);

    public static Task EnsurePartitionAsync(DbConnection connection, DbTransaction transaction, long month) => connection.ExecuteAsync(
        $"create table if not exists {PartitionName(month)} partition of audit_entry for values in ({month.ToString(CultureInfo.InvariantCulture)})", transaction: transaction);

    public static Task InsertAsync(DbConnection connection, DbTransaction transaction, IReadOnlyList<Row> rows, CancellationToken cancellationToken) =>
        connection is NpgsqlConnection postgreSql ? CopyAsync(postgreSql, rows, cancellationToken) : InsertSqliteAsync(connection, transaction, rows, cancellationToken);

    private static async Task CopyAsync(NpgsqlConnection connection, IReadOnlyList<Row> rows, CancellationToken cancellationToken)
    {
        await using var import = await connection.BeginBinaryImportAsync($"copy audit_entry ({Columns}) from stdin (format binary)", cancellationToken).ConfigureAwait(false);
        foreach (var row in rows)
        {
            await import.StartRowAsync(cancellationToken).ConfigureAwait(false);
            await import.WriteAsync(row.Month, NpgsqlDbType.Bigint, cancellationToken).ConfigureAwait(false);
            await import.WriteAsync(row.Record.Index, NpgsqlDbType.Bigint, cancellationToken).ConfigureAwait(false);
            await import.WriteAsync(row.Record.At.ToUnixTimeMilliseconds(), NpgsqlDbType.Bigint, cancellationToken).ConfigureAwait(false);
            await import.WriteAsync((long)row.Record.Kind, NpgsqlDbType.Bigint, cancellationToken).ConfigureAwait(false);
            await BytesAsync(row.Subject).ConfigureAwait(false);
            await TextAsync(row.Record.Actor).ConfigureAwait(false);
            await TextAsync(row.Record.ContentId).ConfigureAwait(false);
            await TextAsync(row.Record.Deal).ConfigureAwait(false);
            await TextAsync(row.Record.ReasonCode).ConfigureAwait(false);
            if (row.Record.System is { } system) await import.WriteAsync((long)system, NpgsqlDbType.Bigint, cancellationToken).ConfigureAwait(false);
            else await import.WriteNullAsync(cancellationToken).ConfigureAwait(false);
            await TextAsync(row.Record.SecurityLevel).ConfigureAwait(false);
            await TextAsync(row.Record.DeviceModel).ConfigureAwait(false);
            await TextAsync(row.Record.Country).ConfigureAwait(false);
            await TextAsync(row.Tracks).ConfigureAwait(false);
            await import.WriteAsync(row.Record.Leaf, NpgsqlDbType.Bytea, cancellationToken).ConfigureAwait(false);
            if (row.Sealed.IsEmpty) await import.WriteNullAsync(cancellationToken).ConfigureAwait(false);
            else await import.WriteAsync(row.Sealed, NpgsqlDbType.Bytea, cancellationToken).ConfigureAwait(false);
        }

        await import.CompleteAsync(cancellationToken).ConfigureAwait(false);

        // PostgreSQL's text has no U+0000; the leaf keeps it.
        Task TextAsync(string? value) => value is null
            ? import.WriteNullAsync(cancellationToken)
            : import.WriteAsync(value.Replace("\0", "", StringComparison.Ordinal), NpgsqlDbType.Text, cancellationToken);
        Task BytesAsync(byte[]? value) => value is null ? import.WriteNullAsync(cancellationToken) : import.WriteAsync(value, NpgsqlDbType.Bytea, cancellationToken);
    }

    private static async Task InsertSqliteAsync(DbConnection connection, DbTransaction transaction, IReadOnlyList<Row> rows, CancellationToken cancellationToken)
    {
        await using var insert = connection.CreateCommand();
        insert.Transaction = transaction;
        insert.CommandText =
            $"insert into audit_entry ({Columns}) values (@month, @idx, @at, @kind, @subject, @actor, @content, @deal, @reason, @system, @level, @model, @country, @tracks, @leaf, @personal)";
        foreach (var name in Columns.Split(", ")) insert.Bind(name, null);
        foreach (var row in rows)
        {
            object?[] values =
            [
                row.Month, row.Record.Index, row.Record.At.ToUnixTimeMilliseconds(), (long)row.Record.Kind, row.Subject, row.Record.Actor, row.Record.ContentId, row.Record.Deal,
                row.Record.ReasonCode, row.Record.System is { } system ? (long)system : null, row.Record.SecurityLevel, row.Record.DeviceModel, row.Record.Country,
                row.Tracks, row.Record.Leaf.ToArray(), row.Sealed.IsEmpty ? null : row.Sealed.ToArray(),
            ];
            for (var i = 0; i < values.Length; i++) insert.Parameters[i].Value = values[i] ?? DBNull.Value;
            await insert.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>An entry with what its columns need beside the leaf.</summary>
    public sealed record Row(long Month, AuditRecord Record, ReadOnlyMemory<byte> Sealed)
    {
        public byte[]? Subject { get; } = Record.Pseudonym is { } pseudonym ? Convert.FromHexString(pseudonym) : null;

        /// <summary>The granted tracks between commas, so that one can be looked for: <c>,AUDIO,SD,</c>.</summary>
        public string? Tracks { get; } = Record.Keys.Any(key => key.Granted)
            ? "," + string.Join(',', Record.Keys.Where(key => key.Granted).Select(key => key.Track).Distinct(StringComparer.Ordinal)) + ","
            : null;
    }
}
