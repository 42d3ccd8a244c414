using Dapper;
using DrmHub.Vault.Keys.MasterKeys;
using DrmHub.Vault.Storage;

namespace DrmHub.Vault.Keys;

/// <summary>
/// A data key as it is stored. KeyCount: content keys that were sealed under it so far. RetiredAt: since when it takes no new
/// keys and waits to be emptied; null while in use.
/// </summary>
internal sealed record DataKeyRow(Guid Id, WrappedKey Wrapped, DateTimeOffset CreatedAt, long KeyCount, DateTimeOffset? RetiredAt);

/// <summary>The table <c>data_keys</c>.</summary>
internal static class DataKeyTable
{
    private const string Columns = "select data_key_id as Id, master_key as MasterKey, wrapped as Wrapped, created_at as CreatedAt, key_count as KeyCount, retired_at as RetiredAt from data_keys";

    public static async Task<IReadOnlyList<DataKeyRow>> ReadAllAsync(Database database, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        var rows = await connection.QueryAsync<Row>(new CommandDefinition(Columns + " order by created_at, data_key_id", cancellationToken: cancellationToken)).ConfigureAwait(false);
        return [.. rows.Select(row => row.ToDataKeyRow())];
    }

    public static async Task<DataKeyRow?> ReadAsync(Database database, Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        var row = await connection.QuerySingleOrDefaultAsync<Row>(new CommandDefinition(Columns + " where data_key_id = @id", new { id = ToBytes(id) }, cancellationToken: cancellationToken)).ConfigureAwait(false);
        return row?.ToDataKeyRow();
    }

    /// <summary>The newest data key that is neither retired, full nor old.</summary>
    public static async Task<DataKeyRow?> ReadActiveAsync(Database database, long maxKeys, DateTimeOffset oldest, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        var row = await connection.QueryFirstOrDefaultAsync<Row>(new CommandDefinition(
            Columns + " where retired_at is null and key_count < @maxKeys and created_at > @oldest order by created_at desc, data_key_id limit 1",
            new { maxKeys, oldest = oldest.ToUnixTimeMilliseconds() },
            cancellationToken: cancellationToken)).ConfigureAwait(false);
        return row?.ToDataKeyRow();
    }

    public static Task InsertAsync(Database database, DataKeyRow row, CancellationToken cancellationToken) => ExecuteAsync(
        database,
        "insert into data_keys (data_key_id, master_key, wrapped, created_at, key_count) values (@id, @masterKey, @wrapped, @createdAt, 0)",
        new { id = ToBytes(row.Id), masterKey = row.Wrapped.MasterKeyId, wrapped = row.Wrapped.Bytes, createdAt = row.CreatedAt.ToUnixTimeMilliseconds() },
        cancellationToken);

    /// <summary>Replaces the wrapping that was read by a new one; leaves it if someone else did so meanwhile.</summary>
    public static Task RewrapAsync(Database database, DataKeyRow row, WrappedKey wrapped, CancellationToken cancellationToken) => ExecuteAsync(
        database,
        "update data_keys set master_key = @masterKey, wrapped = @wrapped where data_key_id = @id and master_key = @old",
        new { id = ToBytes(row.Id), masterKey = wrapped.MasterKeyId, wrapped = wrapped.Bytes, old = row.Wrapped.MasterKeyId },
        cancellationToken);

    public static Task RetireOthersAsync(Database database, Guid successor, DateTimeOffset now, CancellationToken cancellationToken) => ExecuteAsync(
        database,
        "update data_keys set retired_at = @now where retired_at is null and data_key_id <> @id",
        new { id = ToBytes(successor), now = now.ToUnixTimeMilliseconds() },
        cancellationToken);

    public static Task DeleteEmptyAsync(Database database, Guid id, CancellationToken cancellationToken) => ExecuteAsync(
        database,
        "delete from data_keys where data_key_id = @id and retired_at is not null and not exists (select 1 from content_keys k where k.data_key_id = @id) and not exists (select 1 from entitlement_keys e where e.data_key_id = @id) and not exists (select 1 from secrets s where s.data_key_id = @id)",
        new { id = ToBytes(id) },
        cancellationToken);

    /// <summary>Content keys under each data key, in one walk over the table.</summary>
    public static async Task<IReadOnlyDictionary<Guid, long>> CountContentKeysAsync(Database database, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        var counts = await connection.QueryAsync<Row>(new CommandDefinition("select data_key_id as Id, count(*) as KeyCount from content_keys group by data_key_id", cancellationToken: cancellationToken)).ConfigureAwait(false);
        return counts.ToDictionary(row => new Guid(row.Id, bigEndian: true), row => row.KeyCount);
    }

    public static byte[] ToBytes(Guid id) => id.ToByteArray(bigEndian: true);

    private static async Task ExecuteAsync(Database database, string sql, object parameters, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await connection.ExecuteAsync(new CommandDefinition(sql, parameters, cancellationToken: cancellationToken)).ConfigureAwait(false);
    }

    private sealed class Row
    {
        public byte[] Id { get; init; } = [];

        public string MasterKey { get; init; } = "";

        public byte[] Wrapped { get; init; } = [];

        public long CreatedAt { get; init; }

        public long KeyCount { get; init; }

        public long? RetiredAt { get; init; }

        public DataKeyRow ToDataKeyRow() => new(
            new Guid(Id, bigEndian: true),
            new WrappedKey(MasterKey, Wrapped),
            DateTimeOffset.FromUnixTimeMilliseconds(CreatedAt),
            KeyCount,
            RetiredAt is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null);
    }
}
