using System.Data.Common;
using Dapper;
using Microsoft.Data.Sqlite;

namespace DrmHub.Vault.Catalogue;

/// <summary>The SQL that changes the catalogue.</summary>
internal static class CatalogueTable
{
    public const string Columns = "id as Id, kind as Kind, parent as Parent, position as Position, licensor as Licensor, version as Version, changed as Changed, updated_ms as UpdatedMs, removed as Removed, body as Body";

    /// <summary>The condition of a column on the list <c>@some</c>: the drivers expand lists differently.</summary>
    public static string AnyOf(DbConnection connection) => connection is SqliteConnection ? "in @some" : "= any(@some)";

    /// <summary>Takes the number of this commit, and with it the right to commit: one at a time over all nodes.</summary>
    public static Task<long> NextNumberAsync(DbTransaction transaction, CancellationToken cancellationToken) =>
        transaction.Connection!.ExecuteScalarAsync<long>(Command(transaction, "update catalogue_change set number = number + 1 where id = 1 returning number", null, cancellationToken));

    public static async Task<Dictionary<string, CatalogueRow>> ReadHeadsAsync(DbTransaction transaction, IEnumerable<string> ids, CancellationToken cancellationToken)
    {
        var heads = new Dictionary<string, CatalogueRow>(StringComparer.Ordinal);
        foreach (var some in ids.Distinct(StringComparer.Ordinal).Chunk(500))
        {
            var rows = await transaction.Connection!.QueryAsync<CatalogueRow>(
                Command(transaction, $"select id as Id, kind as Kind, version as Version, removed as Removed from catalogue_items where id {AnyOf(transaction.Connection!)}", new { some }, cancellationToken)).ConfigureAwait(false);
            foreach (var row in rows) heads[row.Id] = row;
        }

        return heads;
    }

    public static Task<int> PutAsync(DbTransaction transaction, CatalogueWrite write, long version, long number, long now, CancellationToken cancellationToken) => ExecuteAsync(
        transaction,
        """
        insert into catalogue_items (id, kind, parent, position, licensor, version, changed, updated_ms, removed, body)
        values (@Id, @Kind, @Parent, @Position, @Licensor, @version, @number, @now, 0, @Body)
        on conflict (id) do update set kind = excluded.kind, parent = excluded.parent, position = excluded.position, licensor = excluded.licensor,
            version = excluded.version, changed = excluded.changed, updated_ms = excluded.updated_ms, removed = 0, body = excluded.body
        """,
        new { write.Id, write.Kind, write.Parent, write.Position, write.Licensor, version, number, now, write.Body },
        cancellationToken);

    public static Task<int> RemoveAsync(DbTransaction transaction, string id, long version, long number, long now, CancellationToken cancellationToken) => ExecuteAsync(
        transaction,
        "update catalogue_items set parent = null, version = @version, changed = @number, updated_ms = @now, removed = 1, body = '' where id = @id",
        new { id, version, number, now },
        cancellationToken);

    public static async Task ForgetNamesAsync(DbTransaction transaction, string id, CancellationToken cancellationToken)
    {
        await ExecuteAsync(transaction, "delete from catalogue_identifiers where id = @id", new { id }, cancellationToken).ConfigureAwait(false);
        await ExecuteAsync(transaction, "delete from catalogue_links where id = @id", new { id }, cancellationToken).ConfigureAwait(false);
    }

    /// <returns>Null where the identifier is now this item's; else the id of the one that has it.</returns>
    public static async Task<string?> IdentifyAsync(DbTransaction transaction, CatalogueWrite write, CatalogueIdentifier identifier, CancellationToken cancellationToken)
    {
        var values = new { write.Kind, identifier.Scheme, identifier.Value, identifier.Scope, write.Id };
        if (await ExecuteAsync(transaction, "insert into catalogue_identifiers (kind, scheme, value, scope, id) values (@Kind, @Scheme, @Value, @Scope, @Id) on conflict do nothing", values, cancellationToken).ConfigureAwait(false) == 1)
            return null;
        var owner = await transaction.Connection!.ExecuteScalarAsync<string>(
            Command(transaction, "select id from catalogue_identifiers where kind = @Kind and scheme = @Scheme and value = @Value and scope = @Scope", values, cancellationToken)).ConfigureAwait(false);
        return owner == write.Id ? null : owner;
    }

    public static Task<int> LinkAsync(DbTransaction transaction, string target, string id, CancellationToken cancellationToken) =>
        ExecuteAsync(transaction, "insert into catalogue_links (target, id) values (@target, @id) on conflict do nothing", new { target, id }, cancellationToken);

    /// <returns>Null, or the id of an item that names or belongs to this one.</returns>
    public static Task<string?> FindUserAsync(DbTransaction transaction, string id, CancellationToken cancellationToken) => transaction.Connection!.ExecuteScalarAsync<string?>(
        Command(transaction, "select id from catalogue_links where target = @id union all select id from catalogue_items where parent = @id and removed = 0 limit 1", new { id }, cancellationToken));

    private static Task<int> ExecuteAsync(DbTransaction transaction, string sql, object parameters, CancellationToken cancellationToken) =>
        transaction.Connection!.ExecuteAsync(Command(transaction, sql, parameters, cancellationToken));

    private static CommandDefinition Command(DbTransaction transaction, string sql, object? parameters, CancellationToken cancellationToken) =>
        new(sql, parameters, transaction, cancellationToken: cancellationToken);
}
