using System.Data.Common;
using System.Globalization;
using Dapper;

namespace DrmHub.Vault.Audit;

/// <summary>
/// Which monthly partitions of PostgreSQL may hold entries of a time. An entry lies in the month in which it was integrated, and one that waited in
/// a spool speaks of an earlier time; so each month has the least and the greatest time of its entries, exactly, written in the transaction
/// that adds them. Where a program of an earlier version added entries meanwhile, the months do not reach the end of the tree and nothing is concluded
/// from them until the next round has looked again.
/// </summary>
internal static class EntryMonths
{
    /// <summary>Takes the times of entries that are added. In the transaction that adds them.</summary>
    /// <param name="size">Of the tree before them.</param>
    public static async Task ExtendAsync(DbConnection connection, DbTransaction transaction, long size, IReadOnlyList<EntryTable.Row> rows)
    {
        if (await EndAsync(connection, transaction).ConfigureAwait(false) != size) await LookAgainAsync(connection, transaction).ConfigureAwait(false);
        foreach (var month in rows.GroupBy(row => row.Month))
        {
            await connection.ExecuteAsync(
                """
                insert into audit_month as m (month, first_at, last_at, end_idx) values (@month, @first, @last, @end)
                on conflict (month) do update set first_at = least(m.first_at, excluded.first_at), last_at = greatest(m.last_at, excluded.last_at), end_idx = excluded.end_idx
                """,
                new { month = month.Key, first = month.Min(row => row.Columns.At), last = month.Max(row => row.Columns.At), end = month.Max(row => row.Index) + 1 },
                transaction).ConfigureAwait(false);
        }
    }

    /// <summary>The months that may hold entries of [from, until); null where nothing is known for certain.</summary>
    /// <param name="fromMs">UTC milliseconds; null leaves that side open.</param>
    /// <param name="untilMs">UTC milliseconds, exclusive; null leaves that side open.</param>
    public static async Task<List<long>?> FindAsync(DbConnection connection, long? fromMs, long? untilMs, CancellationToken cancellationToken)
    {
        var rows = await connection.QueryAsync<MonthRow>(new CommandDefinition(
            "select month as Month, first_at as FirstAt, last_at as LastAt, end_idx as EndIdx, (select size from audit_tree where id = 1) as Size from audit_month order by month",
            cancellationToken: cancellationToken)).ConfigureAwait(false);
        var months = rows.AsList();
        if (months.Count == 0 || months.Max(month => month.EndIdx) != months[0].Size) return null;
        return [.. months.Where(month => !(month.LastAt < fromMs) && !(month.FirstAt >= untilMs)).Select(month => month.Month)];
    }

    private static Task<long> EndAsync(DbConnection connection, DbTransaction transaction) =>
        connection.ExecuteScalarAsync<long>("select coalesce(max(end_idx), 0) from audit_month", transaction: transaction);

    /// <summary>Reads the bounds of every partition from its indexes, three looks each.</summary>
    private static async Task LookAgainAsync(DbConnection connection, DbTransaction transaction)
    {
        var partitions = await connection.QueryAsync<string>(
            "select child.relname from pg_inherits join pg_class child on child.oid = inhrelid where inhparent = 'audit_entry'::regclass", transaction: transaction).ConfigureAwait(false);
        foreach (var partition in partitions)
        {
            var month = long.Parse(partition.AsSpan(EntryTable.PartitionName(0).Length - 6), CultureInfo.InvariantCulture);
            await connection.ExecuteAsync(
                $"""
                insert into audit_month (month, first_at, last_at, end_idx)
                select @month, first_at, last_at, last_idx + 1 from (select min(at) as first_at, max(at) as last_at, max(idx) as last_idx from {EntryTable.PartitionName(month)}) bounds where last_idx is not null
                on conflict (month) do update set first_at = excluded.first_at, last_at = excluded.last_at, end_idx = excluded.end_idx
                """,
                new { month },
                transaction).ConfigureAwait(false);
        }
    }

    private sealed record MonthRow
    {
        public long Month { get; init; }

        public long FirstAt { get; init; }

        public long LastAt { get; init; }

        public long EndIdx { get; init; }

        public long Size { get; init; }
    }
}
