using System.Globalization;
using System.Text.Json;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Catalogue;

namespace DrmHub.Music.Catalogue;

/// <summary>
/// The catalogue in its own types. Every change is checked, written to the audit log, and then made in one transaction: an entry
/// without its change says that the database refused it, a change without an entry cannot be.
/// </summary>
public sealed class MusicCatalogue(CatalogueStore store, AuditLog audit)
{
    public const int MaxPage = CatalogueQueries.MaxPage;

    internal CatalogueStore Store { get; } = store;

    public async Task<T?> FindAsync<T>(string id, CancellationToken cancellationToken = default)
        where T : CatalogueItem => await Store.Queries.FindAsync(id, CatalogueKind.Of<T>().Name, cancellationToken) is { } row ? Read<T>(row) : null;

    /// <summary>Those of the ids that exist and are of this kind, by id.</summary>
    public async Task<IReadOnlyDictionary<string, T>> FindAllAsync<T>(IEnumerable<string> ids, CancellationToken cancellationToken = default)
        where T : CatalogueItem
    {
        var kind = CatalogueKind.Of<T>().Name;
        var rows = await Store.Queries.FindAsync(ids, cancellationToken);
        return rows.Where(row => row.Kind == kind).Select(Read<T>).ToDictionary(item => item.Id, StringComparer.Ordinal);
    }

    /// <summary>By an identifier such as <c>isrc</c>: one for each licensor that delivered it, or the one of <paramref name="scope"/>.</summary>
    public async Task<IReadOnlyList<T>> FindByAsync<T>(string scheme, string value, string? scope = null, CancellationToken cancellationToken = default)
        where T : CatalogueItem => [.. (await Store.Queries.FindAsync(CatalogueKind.Of<T>().Name, scheme, value, scope, "", MaxPage, cancellationToken)).Select(Read<T>)];

    /// <summary>The item of a licensor by an identifier, or null.</summary>
    internal async Task<T?> FindOneByAsync<T>(string scheme, string value, string scope, CancellationToken cancellationToken)
        where T : CatalogueItem
    {
        var found = await FindByAsync<T>(scheme, value, scope, cancellationToken);
        return found.Count == 0 ? null : found[0];
    }

    /// <summary>The first items that belong to another, in their order: tracks of a release, episodes of a show, renditions of a recording.</summary>
    public async Task<IReadOnlyList<T>> ChildrenAsync<T>(string parent, CancellationToken cancellationToken = default)
        where T : CatalogueItem => [.. (await Store.Queries.ChildrenAsync(parent, CatalogueKind.Of<T>().Name, long.MinValue, "", MaxPage, cancellationToken)).Select(Read<T>)];

    /// <summary>What belongs to each of several items: renditions of the recordings of an album.</summary>
    public async Task<ILookup<string, T>> ChildrenOfAllAsync<T>(IEnumerable<string> parents, CancellationToken cancellationToken = default)
        where T : CatalogueItem => (await Store.Queries.ChildrenAsync(parents, CatalogueKind.Of<T>().Name, cancellationToken)).ToLookup(row => row.Parent!, Read<T>, StringComparer.Ordinal);

    /// <summary>The first items that name another: tracks with a recording, recordings of an artist.</summary>
    public async Task<IReadOnlyList<T>> LinkedAsync<T>(string target, CancellationToken cancellationToken = default)
        where T : CatalogueItem => [.. (await Store.Queries.LinkedAsync(target, CatalogueKind.Of<T>().Name, "", MaxPage, cancellationToken)).Select(Read<T>)];

    /// <summary>Inserts or replaces one item.</summary>
    /// <param name="item">Without an id it gets a new one.</param>
    /// <param name="expectedVersion">The version that the caller saw; 0 where it must be new; null where any will do.</param>
    /// <exception cref="MusicException"><c>catalogue.invalid</c>, with everything that is wrong with it.</exception>
    /// <exception cref="CatalogueConflictException">It does not fit what is stored.</exception>
    public async Task<T> PutAsync<T>(T item, long? expectedVersion, MusicActor actor, CancellationToken cancellationToken = default)
        where T : CatalogueItem
    {
        ArgumentNullException.ThrowIfNull(item);
        var named = item.Id.Length == 0 ? item with { Id = CatalogueKind.Of<T>().NewId() } : item;
        if (Check(named) is { Count: > 0 } problems) throw new MusicException("catalogue.invalid", problems);
        await RecordAsync(AuditKind.Administration, "catalogue.put", actor, new Dictionary<string, string> { ["kind"] = named.Kind, ["item"] = named.Id }, cancellationToken);
        var versions = await Store.CommitAsync(new CatalogueChange { Writes = [Write(named, expectedVersion)] }, cancellationToken);
        return named with { Version = versions[0] };
    }

    /// <summary>Inserts or replaces many items together, or none.</summary>
    public async Task PutAllAsync(IReadOnlyList<CatalogueItem> items, string what, MusicActor actor, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(items);
        var problems = items.SelectMany(item => Check(item).Select(problem => $"{item.Kind} {ItemCheck.Shorten(item.Id)}: {problem}")).Take(100).ToList();
        if (problems.Count > 0) throw new MusicException("catalogue.invalid", problems);
        await RecordAsync(AuditKind.Import, what, actor, new Dictionary<string, string> { ["items"] = items.Count.ToString(CultureInfo.InvariantCulture) }, cancellationToken);
        await Store.CommitAsync(new CatalogueChange { Writes = [.. items.Select(item => Write(item, null))] }, cancellationToken);
    }

    /// <returns>False where there is no such item.</returns>
    /// <exception cref="CatalogueConflictException">It was changed, or other items name it.</exception>
    public async Task<bool> RemoveAsync<T>(string id, long? expectedVersion, MusicActor actor, CancellationToken cancellationToken = default)
        where T : CatalogueItem
    {
        var kind = CatalogueKind.Of<T>().Name;
        if (await Store.Queries.FindAsync(id, kind, cancellationToken) is null) return false;
        await RecordAsync(AuditKind.Administration, "catalogue.remove", actor, new Dictionary<string, string> { ["kind"] = kind, ["item"] = id }, cancellationToken);
        await Store.CommitAsync(new CatalogueChange { Removals = [new CatalogueRemoval(id, kind, expectedVersion)] }, cancellationToken);
        return true;
    }

    internal static IReadOnlyList<string> Check(CatalogueItem item)
    {
        var check = new ItemCheck();
        check.Id(item.Id, "id");
        check.OptionalText(item.Licensor, "licensor", 200);
        item.Check(check);
        return check.Problems;
    }

    internal static CatalogueWrite Write(CatalogueItem item, long? expectedVersion) => new()
    {
        Id = item.Id,
        Kind = item.Kind,
        Parent = item.Parent,
        Position = item.Position,
        Licensor = item.Licensor,
        Body = JsonSerializer.Serialize(item with { Version = 0 }, item.GetType(), MusicJson.Stored),
        Identifiers = [.. item.Identifiers.Distinct()],
        Links = [.. item.Links.Distinct(StringComparer.Ordinal)],
        ExpectedVersion = expectedVersion,
    };

    internal static T Read<T>(CatalogueRow row)
        where T : CatalogueItem => JsonSerializer.Deserialize<T>(row.Body, MusicJson.Stored)! with { Version = row.Version };

    internal Task<long> RecordAsync(AuditKind kind, string action, MusicActor actor, IReadOnlyDictionary<string, string> details, CancellationToken cancellationToken) => audit.AppendAsync(
        new AuditEntry
        {
            Kind = kind,
            Actor = actor.Name,
            ActorRole = actor.Role,
            RequestId = actor.RequestId,
            Details = new Dictionary<string, string>(details) { ["action"] = action },
        },
        cancellationToken);
}
