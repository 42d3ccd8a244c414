using System.Data.Common;
using System.Text.Json;
using Dapper;
using DrmHub.Vault.Storage;
using Npgsql;

namespace DrmHub.Vault.Rights;

/// <summary>The statements over the tables of rights. Subscribers have a table of their own; everything else lies in one, by kind.</summary>
internal static class RightsTable
{
    public const int Chunk = 500;

    private const string Documents = "rights_documents";
    private const string Subscribers = "rights_subscribers";

    public static async Task<long> ReadVersionAsync(DbConnection connection, CancellationToken cancellationToken) =>
        await connection.ExecuteScalarAsync<long>(new CommandDefinition("select version from rights_version where id = 1", cancellationToken: cancellationToken)).ConfigureAwait(false);

    /// <summary>Documents with a greater version than <paramref name="version"/>, deleted ones too; one statement, so never half a change.</summary>
    public static async Task<IEnumerable<DocumentRow>> ReadSinceAsync(DbConnection connection, long version, CancellationToken cancellationToken) =>
        await connection.QueryAsync<DocumentRow>(new CommandDefinition(
            "select kind as Kind, id as Id, body as Body, version as Version, deleted as Deleted from rights_documents where version > @version",
            new { version },
            cancellationToken: cancellationToken)).ConfigureAwait(false);

    public static async Task<IReadOnlyList<string>> ReadChangedSubscribersAsync(DbConnection connection, long version, int limit, CancellationToken cancellationToken) =>
        (await connection.QueryAsync<string>(new CommandDefinition(
            "select id from rights_subscribers where version > @version limit @limit", new { version, limit }, cancellationToken: cancellationToken)).ConfigureAwait(false)).AsList();

    public static async Task<DocumentRow?> ReadSubscriberAsync(DbConnection connection, string id, CancellationToken cancellationToken) =>
        await connection.QueryFirstOrDefaultAsync<DocumentRow>(new CommandDefinition(
            "select 'subscriber' as Kind, id as Id, body as Body, version as Version, deleted as Deleted from rights_subscribers where id = @id and deleted = 0",
            new { id },
            cancellationToken: cancellationToken)).ConfigureAwait(false);

    public static async Task<IEnumerable<DocumentRow>> ReadSubscribersAsync(DbConnection connection, string after, int limit, CancellationToken cancellationToken) =>
        await connection.QueryAsync<DocumentRow>(new CommandDefinition(
            "select 'subscriber' as Kind, id as Id, body as Body, version as Version, deleted as Deleted from rights_subscribers where id > @after and deleted = 0 order by id limit @limit",
            new { after, limit },
            cancellationToken: cancellationToken)).ConfigureAwait(false);

    /// <summary>Ids alone, in their order.</summary>
    public static async Task<IReadOnlyList<string>> ReadSubscriberIdsAsync(DbConnection connection, string after, int limit, CancellationToken cancellationToken) =>
        (await connection.QueryAsync<string>(new CommandDefinition(
            "select id from rights_subscribers where id > @after and deleted = 0 order by id limit @limit", new { after, limit }, cancellationToken: cancellationToken)).ConfigureAwait(false)).AsList();

    /// <summary>Those of these subscribers that there are. At most <see cref="Chunk"/>.</summary>
    public static async Task<IEnumerable<DocumentRow>> ReadSubscribersAsync(DbConnection connection, IReadOnlyList<string> ids, CancellationToken cancellationToken) =>
        await connection.QueryAsync<DocumentRow>(new CommandDefinition(
            $"select 'subscriber' as Kind, id as Id, body as Body, version as Version, deleted as Deleted from rights_subscribers where {WhereIds(connection)} and deleted = 0",
            new { ids = IdsFor(connection, ids) },
            cancellationToken: cancellationToken)).ConfigureAwait(false);

    /// <summary>Takes the next version. On PostgreSQL the row stays locked until the end of the transaction, so that versions become visible in their order.</summary>
    public static async Task<long> NextVersionAsync(DbTransaction transaction, CancellationToken cancellationToken) =>
        await transaction.Connection!.ExecuteScalarAsync<long>(new CommandDefinition(
            "update rights_version set version = version + 1 where id = 1 returning version", transaction: transaction, cancellationToken: cancellationToken)).ConfigureAwait(false);

    /// <summary>What there is now under these ids, deleted marks left out.</summary>
    public static async Task<Dictionary<string, DocumentRow>> ReadAsync(DbTransaction transaction, RightsKind kind, IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        var rows = await transaction.Connection!.QueryAsync<DocumentRow>(new CommandDefinition(
            $"select id as Id, body as Body, version as Version, deleted as Deleted from {TableOf(kind)} where {WhereKind(kind)} {WhereIds(transaction.Connection!)} and deleted = 0",
            new { kind = kind.Name, ids = IdsFor(transaction.Connection!, ids) },
            transaction,
            cancellationToken: cancellationToken)).ConfigureAwait(false);
        return rows.ToDictionary(row => row.Id, StringComparer.Ordinal);
    }

    /// <summary>Inserts or replaces. A null body is a deletion.</summary>
    public static Task WriteAsync(DbTransaction transaction, RightsKind kind, IReadOnlyList<(string Id, string? Body)> rows, long version, long nowMs, CancellationToken cancellationToken) =>
        transaction is NpgsqlTransaction
            ? WritePostgreSqlAsync(transaction, kind, rows, version, nowMs, cancellationToken)
            : WriteSqliteAsync(transaction, kind, rows, version, nowMs, cancellationToken);

    /// <summary>Takes away marks of deletions that every node has seen, or will not have to.</summary>
    public static async Task PruneAsync(DbTransaction transaction, long beforeMs, CancellationToken cancellationToken)
    {
        foreach (var table in (string[])[Documents, Subscribers])
        {
            await transaction.Connection!.ExecuteAsync(new CommandDefinition(
                $"delete from {table} where deleted = 1 and updated_ms < @beforeMs", new { beforeMs }, transaction, cancellationToken: cancellationToken)).ConfigureAwait(false);
        }
    }

    private static async Task WritePostgreSqlAsync(
        DbTransaction transaction, RightsKind kind, IReadOnlyList<(string Id, string? Body)> rows, long version, long nowMs, CancellationToken cancellationToken)
    {
        var (columns, values) = kind.IsPersonal ? ("", "") : ("kind, ", "@kind, ");
        await transaction.Connection!.ExecuteAsync(new CommandDefinition(
            $"""
            insert into {TableOf(kind)} ({columns}id, body, version, deleted, updated_ms)
            select {values}row.id, row.body, @version, row.deleted, @nowMs from unnest(@ids, @bodies, @deleted) as row (id, body, deleted)
            on conflict ({columns}id) do update set body = excluded.body, version = excluded.version, deleted = excluded.deleted, updated_ms = excluded.updated_ms
            """,
            new
            {
                kind = kind.Name,
                ids = rows.Select(row => row.Id).ToArray(),
                bodies = rows.Select(row => row.Body ?? "").ToArray(),
                deleted = rows.Select(row => row.Body is null ? 1L : 0L).ToArray(),
                version,
                nowMs,
            },
            transaction,
            cancellationToken: cancellationToken)).ConfigureAwait(false);
    }

    private static async Task WriteSqliteAsync(
        DbTransaction transaction, RightsKind kind, IReadOnlyList<(string Id, string? Body)> rows, long version, long nowMs, CancellationToken cancellationToken)
    {
        var (columns, values) = kind.IsPersonal ? ("", "") : ("kind, ", "@kind, ");
        await using var command = transaction.Connection!.CreateCommand();
        command.Transaction = transaction;
        command.CommandText =
            $"""
            insert into {TableOf(kind)} ({columns}id, body, version, deleted, updated_ms) values ({values}@id, @body, @version, @deleted, @nowMs)
            on conflict ({columns}id) do update set body = excluded.body, version = excluded.version, deleted = excluded.deleted, updated_ms = excluded.updated_ms
            """;
        if (!kind.IsPersonal) Add("@kind", kind.Name);
        Add("@version", version);
        Add("@nowMs", nowMs);
        var (id, body, deleted) = (Add("@id", ""), Add("@body", ""), Add("@deleted", 0L));
        await command.PrepareAsync(cancellationToken).ConfigureAwait(false);
        foreach (var row in rows)
        {
            (id.Value, body.Value, deleted.Value) = (row.Id, row.Body ?? "", row.Body is null ? 1L : 0L);
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }

        DbParameter Add(string name, object value)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value);
            command.Parameters.Add(parameter);
            return parameter;
        }
    }

    /// <summary>One parameter for all ids: five hundred of them make a statement that is dearer to parse than to run.</summary>
    private static string WhereIds(DbConnection connection) => connection is NpgsqlConnection ? "id = any(@ids)" : "id in (select value from json_each(@ids))";

    private static object IdsFor(DbConnection connection, IReadOnlyList<string> ids) => connection is NpgsqlConnection ? ids : JsonSerializer.Serialize(ids);

    private static string TableOf(RightsKind kind) => kind.IsPersonal ? Subscribers : Documents;

    private static string WhereKind(RightsKind kind) => kind.IsPersonal ? "" : "kind = @kind and";

    internal sealed class DocumentRow
    {
        public string Kind { get; init; } = "";

        public string Id { get; init; } = "";

        public string Body { get; init; } = "";

        public long Version { get; init; }

        public long Deleted { get; init; }
    }
}
