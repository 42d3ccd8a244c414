using System.Text.Json;
using DrmHub.Vault.Catalogue;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace DrmHub.Music.Catalogue;

/// <summary>A page of items.</summary>
/// <param name="Items">In the order of their ids, or of their places under a parent.</param>
/// <param name="Next">For <c>?after=</c>; absent on the last page.</param>
public sealed record CataloguePage<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>
/// <c>/music/{labels|artists|releases|tracks|recordings|renditions|shows|episodes}</c>: the same five routes for each kind. Reading
/// needs <c>rights.read</c>, changing <c>rights.write</c>.
/// </summary>
internal static class CatalogueApi
{
    private const int MaxBody = 1 << 20;

    public static void MapCatalogue(this IEndpointRouteBuilder routes)
    {
        var music = routes.MapGroup("/music").WithTags("music");
        Map<Label>(music);
        Map<Artist>(music);
        Map<Release>(music);
        Map<Track>(music);
        Map<Recording>(music);
        Map<Rendition>(music);
        Map<Show>(music);
        Map<Episode>(music);
        music.MapReleaseTracks();
        music.MapCatalogueImport();
    }

    private static void Map<T>(RouteGroupBuilder music)
        where T : CatalogueItem
    {
        var kind = CatalogueKind.Of<T>();
        var name = typeof(T).Name;
        var group = music.MapGroup(kind.Route);
        group.MapGet("", ListAsync<T>).RequireAuthorization(MusicHttp.ReadRole).WithName($"List{name}s")
            .WithSummary($"{name}s in pages of at most {MusicCatalogue.MaxPage}.").WithDescription($"Filters, one at a time: {string.Join(", ", kind.Filters.Keys)}.");
        group.MapGet("{id}", GetAsync<T>).RequireAuthorization(MusicHttp.ReadRole).WithName($"Get{name}").WithSummary($"One {kind.Name}, with its version as the ETag.");
        Body<T>(group.MapPost("", PostAsync<T>)).WithName($"Add{name}").WithSummary($"A new {kind.Name}; the hub makes the id where there is none.");
        Body<T>(group.MapPut("{id}", PutAsync<T>)).WithName($"Put{name}").WithSummary($"Inserts or replaces a {kind.Name}. If-Match with the ETag, or If-None-Match: *, guards against lost changes.");
        group.MapDelete("{id}", DeleteAsync<T>).RequireAuthorization(MusicHttp.WriteRole).WithName($"Remove{name}").WithSummary($"Removes a {kind.Name} that nothing else names.");
    }

    private static RouteHandlerBuilder Body<T>(RouteHandlerBuilder route)
        where T : CatalogueItem => route.RequireAuthorization(MusicHttp.WriteRole).WithMetadata(new RequestSizeLimitAttribute(MaxBody)).Accepts<T>("application/json");

    private static async Task<Results<Ok<CataloguePage<T>>, ProblemHttpResult>> ListAsync<T>(HttpContext http, MusicCatalogue catalogue, string? after, int? limit, CancellationToken cancellationToken)
        where T : CatalogueItem
    {
        var kind = CatalogueKind.Of<T>();
        var count = limit ?? 100;
        if (count is < 1 or > MusicCatalogue.MaxPage) return MusicHttp.Malformed(http, $"limit is 1 to {MusicCatalogue.MaxPage}.");
        if (!CatalogueCursor.TryParse(after, out var cursor)) return MusicHttp.Malformed(http, "after is the 'next' of an earlier page.");
        var filters = http.Request.Query.Where(pair => pair.Key is not ("after" or "limit")).ToList();

        // A filter that is misspelt and ignored would answer another question than the one that was asked.
        if (filters.Count > 1 || filters.Exists(pair => !kind.Filters.ContainsKey(pair.Key) || pair.Value.Count != 1)) return MusicHttp.Malformed(http, $"There is one filter at a time, of: {string.Join(", ", kind.Filters.Keys)}.");
        var rows = filters.Count == 0
            ? await catalogue.Store.Queries.ListAsync(kind.Name, cursor.Id, count, cancellationToken)
            : await FilterAsync(catalogue.Store.Queries, kind, filters[0].Key, filters[0].Value.ToString(), cursor, count, cancellationToken);
        var next = rows.Count == count ? new CatalogueCursor(rows[^1].Position, rows[^1].Id).ToString() : null;
        return TypedResults.Ok(new CataloguePage<T>([.. rows.Select(MusicCatalogue.Read<T>)], next));
    }

    private static Task<IReadOnlyList<CatalogueRow>> FilterAsync(CatalogueQueries queries, CatalogueKind kind, string name, string value, CatalogueCursor cursor, int limit, CancellationToken cancellationToken) => kind.Filters[name] switch
    {
        FilterBy.Parent => queries.ChildrenAsync(value, kind.Name, cursor.Position, cursor.Id, limit, cancellationToken),
        FilterBy.Link => queries.LinkedAsync(value, kind.Name, cursor.Id, limit, cancellationToken),
        _ => queries.FindAsync(kind.Name, name, name == "upc" ? MusicIds.PadGtin(value) : value, scope: null, cursor.Id, limit, cancellationToken),
    };

    private static async Task<Results<Ok<T>, StatusCodeHttpResult, ProblemHttpResult>> GetAsync<T>(string id, HttpContext http, MusicCatalogue catalogue, CancellationToken cancellationToken)
        where T : CatalogueItem
    {
        if (!ItemCheck.IsId(id) || await catalogue.FindAsync<T>(id, cancellationToken) is not { } item) return MusicHttp.NotFound(http, $"{CatalogueKind.Of<T>().Name} of that id");
        var etag = MusicHttp.ETag(item.Version);
        http.Response.Headers.ETag = etag;
        return http.Request.Headers.IfNoneMatch == etag ? TypedResults.StatusCode(StatusCodes.Status304NotModified) : TypedResults.Ok(item);
    }

    private static Task<Results<Ok<T>, Created<T>, ProblemHttpResult>> PostAsync<T>(HttpContext http, MusicCatalogue catalogue, CancellationToken cancellationToken)
        where T : CatalogueItem => WriteAsync<T>(http, catalogue, id: null, cancellationToken);

    private static Task<Results<Ok<T>, Created<T>, ProblemHttpResult>> PutAsync<T>(string id, HttpContext http, MusicCatalogue catalogue, CancellationToken cancellationToken)
        where T : CatalogueItem => WriteAsync<T>(http, catalogue, id, cancellationToken);

    private static async Task<Results<Ok<T>, Created<T>, ProblemHttpResult>> WriteAsync<T>(HttpContext http, MusicCatalogue catalogue, string? id, CancellationToken cancellationToken)
        where T : CatalogueItem
    {
        if (!MusicHttp.TryReadPrecondition(http.Request, out var expected)) return MusicHttp.Malformed(http, "If-Match is an ETag of this item, If-None-Match is '*'.");
        try
        {
            var item = await JsonSerializer.DeserializeAsync<T>(http.Request.Body, MusicJson.Options, cancellationToken);
            if (item is null) return MusicHttp.Malformed(http, "The body is a JSON object.");
            if (id is not null && item.Id.Length > 0 && item.Id != id) return MusicHttp.Malformed(http, "The id in the body is not the one in the address.");
            var stored = await catalogue.PutAsync(id is null ? item : item with { Id = id }, id is null ? 0 : expected, MusicHttp.Actor(http), cancellationToken);
            http.Response.Headers.ETag = MusicHttp.ETag(stored.Version);
            return stored.Version == 1 ? TypedResults.Created($"/music/{CatalogueKind.Of<T>().Route}/{stored.Id}", stored) : TypedResults.Ok(stored);
        }
        catch (Exception exception) when (MusicHttp.FromException(http, exception) is { } problem)
        {
            return problem;
        }
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync<T>(string id, HttpContext http, MusicCatalogue catalogue, CancellationToken cancellationToken)
        where T : CatalogueItem
    {
        if (!MusicHttp.TryReadPrecondition(http.Request, out var expected) || expected == 0) return MusicHttp.Malformed(http, "If-Match is an ETag of this item.");
        try
        {
            if (ItemCheck.IsId(id) && await catalogue.RemoveAsync<T>(id, expected, MusicHttp.Actor(http), cancellationToken)) return TypedResults.NoContent();
            return MusicHttp.NotFound(http, $"{CatalogueKind.Of<T>().Name} of that id");
        }
        catch (Exception exception) when (MusicHttp.FromException(http, exception) is { } problem)
        {
            return problem;
        }
    }
}
