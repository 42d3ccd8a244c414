using System.Data.Common;
using DrmHub.Cenc;
using DrmHub.Vault.Audit.Encoding;
using DrmHub.Vault.Storage;

namespace DrmHub.Vault.Audit;

/// <summary>Counts entries with the same conditions that find them.</summary>
internal sealed class EntryCounts(Database database, EntryQueries queries)
{
    /// <summary>Values that are shown one by one; a title catalogue may have millions.</summary>
    private const int MaxValues = 200;

    public async Task<List<AuditCount>> ByAsync(AuditQuery query, AuditColumn by, CancellationToken cancellationToken)
    {
        var column = Column(by);
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var command = connection.CreateCommand();
        var counts = new List<AuditCount>();
        if (await queries.WhereAsync(command, query with { Cursor = null }, cancellationToken).ConfigureAwait(false) is not { } where) return counts;
        command.CommandText = $"select {column}, count(*) from audit_entry{where} group by {column} order by count(*) desc limit {MaxValues}";
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false)) counts.Add(new AuditCount(Value(reader, by), reader.GetInt64(reader.FieldCount - 1)));
        return by == AuditColumn.Track ? PerTrack(counts) : counts;
    }

    public async Task<long> SubjectsAsync(AuditQuery query, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var command = connection.CreateCommand();
        if (await queries.WhereAsync(command, query with { Cursor = null }, cancellationToken).ConfigureAwait(false) is not { } where) return 0;
        command.CommandText = $"select count(distinct subject) from audit_entry{where}";
        return (long)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    /// <exception cref="ArgumentException">The query has no beginning, or the step is not positive.</exception>
    public async Task<List<AuditTimeCount>> OverTimeAsync(AuditQuery query, TimeSpan step, CancellationToken cancellationToken)
    {
        if (query.From is not { } from || step.TotalMilliseconds < 1) throw new ArgumentException("Counting over time needs a beginning and a step.", nameof(query));
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var command = connection.CreateCommand();
        var counts = new List<AuditTimeCount>();
        if (await queries.WhereAsync(command, query with { Cursor = null }, cancellationToken).ConfigureAwait(false) is not { } where) return counts;
        command.Bind("start", from.ToUnixTimeMilliseconds()).Bind("step", (long)step.TotalMilliseconds);
        command.CommandText = $"select (at - @start) / @step, kind, count(*) from audit_entry{where} group by 1, 2 order by 1, 2";
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            counts.Add(new AuditTimeCount((int)reader.GetInt64(0), (AuditKind)reader.GetInt64(1), reader.GetInt64(2)));
        return counts;
    }

    /// <summary>Sets of tracks are few, so they are taken apart here.</summary>
    private static List<AuditCount> PerTrack(List<AuditCount> sets) => [.. sets
        .SelectMany(set => set.Value is { } tracks ? tracks.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(track => (Track: (string?)track, set.Entries)) : [(null, set.Entries)])
        .GroupBy(each => each.Track, StringComparer.Ordinal)
        .Select(group => new AuditCount(group.Key, group.Sum(each => each.Entries)))
        .OrderByDescending(count => count.Entries)
        .ThenBy(count => count.Value, StringComparer.Ordinal)];

    private static string Column(AuditColumn by) => by switch
    {
        AuditColumn.Kind => "kind",
        AuditColumn.Reason => "reason",
        AuditColumn.Level => "level",
        AuditColumn.System => "system",
        AuditColumn.Country => "country",
        AuditColumn.Content => "content",
        AuditColumn.Deal => "deal",
        AuditColumn.Actor => "actor",
        AuditColumn.Model => "model",
        AuditColumn.Track => "tracks",
        AuditColumn.Device => "system, level",
        _ => throw new ArgumentOutOfRangeException(nameof(by)),
    };

    private static string? Value(DbDataReader reader, AuditColumn by)
    {
        if (reader.IsDBNull(0)) return null;
        if (by == AuditColumn.Device) return Leaf.SystemName((DrmSystem)reader.GetInt64(0)) + " " + (reader.IsDBNull(1) ? "" : reader.GetString(1));
        return by switch
        {
            AuditColumn.Kind => ((AuditKind)reader.GetInt64(0)).ToName(),
            AuditColumn.System => Leaf.SystemName((DrmSystem)reader.GetInt64(0)),
            _ => reader.GetString(0),
        };
    }
}
