using Dapper;
using DrmHub.Vault.Storage;

namespace DrmHub.Vault.Catalogue;

/// <summary>Questions about the stored catalogue. Removed items are found by <see cref="ChangedAfterAsync"/> alone.</summary>
public sealed class CatalogueQueries(Database database)
{
    public const int MaxPage = 1000;

    public async Task<CatalogueRow?> FindAsync(string id, string kind, CancellationToken cancellationToken = default)
    {
        var rows = await ReadAsync($"select {CatalogueTable.Columns} from catalogue_items where id = @id and kind = @kind and removed = 0", new { id, kind }, cancellationToken).ConfigureAwait(false);
        return rows.Count == 0 ? null : rows[0];
    }

    /// <summary>Those that exist, in no order.</summary>
    public async Task<IReadOnlyList<CatalogueRow>> FindAsync(IEnumerable<string> ids, CancellationToken cancellationToken = default)
    {
        var found = new List<CatalogueRow>();
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        foreach (var some in ids.Distinct(StringComparer.Ordinal).Chunk(500))
        {
            var sql = $"select {CatalogueTable.Columns} from catalogue_items where id {CatalogueTable.AnyOf(connection)} and removed = 0";
            found.AddRange(await connection.QueryAsync<CatalogueRow>(new CommandDefinition(sql, new { some }, cancellationToken: cancellationToken)).ConfigureAwait(false));
        }

        return found;
    }

    /// <summary>Items of a kind by an identifier, from after one of them: one for each scope that gave it, or the one of <paramref name="scope"/>.</summary>
    public Task<IReadOnlyList<CatalogueRow>> FindAsync(string kind, string scheme, string value, string? scope, string after, int limit, CancellationToken cancellationToken = default) => ReadAsync(
        $"""
        select {CatalogueTable.Columns} from catalogue_items where removed = 0 and id > @after and id in (
            select id from catalogue_identifiers where kind = @kind and scheme = @scheme and value = @value{(scope is null ? "" : " and scope = @scope")})
        order by id limit @limit
        """,
        new { kind, scheme, value, scope, after, limit = (long)limit },
        cancellationToken);

    /// <summary>Items of a kind by any of several identifiers of one scheme and scope, each with the identifier that found it.</summary>
    public async Task<IReadOnlyList<(string Value, CatalogueRow Row)>> FindAllAsync(string kind, string scheme, IEnumerable<string> values, string scope, CancellationToken cancellationToken = default)
    {
        var names = new List<NamedRow>();
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        foreach (var some in values.Distinct(StringComparer.Ordinal).Chunk(500))
        {
            var sql = $"select value as Value, id as Id from catalogue_identifiers where kind = @kind and scheme = @scheme and scope = @scope and value {CatalogueTable.AnyOf(connection)}";
            names.AddRange(await connection.QueryAsync<NamedRow>(new CommandDefinition(sql, new { kind, scheme, scope, some }, cancellationToken: cancellationToken)).ConfigureAwait(false));
        }

        if (names.Count == 0) return [];
        var rows = (await FindAsync(names.Select(name => name.Id), cancellationToken).ConfigureAwait(false)).ToDictionary(row => row.Id, StringComparer.Ordinal);
        return [.. names.Where(name => rows.ContainsKey(name.Id)).Select(name => (name.Value, rows[name.Id]))];
    }

    /// <summary>Items of a kind in the order of their ids, from after one of them.</summary>
    public Task<IReadOnlyList<CatalogueRow>> ListAsync(string kind, string after, int limit, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, MaxPage);
        return ReadAsync($"select {CatalogueTable.Columns} from catalogue_items where kind = @kind and removed = 0 and id > @after order by id limit @limit", new { kind, after, limit = (long)limit }, cancellationToken);
    }

    /// <summary>Items of a kind that belong to a parent, in their order, from after a position and id.</summary>
    public Task<IReadOnlyList<CatalogueRow>> ChildrenAsync(string parent, string kind, long position, string after, int limit, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, MaxPage);
        return ReadAsync(
            $"""
            select {CatalogueTable.Columns} from catalogue_items where parent = @parent and kind = @kind and removed = 0 and (position > @position or (position = @position and id > @after))
            order by position, id limit @limit
            """,
            new { parent, kind, position, after, limit = (long)limit },
            cancellationToken);
    }

    /// <summary>Items of a kind that belong to any of these parents, in the order of parents' ids and their places.</summary>
    public async Task<IReadOnlyList<CatalogueRow>> ChildrenAsync(IEnumerable<string> parents, string kind, CancellationToken cancellationToken = default)
    {
        var found = new List<CatalogueRow>();
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        foreach (var some in parents.Distinct(StringComparer.Ordinal).Chunk(500))
        {
            var sql = $"select {CatalogueTable.Columns} from catalogue_items where parent {CatalogueTable.AnyOf(connection)} and kind = @kind and removed = 0 order by parent, position, id";
            found.AddRange(await connection.QueryAsync<CatalogueRow>(new CommandDefinition(sql, new { some, kind }, cancellationToken: cancellationToken)).ConfigureAwait(false));
        }

        return found;
    }

    /// <summary>Items of a kind that name another, in the order of their ids, from after one of them.</summary>
    public Task<IReadOnlyList<CatalogueRow>> LinkedAsync(string target, string kind, string after, int limit, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, MaxPage);
        return ReadAsync(
            $"""
            select {CatalogueTable.Columns} from catalogue_items where kind = @kind and removed = 0 and id > @after and id in (select id from catalogue_links where target = @target)
            order by id limit @limit
            """,
            new { target, kind, after, limit = (long)limit },
            cancellationToken);
    }

    /// <summary>What changed after a commit, removed items included, in the order of (number, id), from after one of them.</summary>
    public Task<IReadOnlyList<CatalogueRow>> ChangedAfterAsync(long number, string id, int limit, CancellationToken cancellationToken = default) => ReadAsync(
        $"select {CatalogueTable.Columns} from catalogue_items where changed > @number or (changed = @number and id > @id) order by changed, id limit @limit", new { number, id, limit = (long)limit }, cancellationToken);

    /// <summary>The number of the last commit.</summary>
    public async Task<long> NumberAsync(CancellationToken cancellationToken = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        return await connection.ExecuteScalarAsync<long>(new CommandDefinition("select number from catalogue_change where id = 1", cancellationToken: cancellationToken)).ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<CatalogueRow>> ReadAsync(string sql, object parameters, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        return [.. await connection.QueryAsync<CatalogueRow>(new CommandDefinition(sql, parameters, cancellationToken: cancellationToken)).ConfigureAwait(false)];
    }

    private sealed class NamedRow
    {
        public string Value { get; init; } = "";

        public string Id { get; init; } = "";
    }
}
