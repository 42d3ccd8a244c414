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

    public static async Task InsertAsync(Database database, DataKeyRow row, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await connection.ExecuteAsync(new CommandDefinition(
            "insert into data_keys (data_key_id, master_key, wrapped, created_at, key_count) values (@id, @masterKey, @wrapped, @createdAt, 0)",
            new { id = ToBytes(row.Id), masterKey = row.Wrapped.MasterKeyId, wrapped = row.Wrapped.Bytes, createdAt = row.CreatedAt.ToUnixTimeMilliseconds() },
            cancellationToken: cancellationToken)).ConfigureAwait(false);
    }

    public static byte[] ToBytes(Guid id) => id.ToByteArray(bigEndian: true);

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
