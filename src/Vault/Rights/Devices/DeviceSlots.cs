using System.Collections.Concurrent;
using System.Data.Common;
using Dapper;
using DrmHub.Vault.Storage;

namespace DrmHub.Vault.Rights;

/// <summary>
/// The devices of accounts: who holds a slot, who may take one. Counted in the database, one account at a time, so that all nodes
/// together never give more than the limit. Safe for concurrent use.
/// </summary>
public sealed class DeviceSlots
{
    private const int MaxRemembered = 200_000;
    private const long Hour = 3_600_000;

    private readonly Database _database;
    private readonly DeviceSlotOptions _options;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<(string Account, string Device, string? Proven), long> _known = new();

    /// <exception cref="ArgumentException">Options are outside their ranges: the message lists all of them.</exception>
    public DeviceSlots(Database database, DeviceSlotOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Check() is { Count: > 0 } errors) throw new ArgumentException("Devices: " + string.Join(" ", errors));
        _database = database;
        _options = options;
        _time = time;
    }

    /// <summary>Takes a slot for a device, or finds the one that it holds.</summary>
    /// <exception cref="DbException">The database is away.</exception>
    public async ValueTask<DeviceSlotAnswer> TakeAsync(DeviceRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Device.Length is 0 or > 256) throw new ArgumentException("A device's id has 1 to 256 characters.");
        var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        var name = (request.Account, request.Device, request.Proven);
        if (_known.TryGetValue(name, out var seen) && now - seen < _options.Memory.TotalMilliseconds) return new DeviceSlotAnswer(DeviceSlotResult.Known);
        var answer = await TakeCoreAsync(request, now, cancellationToken).ConfigureAwait(false);
        if (!answer.IsGranted) return answer;
        if (_known.Count >= MaxRemembered) _known.Clear();
        _known[name] = now;
        return answer;
    }

    /// <summary>Undoes an <see cref="DeviceSlotResult.Added"/> where the licence was not given after all: the slot is free at once.</summary>
    public async Task ForgetAsync(string account, string device, CancellationToken cancellationToken = default)
    {
        await using var connection = await _database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await connection.ExecuteAsync("delete from device_slots where account = @account and device = @device", new { account, device }).ConfigureAwait(false);
        Forget(account);
    }

    /// <summary>Gives a slot back; it is free when its cool-down is over.</summary>
    /// <returns>Whether the device held one.</returns>
    public async Task<bool> RemoveAsync(string account, string device, CancellationToken cancellationToken = default)
    {
        await using var connection = await _database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        var changed = await connection.ExecuteAsync(
            "update device_slots set removed_ms = @now where account = @account and device = @device and removed_ms is null",
            new { account, device, now = _time.GetUtcNow().ToUnixTimeMilliseconds() }).ConfigureAwait(false);
        Forget(account);
        return changed > 0;
    }

    /// <summary>Oldest first, with those that were given back lately.</summary>
    public async Task<IReadOnlyList<DeviceSlot>> ListAsync(string account, CancellationToken cancellationToken = default)
    {
        await using var connection = await _database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        var rows = await connection.QueryAsync<DeviceSlot>(
            """
            select device as "Device", platform as "Platform", model as "Model", first_ms as "FirstMs", last_ms as "LastMs", removed_ms as "RemovedMs"
            from device_slots where account = @account order by first_ms, device
            """,
            new { account }).ConfigureAwait(false);
        return rows.AsList();
    }

    private void Forget(string account)
    {
        foreach (var name in _known.Keys.Where(name => name.Account == account)) _known.TryRemove(name, out _);
    }

    private async Task<DeviceSlotAnswer> TakeCoreAsync(DeviceRequest request, long now, CancellationToken cancellationToken)
    {
        await using var connection = await _database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);

        // A device that is known costs no transaction: it is by far the most frequent.
        var row = await FindAsync(connection, request, null).ConfigureAwait(false);
        if (row is { RemovedMs: null } && row.Proven == request.Proven && now - row.LastMs < Hour) return new DeviceSlotAnswer(DeviceSlotResult.Known);

        await using var transaction = await Database.BeginWriteAsync(connection, cancellationToken).ConfigureAwait(false);

        // The row of the account is the lock: two new devices at once are counted one after the other.
        await connection.ExecuteAsync(
            "insert into device_accounts (account, touched_ms) values (@Account, @now) on conflict (account) do update set touched_ms = excluded.touched_ms",
            new { request.Account, now }, transaction).ConfigureAwait(false);
        row = await FindAsync(connection, request, transaction).ConfigureAwait(false);
        if (row is not null && IsOther(row, request, now)) return new DeviceSlotAnswer(DeviceSlotResult.OtherDevice);
        if (row is null or { RemovedMs: not null } && await CountOthersAsync(connection, request, now, transaction).ConfigureAwait(false) is var others && others.Count >= (request.Limit ?? int.MaxValue))
            return new DeviceSlotAnswer(DeviceSlotResult.Full, others.FreeAtMs);

        await connection.ExecuteAsync(
            """
            insert into device_slots (account, device, proven, platform, model, first_ms, last_ms, proven_ms, removed_ms)
            values (@Account, @Device, @Proven, @Platform, @Model, @now, @now, @now, null)
            on conflict (account, device) do update set
                proven = coalesce(excluded.proven, device_slots.proven), platform = coalesce(excluded.platform, device_slots.platform),
                model = coalesce(excluded.model, device_slots.model), last_ms = excluded.last_ms, removed_ms = null,
                proven_ms = case when excluded.proven is null or excluded.proven = device_slots.proven then device_slots.proven_ms else excluded.proven_ms end
            """,
            new { request.Account, request.Device, request.Proven, Platform = Short(request.Platform), Model = Short(request.Model), now }, transaction).ConfigureAwait(false);
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        return new DeviceSlotAnswer(row is { RemovedMs: null } ? DeviceSlotResult.Known : DeviceSlotResult.Added);
    }

    private static Task<Row?> FindAsync(DbConnection connection, DeviceRequest request, DbTransaction? transaction) => connection.QuerySingleOrDefaultAsync<Row?>(
        """
        select proven as "Proven", last_ms as "LastMs", proven_ms as "ProvenMs", removed_ms as "RemovedMs" from device_slots where account = @Account and device = @Device
        """,
        new { request.Account, request.Device }, transaction);

    /// <summary>A device may get a new identity (a new installation), but not more often than a slot may be swapped.</summary>
    private bool IsOther(Row row, DeviceRequest request, long now) =>
        row.Proven is not null && request.Proven is not null && row.Proven != request.Proven && now - row.ProvenMs < _options.CoolDown.TotalMilliseconds;

    private async Task<(int Count, long? FreeAtMs)> CountOthersAsync(DbConnection connection, DeviceRequest request, long now, DbTransaction transaction)
    {
        var coolDown = (long)_options.CoolDown.TotalMilliseconds;
        var idle = now - (long)_options.IdleAfter.TotalMilliseconds;
        var rows = await connection.QueryAsync<Row>(
            """
            select proven as "Proven", last_ms as "LastMs", proven_ms as "ProvenMs", removed_ms as "RemovedMs" from device_slots
            where account = @Account and device <> @Device and ((removed_ms is null and last_ms > @idle) or removed_ms > @cooled)
            """,
            new { request.Account, request.Device, idle, cooled = now - coolDown }, transaction).ConfigureAwait(false);
        var others = rows.AsList();
        return (others.Count, others.Min(row => row.RemovedMs) + coolDown);
    }

    private static string? Short(string? text) => text is { Length: > 256 } ? text[..256] : text;

    private sealed class Row
    {
        public string? Proven { get; init; }

        public long LastMs { get; init; }

        public long ProvenMs { get; init; }

        public long? RemovedMs { get; init; }
    }
}
