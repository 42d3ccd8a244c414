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

    public static Task<int> RemoveAsync(DbTransaction transaction, string id, long version, long number, long now, CancellationToken cancellationToken) => ExecuteAsync(
        transaction,
        "update catalogue_items set parent = null, version = @version, changed = @number, updated_ms = @now, removed = 1, body = '' where id = @id",
        new { id, version, number, now },
        cancellationToken);

    public static async Task ForgetNamesAsync(DbTransaction transaction, IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
    {
        foreach (var some in ids.Chunk(500))
        {
            await ExecuteAsync(transaction, $"delete from catalogue_identifiers where id {AnyOf(transaction.Connection!)}", new { some }, cancellationToken).ConfigureAwait(false);
            await ExecuteAsync(transaction, $"delete from catalogue_links where id {AnyOf(transaction.Connection!)}", new { some }, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <returns>Null, or the id of an item that names or belongs to this one.</returns>
    public static Task<string?> FindUserAsync(DbTransaction transaction, string id, CancellationToken cancellationToken) => transaction.Connection!.ExecuteScalarAsync<string?>(
        Command(transaction, "select id from catalogue_links where target = @id union all select id from catalogue_items where parent = @id and removed = 0 limit 1", new { id }, cancellationToken));

    private static Task<int> ExecuteAsync(DbTransaction transaction, string sql, object parameters, CancellationToken cancellationToken) =>
        transaction.Connection!.ExecuteAsync(Command(transaction, sql, parameters, cancellationToken));

    private static CommandDefinition Command(DbTransaction transaction, string sql, object? parameters, CancellationToken cancellationToken) =>
        new(sql, parameters, transaction, cancellationToken: cancellationToken);
}
