using System.Data.Common;
using DrmHub.Cenc;
using DrmHub.Vault.Storage;

namespace DrmHub.Vault.Keys;

/// <summary>
/// The table <c>content_keys</c>. Sets of keys travel as arrays on PostgreSQL, so that one prepared statement serves every
/// size, and row by row on SQLite, where a statement costs no round trip.
/// </summary>
internal static class KeyTable
{
    private const string Columns = "k.key_id, k.content_id, k.track, k.scheme, k.crypto_period, k.requested, k.iv, k.min_pixels, k.max_pixels, k.min_channels, k.max_channels, k.quality, k.data_key_id, k.sealed, k.created_at";

    private const string Insert = "insert into content_keys (key_id, content_id, track, scheme, crypto_period, requested, iv, min_pixels, max_pixels, min_channels, max_channels, quality, data_key_id, sealed, created_at)";

    private static readonly string[] Parameters = ["id", "content", "track", "scheme", "period", "requested", "iv", "min_pixels", "max_pixels", "min_channels", "max_channels", "quality", "data_key", "sealed", "created"];

    private static readonly string InsertArrays = $"""
        with counted as (update data_keys set key_count = key_count + @keys where data_key_id = @the_data_key and retired_at is null returning key_count),
        inserted as ({Insert} select * from unnest({string.Join(", ", Parameters.Select(name => "@" + name))}) where exists (select 1 from counted) on conflict do nothing returning 1)
        select (select key_count from counted), (select count(*) from inserted), pg_notify(@channel, @payload)
        """;

    /// <summary>Each branch has an index of its own: keys that are not rotated, and rotated ones by who chose the key id. Ordered by period, track and key id.</summary>
    internal const string ContentLookup = $"""
        select {Columns} from content_keys k where k.content_id = @content and k.crypto_period < 0
        union all select {Columns} from content_keys k where k.content_id = @content and k.crypto_period >= 0 and k.requested = 0
        union all select {Columns} from content_keys k where k.content_id = @content and k.crypto_period >= 0 and k.requested = 1
        order by 5, 3, 1
        """;

    /// <summary>Each branch stops at the limit, so that the cost is that of the answer, not of the content.</summary>
    internal const string PeriodLookup = $"""
        select * from (select {Columns} from content_keys k where k.content_id = @content and k.crypto_period >= @first and k.crypto_period <= @last and k.requested = 0
            order by k.crypto_period, k.track limit @limit) a
        union all select * from (select {Columns} from content_keys k where k.content_id = @content and k.crypto_period >= @first and k.crypto_period <= @last and k.crypto_period >= 0 and k.requested = 1
            order by k.crypto_period, k.track limit @limit) b
        order by 5, 3, 1 limit @limit
        """;

    public static async Task<List<KeyRow>> ReadPeriodsAsync(DbConnection connection, string contentId, long first, long last, int limit, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = PeriodLookup;
        Add(command, "content", contentId);
        Add(command, "first", first);
        Add(command, "last", last);
        Add(command, "limit", (long)limit);
        var rows = new List<KeyRow>();
        await ReadAsync(command, rows, cancellationToken).ConfigureAwait(false);
        return rows;
    }

    public static async Task<List<KeyRow>> ReadContentAsync(DbConnection connection, string contentId, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = ContentLookup;
        Add(command, "content", contentId);
        var rows = new List<KeyRow>();
        await ReadAsync(command, rows, cancellationToken).ConfigureAwait(false);
        return rows;
    }

    public static async Task<List<KeyRow>> ReadIdsAsync(DbConnection connection, bool isPostgreSql, IReadOnlyCollection<KeyId> keyIds, CancellationToken cancellationToken)
    {
        var rows = new List<KeyRow>(keyIds.Count);
        if (keyIds.Count == 0) return rows;
        await using var command = connection.CreateCommand();
        if (isPostgreSql)
        {
            command.CommandText = $"select {Columns} from content_keys k where k.key_id = any(@ids)";
            Add(command, "ids", keyIds.Select(id => id.ToByteArray()).ToArray());
            await ReadAsync(command, rows, cancellationToken).ConfigureAwait(false);
            return rows;
        }

        command.CommandText = $"select {Columns} from content_keys k where k.key_id = @id";
        var parameter = Add(command, "id", DBNull.Value);
        foreach (var id in keyIds)
        {
            parameter.Value = id.ToByteArray();
            await ReadAsync(command, rows, cancellationToken).ConfigureAwait(false);
        }

        return rows;
    }

    /// <summary>The keys of these identities whose ids the vault chose.</summary>
    public static async Task<List<KeyRow>> ReadIdentitiesAsync(DbConnection connection, bool isPostgreSql, IReadOnlyCollection<KeyIdentity> identities, CancellationToken cancellationToken)
    {
        var rows = new List<KeyRow>(identities.Count);
        if (identities.Count == 0) return rows;
        await using var command = connection.CreateCommand();
        if (isPostgreSql)
        {
            // Row by row, so that the unique index serves whatever the statistics say: a join that was planned while the table was small
            // stays a scan of the whole table for as long as the prepared statement lives.
            command.CommandText = $"""
                select {Columns} from unnest(@contents, @tracks, @schemes, @periods) as q (content_id, track, scheme, crypto_period)
                cross join lateral (select * from content_keys i
                    where i.content_id = q.content_id and i.track = q.track and i.scheme = q.scheme and i.crypto_period = q.crypto_period and i.requested = 0 limit 1) k
                """;
            Add(command, "contents", identities.Select(identity => identity.ContentId).ToArray());
            Add(command, "tracks", identities.Select(identity => identity.Track).ToArray());
            Add(command, "schemes", identities.Select(identity => (long)identity.Scheme).ToArray());
            Add(command, "periods", identities.Select(identity => identity.PeriodColumn).ToArray());
            await ReadAsync(command, rows, cancellationToken).ConfigureAwait(false);
            return rows;
        }

        command.CommandText = $"select {Columns} from content_keys k where k.content_id = @content and k.track = @track and k.scheme = @scheme and k.crypto_period = @period and k.requested = 0";
        var (content, track, scheme, period) = (Add(command, "content", ""), Add(command, "track", ""), Add(command, "scheme", 0L), Add(command, "period", 0L));
        foreach (var identity in identities)
        {
            content.Value = identity.ContentId;
            track.Value = identity.Track;
            scheme.Value = (long)identity.Scheme;
            period.Value = identity.PeriodColumn;
            await ReadAsync(command, rows, cancellationToken).ConfigureAwait(false);
        }

        return rows;
    }

    /// <summary>
    /// Counts new keys on their data key and inserts them, in the given order; in one round trip on PostgreSQL, which also sends
    /// a notice. The count comes first, because it waits for a rotation that is just retiring the data key.
    /// </summary>
    /// <returns>
    /// How many keys the data key holds now, or null if it takes no more; and how many rows went in, leaving out those whose key
    /// id or identity is taken. Unless all went in, the caller must not commit.
    /// </returns>
    public static async Task<(long? Count, int Inserted)> InsertAsync(DbTransaction transaction, bool isPostgreSql, IReadOnlyList<KeyRow> rows, (string Channel, string Payload) notice, CancellationToken cancellationToken)
    {
        if (isPostgreSql) return await InsertArraysAsync(transaction, rows, notice, cancellationToken).ConfigureAwait(false);
        var count = await CountAsync(transaction, rows[0].DataKeyId, rows.Count, cancellationToken).ConfigureAwait(false);
        return (count, count is null ? 0 : await InsertRowsAsync(transaction, rows, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>The next keys under a data key, in order of their ids.</summary>
    public static async Task<List<KeyRow>> ReadDataKeyAsync(DbConnection connection, Guid dataKeyId, byte[] after, int limit, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = $"select {Columns} from content_keys k where k.data_key_id = @dataKey and k.key_id > @after order by k.key_id limit @limit";
        Add(command, "dataKey", DataKeyTable.ToBytes(dataKeyId));
        Add(command, "after", after);
        Add(command, "limit", (long)limit);
        var rows = new List<KeyRow>(limit);
        await ReadAsync(command, rows, cancellationToken).ConfigureAwait(false);
        return rows;
    }

    /// <summary>Replaces the sealed keys of rows that are still under the old data key; all rows have one new data key.</summary>
    public static async Task ResealAsync(DbTransaction transaction, bool isPostgreSql, Guid oldDataKeyId, IReadOnlyList<KeyRow> rows, CancellationToken cancellationToken)
    {
        await using var command = transaction.Connection!.CreateCommand();
        command.Transaction = transaction;
        Add(command, "old", DataKeyTable.ToBytes(oldDataKeyId));
        Add(command, "new", DataKeyTable.ToBytes(rows[0].DataKeyId));
        if (isPostgreSql)
        {
            command.CommandText = "update content_keys k set data_key_id = @new, sealed = q.sealed from unnest(@ids, @sealed) as q (key_id, sealed) where k.key_id = q.key_id and k.data_key_id = @old";
            Add(command, "ids", rows.Select(row => row.Info.KeyId.ToByteArray()).ToArray());
            Add(command, "sealed", rows.Select(row => row.Sealed).ToArray());
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            return;
        }

        command.CommandText = "update content_keys set data_key_id = @new, sealed = @sealed where key_id = @id and data_key_id = @old";
        var (id, box) = (Add(command, "id", DBNull.Value), Add(command, "sealed", DBNull.Value));
        foreach (var row in rows)
        {
            id.Value = row.Info.KeyId.ToByteArray();
            box.Value = row.Sealed;
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Counts new keys on their data key, unless it was retired meanwhile: then the caller must not commit.</summary>
    /// <returns>How many keys it holds now; null if it takes no more.</returns>
    public static async Task<long?> CountAsync(DbTransaction transaction, Guid dataKeyId, int keys, CancellationToken cancellationToken)
    {
        await using var command = transaction.Connection!.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = "update data_keys set key_count = key_count + @keys where data_key_id = @id and retired_at is null returning key_count";
        Add(command, "keys", (long)keys);
        Add(command, "id", DataKeyTable.ToBytes(dataKeyId));
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) as long?;
    }

    private static async Task<(long? Count, int Inserted)> InsertArraysAsync(DbTransaction transaction, IReadOnlyList<KeyRow> rows, (string Channel, string Payload) notice, CancellationToken cancellationToken)
    {
        await using var command = transaction.Connection!.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = InsertArrays;
        Add(command, "id", rows.Select(row => row.Info.KeyId.ToByteArray()).ToArray());
        Add(command, "content", rows.Select(row => row.Info.ContentId).ToArray());
        Add(command, "track", rows.Select(row => row.Info.Track).ToArray());
        Add(command, "scheme", rows.Select(row => (long)row.Info.Scheme).ToArray());
        Add(command, "period", rows.Select(row => row.Identity.PeriodColumn).ToArray());
        Add(command, "requested", rows.Select(row => row.Info.IsRequested ? 1L : 0L).ToArray());
        Add(command, "iv", rows.Select(row => row.Info.Iv).ToArray());
        Add(command, "min_pixels", rows.Select(row => row.Info.MinPixels).ToArray());
        Add(command, "max_pixels", rows.Select(row => row.Info.MaxPixels).ToArray());
        Add(command, "min_channels", rows.Select(row => (long?)row.Info.MinChannels).ToArray());
        Add(command, "max_channels", rows.Select(row => (long?)row.Info.MaxChannels).ToArray());
        Add(command, "quality", rows.Select(row => row.Info.Quality).ToArray());
        Add(command, "data_key", rows.Select(row => DataKeyTable.ToBytes(row.DataKeyId)).ToArray());
        Add(command, "sealed", rows.Select(row => row.Sealed).ToArray());
        Add(command, "created", rows.Select(row => row.Info.CreatedAt.ToUnixTimeMilliseconds()).ToArray());
        Add(command, "keys", (long)rows.Count);
        Add(command, "the_data_key", DataKeyTable.ToBytes(rows[0].DataKeyId));
        Add(command, "channel", notice.Channel);
        Add(command, "payload", notice.Payload);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        return (reader.IsDBNull(0) ? null : reader.GetInt64(0), (int)reader.GetInt64(1));
    }

    private static async Task<int> InsertRowsAsync(DbTransaction transaction, IReadOnlyList<KeyRow> rows, CancellationToken cancellationToken)
    {
        await using var command = transaction.Connection!.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = Insert + " values (" + string.Join(", ", Parameters.Select(name => "@" + name)) + ") on conflict do nothing";
        var parameters = Parameters.Select(name => Add(command, name, DBNull.Value)).ToArray();
        var inserted = 0;
        foreach (var row in rows)
        {
            object?[] values =
            [
                row.Info.KeyId.ToByteArray(), row.Info.ContentId, row.Info.Track, (long)row.Info.Scheme, row.Identity.PeriodColumn,
                row.Info.IsRequested ? 1L : 0L, row.Info.Iv, row.Info.MinPixels, row.Info.MaxPixels, row.Info.MinChannels,
                row.Info.MaxChannels, row.Info.Quality, DataKeyTable.ToBytes(row.DataKeyId), row.Sealed, row.Info.CreatedAt.ToUnixTimeMilliseconds(),
            ];
            for (var i = 0; i < values.Length; i++) parameters[i].Value = values[i] ?? DBNull.Value;
            inserted += await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }

        return inserted;
    }

    internal static DbParameter Add(DbCommand command, string name, object value)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.Value = value;
        command.Parameters.Add(parameter);
        return parameter;
    }

    internal static async Task ReadAsync(DbCommand command, List<KeyRow> rows, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false)) rows.Add(ToRow(reader));
    }

    private static KeyRow ToRow(DbDataReader reader)
    {
        var period = reader.GetInt64(4);
        var info = new VaultKeyInfo
        {
            KeyId = new KeyId(reader.GetFieldValue<byte[]>(0)),
            ContentId = reader.GetString(1),
            Track = reader.GetString(2),
            Scheme = (ProtectionScheme)reader.GetInt64(3),
            CryptoPeriod = period < 0 ? null : period,
            IsRequested = reader.GetInt64(5) != 0,
            Iv = reader.IsDBNull(6) ? null : reader.GetFieldValue<byte[]>(6),
            MinPixels = reader.IsDBNull(7) ? null : reader.GetInt64(7),
            MaxPixels = reader.IsDBNull(8) ? null : reader.GetInt64(8),
            MinChannels = reader.IsDBNull(9) ? null : (int)reader.GetInt64(9),
            MaxChannels = reader.IsDBNull(10) ? null : (int)reader.GetInt64(10),
            Quality = reader.IsDBNull(11) ? null : reader.GetString(11),
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(14)),
        };
        return new KeyRow(info, new Guid(reader.GetFieldValue<byte[]>(12), bigEndian: true), reader.GetFieldValue<byte[]>(13));
    }
}
