using System.Data.Common;
using DrmHub.Vault.Storage;

namespace DrmHub.Vault.Keys;

/// <summary>The crypto periods of contents that rotate their keys: which keys they have, and when they are. Opens no key.</summary>
public sealed class KeyPeriods
{
    /// <summary>Keys in one answer of <see cref="ListAsync"/>.</summary>
    public const int MaxKeys = 4096;

    private readonly Database _database;

    internal KeyPeriods(Database database) => _database = database;

    /// <summary>The keys of whole periods from <paramref name="first"/> on, by period, track and key id.</summary>
    /// <param name="contentId">A content id; an unknown one has none.</param>
    /// <param name="first">The lowest index, 0 or more.</param>
    /// <param name="last">The highest index, included.</param>
    /// <param name="limit">At most so many periods, 1 or more; fewer where they hold more than <see cref="MaxKeys"/> keys.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>The keys, and the lowest index that was left out, if any.</returns>
    public async Task<(IReadOnlyList<VaultKeyInfo> Keys, long? Next)> ListAsync(string contentId, long first, long last, int limit, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(contentId);
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        await using var connection = await _database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        var rows = await KeyTable.ReadPeriodsAsync(connection, contentId, first, last, MaxKeys + 1, cancellationToken).ConfigureAwait(false);
        var periods = rows.Select(row => row.Info.CryptoPeriod!.Value).Distinct().ToList();

        // The last period of a full answer may have keys that were cut off; a period alone is cut rather than never shown.
        var whole = rows.Count > MaxKeys && periods.Count > 1 ? periods.Count - 1 : periods.Count;
        var shown = Math.Min(whole, limit);
        long? next = shown < periods.Count ? periods[shown] : null;
        return ([.. rows.Select(row => row.Info).Where(key => next is null || key.CryptoPeriod < next)], next);
    }

    /// <summary>Null where nobody has said when the periods are.</summary>
    public async Task<KeySchedule?> FindScheduleAsync(string contentId, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(contentId);
        await using var connection = await _database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        return await ReadScheduleAsync(connection, contentId, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sets the schedule of a content that has none.</summary>
    /// <returns>The schedule in force: the first that was set, on whichever node.</returns>
    /// <exception cref="ArgumentException">Not a content id, or the length is outside <see cref="KeySchedule.MinPeriod"/> to <see cref="KeySchedule.MaxPeriod"/>.</exception>
    public async Task<KeySchedule> GetOrSetScheduleAsync(string contentId, KeySchedule schedule, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        if (!KeyStore.IsValidContentId(contentId)) throw new ArgumentException("This is not a content id.", nameof(contentId));
        if (schedule.Period < KeySchedule.MinPeriod || schedule.Period > KeySchedule.MaxPeriod || schedule.Period.Ticks % TimeSpan.TicksPerMillisecond != 0)
            throw new ArgumentException("A crypto period is a second to 10 years, in whole milliseconds.", nameof(schedule));
        await using var connection = await _database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        if (await ReadScheduleAsync(connection, contentId, cancellationToken).ConfigureAwait(false) is { } existing) return existing;
        await using (var insert = connection.CreateCommand())
        {
            insert.CommandText = "insert into key_schedules (content_id, period_ms, start_ms) values (@content, @period, @start) on conflict do nothing";
            KeyTable.Add(insert, "content", contentId);
            KeyTable.Add(insert, "period", schedule.PeriodMilliseconds);
            KeyTable.Add(insert, "start", schedule.Start.ToUnixTimeMilliseconds());
            await insert.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }

        return (await ReadScheduleAsync(connection, contentId, cancellationToken).ConfigureAwait(false))!;
    }

    private static async Task<KeySchedule?> ReadScheduleAsync(DbConnection connection, string contentId, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = "select period_ms, start_ms from key_schedules where content_id = @content";
        KeyTable.Add(command, "content", contentId);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        if (!await reader.ReadAsync(cancellationToken).ConfigureAwait(false)) return null;
        return new KeySchedule(TimeSpan.FromMilliseconds(reader.GetInt64(0)), DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(1)));
    }
}
