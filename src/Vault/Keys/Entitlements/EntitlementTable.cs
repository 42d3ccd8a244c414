using System.Data.Common;
using Dapper;
using DrmHub.Cenc;

namespace DrmHub.Vault.Keys.Entitlements;

/// <summary>The table <c>entitlement_keys</c>. A content has as many as it has kinds of tracks, so rows are written one by one.</summary>
internal static class EntitlementTable
{
    private const string Select = "select key_id as KeyId, content_id as ContentId, track as Track, data_key_id as DataKey, sealed as Sealed, created_at as CreatedAt from entitlement_keys";

    /// <summary>In one question, because strangers choose how many ids there are.</summary>
    public static async Task<List<EntitlementRow>> ReadAsync(DbConnection connection, bool isPostgreSql, IEnumerable<KeyId> keyIds, CancellationToken cancellationToken)
    {
        var ids = keyIds.Select(id => id.ToByteArray()).ToArray();
        var command = new CommandDefinition(Select + (isPostgreSql ? " where key_id = any(@ids)" : " where key_id in @ids"), new { ids }, cancellationToken: cancellationToken);
        return [.. (await connection.QueryAsync<Row>(command).ConfigureAwait(false)).Select(row => row.ToRow())];
    }

    /// <summary>Of one content, by track.</summary>
    public static async Task<List<EntitlementRow>> ReadContentAsync(DbConnection connection, string contentId, CancellationToken cancellationToken)
    {
        var rows = await connection.QueryAsync<Row>(new CommandDefinition(Select + " where content_id = @contentId order by track", new { contentId }, cancellationToken: cancellationToken)).ConfigureAwait(false);
        return [.. rows.Select(row => row.ToRow())];
    }

    public static async Task<List<EntitlementRow>> ReadDataKeyAsync(DbConnection connection, Guid dataKeyId, int limit, CancellationToken cancellationToken)
    {
        var command = new CommandDefinition(Select + " where data_key_id = @id order by key_id limit @limit", new { id = DataKeyTable.ToBytes(dataKeyId), limit }, cancellationToken: cancellationToken);
        return [.. (await connection.QueryAsync<Row>(command).ConfigureAwait(false)).Select(row => row.ToRow())];
    }

    /// <summary>Leaves what is there: of two nodes that make the key of one track, the first decides.</summary>
    public static Task InsertAsync(DbTransaction transaction, EntitlementRow row, CancellationToken cancellationToken) => transaction.Connection!.ExecuteAsync(new CommandDefinition(
        "insert into entitlement_keys (key_id, content_id, track, data_key_id, sealed, created_at) values (@id, @contentId, @track, @dataKey, @box, @created) on conflict do nothing",
        new
        {
            id = row.KeyId.ToByteArray(),
            contentId = row.ContentId,
            track = row.Track,
            dataKey = DataKeyTable.ToBytes(row.DataKeyId),
            box = row.Sealed,
            created = row.CreatedAt.ToUnixTimeMilliseconds(),
        },
        transaction,
        cancellationToken: cancellationToken));

    /// <summary>Replaces the box of a key that is still under the old data key.</summary>
    public static Task ResealAsync(DbTransaction transaction, Guid oldDataKeyId, EntitlementRow row, CancellationToken cancellationToken) => transaction.Connection!.ExecuteAsync(new CommandDefinition(
        "update entitlement_keys set data_key_id = @new, sealed = @box where key_id = @id and data_key_id = @old",
        new { @new = DataKeyTable.ToBytes(row.DataKeyId), box = row.Sealed, id = row.KeyId.ToByteArray(), old = DataKeyTable.ToBytes(oldDataKeyId) },
        transaction,
        cancellationToken: cancellationToken));

    private sealed class Row
    {
        public byte[] KeyId { get; init; } = [];

        public string ContentId { get; init; } = "";

        public string Track { get; init; } = "";

        public byte[] DataKey { get; init; } = [];

        public byte[] Sealed { get; init; } = [];

        public long CreatedAt { get; init; }

        public EntitlementRow ToRow() => new(new KeyId(KeyId), ContentId, Track, new Guid(DataKey, bigEndian: true), Sealed, DateTimeOffset.FromUnixTimeMilliseconds(CreatedAt));
    }
}
