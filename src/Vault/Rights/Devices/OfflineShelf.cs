using Dapper;
using DrmHub.Vault.Catalogue;
using DrmHub.Vault.Storage;

namespace DrmHub.Vault.Rights;

/// <summary>A title that a device keeps. Times are UTC milliseconds.</summary>
/// <param name="Content">The content id.</param>
/// <param name="UntilMs">Until when it may be played without asking again, exclusive.</param>
public sealed record OfflineItem(string Content, long UntilMs)
{
    public OfflineItem()
        : this("", 0)
    {
    }
}

/// <summary>
/// What devices keep for offline use: how many titles, until when, and the last time that each device was told. Counted in the database, one device
/// at a time, so that all nodes together give no more than the limit.
/// </summary>
public sealed class OfflineShelf(Database database, TimeProvider time)
{
    /// <summary>A place that was held for a licence which never came is free after this long.</summary>
    private const long HoldMs = 600_000;

    /// <summary>Holds places for titles that the device does not keep yet.</summary>
    /// <returns>Titles on the device then; or null where they do not fit, and nothing was held.</returns>
    public async Task<int?> HoldAsync(string account, string device, IReadOnlyCollection<string> contents, int limit, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(contents);
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var transaction = await Database.BeginWriteAsync(connection, cancellationToken).ConfigureAwait(false);

        // The row of the device is the lock.
        await connection.ExecuteAsync(
            "insert into offline_devices (account, device, server_ms, checked_ms, set_back) values (@account, @device, 0, @now, 0) on conflict (account, device) do update set checked_ms = offline_devices.checked_ms",
            new { account, device, now }, transaction).ConfigureAwait(false);
        await connection.ExecuteAsync(
            "delete from offline_items where account = @account and device = @device and ((until_ms > 0 and until_ms <= @now) or (until_ms = 0 and added_ms < @held))",
            new { account, device, now, held = now - HoldMs }, transaction).ConfigureAwait(false);
        foreach (var content in contents)
        {
            await connection.ExecuteAsync(
                "insert into offline_items (account, device, content, added_ms, until_ms) values (@account, @device, @content, @now, 0) on conflict (account, device, content) do nothing",
                new { account, device, content, now }, transaction).ConfigureAwait(false);
        }

        var count = (int)await connection.ExecuteScalarAsync<long>("select count(*) from offline_items where account = @account and device = @device", new { account, device }, transaction).ConfigureAwait(false);
        if (count > limit) return null;
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        return count;
    }

    /// <summary>Notes what a licence was granted for, and the time that the device is told with it. What was held and not granted is free again.</summary>
    /// <param name="until">Null leaves the ends as they are.</param>
    /// <returns>Titles on the device.</returns>
    public async Task<int> KeepAsync(string account, string device, IReadOnlyCollection<string> granted, IReadOnlyCollection<string> dropped, long? until, bool setBack, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(granted);
        ArgumentNullException.ThrowIfNull(dropped);
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var transaction = await Database.BeginWriteAsync(connection, cancellationToken).ConfigureAwait(false);
        await connection.ExecuteAsync(
            """
            insert into offline_devices (account, device, server_ms, checked_ms, set_back) values (@account, @device, @now, @now, @back)
            on conflict (account, device) do update set server_ms = case when excluded.server_ms > offline_devices.server_ms then excluded.server_ms else offline_devices.server_ms end,
                checked_ms = excluded.checked_ms, set_back = offline_devices.set_back + excluded.set_back
            """,
            new { account, device, now, back = setBack ? 1L : 0L }, transaction).ConfigureAwait(false);
        if (until is not null)
        {
            foreach (var content in granted)
                await connection.ExecuteAsync("update offline_items set until_ms = @until where account = @account and device = @device and content = @content", new { account, device, content, until }, transaction).ConfigureAwait(false);
        }

        foreach (var some in dropped.Chunk(500))
            await connection.ExecuteAsync($"delete from offline_items where account = @account and device = @device and content {CatalogueTable.AnyOf(connection)}", new { account, device, some }, transaction).ConfigureAwait(false);
        var count = (int)await connection.ExecuteScalarAsync<long>("select count(*) from offline_items where account = @account and device = @device", new { account, device }, transaction).ConfigureAwait(false);
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        return count;
    }

    /// <summary>The highest trusted time that the device was told; 0 for one that is not known.</summary>
    public async Task<long> LastToldAsync(string account, string device, CancellationToken cancellationToken = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        return await connection.ExecuteScalarAsync<long?>("select server_ms from offline_devices where account = @account and device = @device", new { account, device }).ConfigureAwait(false) ?? 0;
    }

    /// <summary>What the device keeps, by content id, from after one of them.</summary>
    public async Task<IReadOnlyList<OfflineItem>> ListAsync(string account, string device, string after, int limit, CancellationToken cancellationToken = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        var rows = await connection.QueryAsync<OfflineItem>(
            """select content as "Content", until_ms as "UntilMs" from offline_items where account = @account and device = @device and until_ms > 0 and content > @after order by content limit @limit""",
            new { account, device, after, limit = (long)limit }).ConfigureAwait(false);
        return rows.AsList();
    }
}
