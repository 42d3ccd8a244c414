using System.Data.Common;
using Dapper;
using Npgsql;

namespace DrmHub.Vault.Catalogue;

/// <summary>
/// Writes many items with their names. PostgreSQL takes each table in one statement over arrays, because an album in single statements would
/// be two hundred journeys; SQLite, which has no journeys, takes them one by one.
/// </summary>
internal static class CatalogueBatch
{
    private const string OnItemConflict =
        """
        on conflict (id) do update set kind = excluded.kind, parent = excluded.parent, position = excluded.position, licensor = excluded.licensor,
            version = excluded.version, changed = excluded.changed, updated_ms = excluded.updated_ms, removed = 0, body = excluded.body
        """;

    /// <param name="writes">Each id once.</param>
    /// <param name="versions">In the same order.</param>
    public static async Task PutAsync(DbTransaction transaction, IReadOnlyList<CatalogueWrite> writes, long[] versions, long number, long now, CancellationToken cancellationToken)
    {
        const string Into = "insert into catalogue_items (id, kind, parent, position, licensor, version, changed, updated_ms, removed, body)";
        if (transaction is NpgsqlTransaction)
        {
            var values = new
            {
                ids = writes.Select(write => write.Id).ToArray(),
                kinds = writes.Select(write => write.Kind).ToArray(),
                parents = writes.Select(write => write.Parent).ToArray(),
                positions = writes.Select(write => write.Position).ToArray(),
                licensors = writes.Select(write => write.Licensor).ToArray(),
                versions,
                bodies = writes.Select(write => write.Body).ToArray(),
                number,
                now,
            };
            await ExecuteAsync(
                transaction,
                $"""
                {Into} select r.id, r.kind, r.parent, r.position, r.licensor, r.version, @number, @now, 0, r.body
                from unnest(@ids, @kinds, @parents, @positions, @licensors, @versions, @bodies) as r (id, kind, parent, position, licensor, version, body) {OnItemConflict}
                """,
                values,
                cancellationToken).ConfigureAwait(false);
            return;
        }

        for (var i = 0; i < versions.Length; i++)
        {
            var write = writes[i];
            await ExecuteAsync(
                transaction,
                $"{Into} values (@Id, @Kind, @Parent, @Position, @Licensor, @version, @number, @now, 0, @Body) {OnItemConflict}",
                new { write.Id, write.Kind, write.Parent, write.Position, write.Licensor, version = versions[i], number, now, write.Body },
                cancellationToken).ConfigureAwait(false);
        }
    }

    /// <exception cref="CatalogueConflictException">An identifier belongs to another item.</exception>
    public static async Task IdentifyAsync(DbTransaction transaction, IReadOnlyList<CatalogueWrite> writes, CancellationToken cancellationToken)
    {
        const string Into = "insert into catalogue_identifiers (kind, scheme, value, scope, id)";
        var names = writes.SelectMany(write => write.Identifiers.Select(identifier => new NameRow { Kind = write.Kind, Scheme = identifier.Scheme, Value = identifier.Value, Scope = identifier.Scope, Id = write.Id })).ToList();
        if (names.Count == 0) return;
        if (transaction is NpgsqlTransaction)
        {
            var inserted = await ExecuteAsync(transaction, $"{Into} select * from unnest(@kinds, @schemes, @values, @scopes, @ids) on conflict do nothing", Arrays(names), cancellationToken).ConfigureAwait(false);
            if (inserted == names.Count) return;
        }

        foreach (var name in names)
        {
            if (await ExecuteAsync(transaction, $"{Into} values (@Kind, @Scheme, @Value, @Scope, @Id) on conflict do nothing", name, cancellationToken).ConfigureAwait(false) == 1) continue;
            var owner = await transaction.Connection!.ExecuteScalarAsync<string>(new CommandDefinition(
                "select id from catalogue_identifiers where kind = @Kind and scheme = @Scheme and value = @Value and scope = @Scope", name, transaction, cancellationToken: cancellationToken)).ConfigureAwait(false);
            if (owner != name.Id) throw new CatalogueConflictException(CatalogueConflict.Identifier, name.Id, $"{name.Scheme} {name.Value} is that of {owner}.");
        }
    }

    public static async Task LinkAsync(DbTransaction transaction, IReadOnlyList<CatalogueWrite> writes, CancellationToken cancellationToken)
    {
        var links = writes.SelectMany(write => write.Links.Select(target => (Target: target, write.Id))).ToList();
        if (links.Count == 0) return;
        if (transaction is NpgsqlTransaction)
        {
            var values = new { targets = links.Select(link => link.Target).ToArray(), ids = links.Select(link => link.Id).ToArray() };
            await ExecuteAsync(transaction, "insert into catalogue_links (target, id) select * from unnest(@targets, @ids) on conflict do nothing", values, cancellationToken).ConfigureAwait(false);
            return;
        }

        foreach (var (target, id) in links) await ExecuteAsync(transaction, "insert into catalogue_links (target, id) values (@target, @id) on conflict do nothing", new { target, id }, cancellationToken).ConfigureAwait(false);
    }

    private static object Arrays(List<NameRow> names) => new
    {
        kinds = names.Select(name => name.Kind).ToArray(),
        schemes = names.Select(name => name.Scheme).ToArray(),
        values = names.Select(name => name.Value).ToArray(),
        scopes = names.Select(name => name.Scope).ToArray(),
        ids = names.Select(name => name.Id).ToArray(),
    };

    private static Task<int> ExecuteAsync(DbTransaction transaction, string sql, object parameters, CancellationToken cancellationToken) =>
        transaction.Connection!.ExecuteAsync(new CommandDefinition(sql, parameters, transaction, cancellationToken: cancellationToken));

    private sealed class NameRow
    {
        public string Kind { get; init; } = "";

        public string Scheme { get; init; } = "";

        public string Value { get; init; } = "";

        public string Scope { get; init; } = "";

        public string Id { get; init; } = "";
    }
}
