using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Mvc;

namespace DrmHub.Vault.Rights;

/// <summary>The routes of one kind of document: list, one, put, patch, delete, and a batch as NDJSON.</summary>
internal static class RightsKindApi
{
    /// <summary>Subscribers that are looked through for one page of a filtered list.</summary>
    private const int MaxScanned = 20_000;

    public static void Map<T>(RouteGroupBuilder group, RightsKind<T> kind)
        where T : class
    {
        // The id takes the rest of the path: content ids may have slashes in them.
        var (all, one) = ($"/{kind.Plural}", $"/{kind.Plural}/{{**id}}");
        var name = char.ToUpperInvariant(kind.Name[0]) + kind.Name[1..];
        var names = RightsFilters.NamesFor(kind);
        group.MapGet(all, (HttpContext http, RightsStore store, CancellationToken cancellationToken) => RightsHttp.GuardAsync(() => ListAsync(kind, http, store, cancellationToken)))
            .RequireAuthorization(RightsHttp.ReadPolicy).WithName($"List{name}s").WithSummary($"The {kind.Plural}, in pages in the order of their ids")
            .WithMetadata(new QueryParameters([.. names, "limit", "cursor"])).Produces<RightsPage<T>>().WithProblems(400, 503);
        group.MapGet(one, (string id, HttpContext http, RightsStore store, CancellationToken cancellationToken) => RightsHttp.GuardAsync(() => GetAsync(kind, id, http, store, cancellationToken)))
            .RequireAuthorization(RightsHttp.ReadPolicy).WithName($"Get{name}").WithSummary($"One {kind.Name}, with its ETag").Produces<T>().WithProblems(404, 503);
        group.MapPut(one, (string id, HttpContext http, RightsStore store, CancellationToken cancellationToken) => RightsHttp.GuardAsync(() => PutAsync(kind, id, http, store, cancellationToken)))
            .RequireAuthorization(RightsHttp.WritePolicy).WithName($"Put{name}").WithSummary($"Writes a {kind.Name} whole; If-Match and If-None-Match: * are honoured")
            .Accepts<T>(RightsHttp.Json).Produces<T>().Produces<T>(StatusCodes.Status201Created).WithProblems(400, 412, 413, 503);
        group.MapPatch(one, (string id, HttpContext http, RightsStore store, CancellationToken cancellationToken) => RightsHttp.GuardAsync(() => PatchAsync(kind, id, http, store, cancellationToken)))
            .RequireAuthorization(RightsHttp.WritePolicy).WithName($"Patch{name}").WithSummary($"Changes members of a {kind.Name} (JSON Merge Patch, RFC 7396)")
            .Accepts<T>("application/merge-patch+json", RightsHttp.Json).Produces<T>().WithProblems(400, 404, 412, 413, 503);
        group.MapDelete(one, (string id, HttpContext http, RightsStore store, CancellationToken cancellationToken) => RightsHttp.GuardAsync(() => DeleteAsync(kind, id, http, store, cancellationToken)))
            .RequireAuthorization(RightsHttp.WritePolicy).WithName($"Delete{name}").WithSummary($"Takes a {kind.Name} away; If-Match is honoured").Produces(StatusCodes.Status204NoContent).WithProblems(404, 412, 503);
        group.MapPost(all, (HttpContext http, RightsStore store, CancellationToken cancellationToken) => RightsHttp.GuardAsync(() => RightsBatchApi.WriteAsync(kind, http, store, cancellationToken)))
            .RequireAuthorization(RightsHttp.WritePolicy).WithName($"Write{name}s").WithSummary($"Writes many {kind.Plural}, one a line, all or none of them")
            .WithMetadata(new RequestSizeLimitAttribute(RightsHttp.MaxBatch)).Accepts<T>(RightsHttp.Lines).Produces<RightsOutcome>().WithProblems(400, 413, 415, 503);
    }

    private static async Task<IResult> ListAsync<T>(RightsKind<T> kind, HttpContext http, RightsStore store, CancellationToken cancellationToken)
        where T : class
    {
        if (RightsFilters.Read(http.Request.Query, RightsFilters.NamesFor(kind), out var problem) is not { } filters) return RightsHttp.Malformed(problem);
        var rights = await store.GetSnapshotAsync(cancellationToken).ConfigureAwait(false);
        var found = new List<object>();
        var after = filters.After;
        for (var scanned = 0; scanned < MaxScanned;)
        {
            var page = await store.ListAsync(kind, after, RightsFilters.MaxLimit, cancellationToken).ConfigureAwait(false);
            foreach (var document in page)
            {
                if (found.Count == filters.Limit) return RightsHttp.Page(http, found, typeof(T), after);
                if (filters.Passes(document, rights)) found.Add(document);
                after = kind.IdOf(document);
            }

            if (page.Count < RightsFilters.MaxLimit) return RightsHttp.Page(http, found, typeof(T), null);
            scanned += page.Count;
        }

        return RightsHttp.Page(http, found, typeof(T), after);
    }

    private static async Task<IResult> GetAsync<T>(RightsKind<T> kind, string id, HttpContext http, RightsStore store, CancellationToken cancellationToken)
        where T : class
    {
        if (await store.FindAsync(kind, id, cancellationToken).ConfigureAwait(false) is not { } stored) return RightsHttp.Unknown(kind.Name);
        if (!RightsHttp.IsUnchanged(http.Request, stored.Version)) return RightsHttp.Document(http, kind.Write(stored.Document), stored.Version);
        http.Response.Headers.ETag = RightsHttp.TagOf(stored.Version);
        return TypedResults.StatusCode(StatusCodes.Status304NotModified);
    }

    private static async Task<IResult> PutAsync<T>(RightsKind<T> kind, string id, HttpContext http, RightsStore store, CancellationToken cancellationToken)
        where T : class
    {
        var body = await RightsHttp.ReadBodyAsync(http.Request, cancellationToken).ConfigureAwait(false);
        var document = (T)kind.Parse(WithId(body, id));
        var current = await store.FindAsync(kind, id, cancellationToken).ConfigureAwait(false);
        return await WriteAsync(kind, document, RightsHttp.ExpectedVersion(http.Request, current?.Version), http, store, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Without a condition the patch is for the document as it was read here: nobody's change in between is undone.</summary>
    private static async Task<IResult> PatchAsync<T>(RightsKind<T> kind, string id, HttpContext http, RightsStore store, CancellationToken cancellationToken)
        where T : class
    {
        var body = await RightsHttp.ReadBodyAsync(http.Request, cancellationToken).ConfigureAwait(false);
        if (await store.FindAsync(kind, id, cancellationToken).ConfigureAwait(false) is not { } current) return RightsHttp.Unknown(kind.Name);
        var patched = MergePatch.Apply(kind.Write(current.Document), body);
        var document = (T)kind.Parse(WithId(Encoding.UTF8.GetBytes(patched), id));
        return await WriteAsync(kind, document, RightsHttp.ExpectedVersion(http.Request, current.Version) ?? current.Version, http, store, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<IResult> DeleteAsync<T>(RightsKind<T> kind, string id, HttpContext http, RightsStore store, CancellationToken cancellationToken)
        where T : class
    {
        var current = await store.FindAsync(kind, id, cancellationToken).ConfigureAwait(false);
        var expected = RightsHttp.ExpectedVersion(http.Request, current?.Version);
        var outcome = await store.ChangeAsync([RightsChange.Delete(kind, id, expected)], RightsHttp.ActorOf(http), cancellationToken).ConfigureAwait(false);
        return outcome.Deleted == 0 ? RightsHttp.Unknown(kind.Name) : TypedResults.NoContent();
    }

    private static async Task<IResult> WriteAsync<T>(RightsKind<T> kind, T document, long? expected, HttpContext http, RightsStore store, CancellationToken cancellationToken)
        where T : class
    {
        var outcome = await store.ChangeAsync([RightsChange.Put(kind, document, expected)], RightsHttp.ActorOf(http), cancellationToken).ConfigureAwait(false);
        var version = outcome.Unchanged == 0 ? outcome.Version : (await store.FindAsync(kind, kind.IdOf(document), cancellationToken).ConfigureAwait(false))?.Version ?? outcome.Version;
        return RightsHttp.Document(http, kind.Write(document), version, outcome.Created == 1 ? StatusCodes.Status201Created : StatusCodes.Status200OK);
    }

    /// <summary>The id stands in the address; in the body it may be absent, but not another.</summary>
    private static byte[] WithId(byte[] body, string id)
    {
        JsonNode? node;
        try
        {
            node = JsonNode.Parse(body, documentOptions: new JsonDocumentOptions { MaxDepth = 16, AllowDuplicateProperties = false });
        }
        catch (JsonException exception)
        {
            throw new RightsInvalidException([RightsProblem.From(exception)]);
        }

        if (node is not JsonObject document) throw new RightsInvalidException([new RightsProblem("$", RightsProblem.Malformed, "The document is no JSON object.")]);
        if (!document.TryGetPropertyValue("id", out var given))
        {
            document["id"] = id;
            return Encoding.UTF8.GetBytes(document.ToJsonString(RightsJson.Options));
        }

        if (given is not JsonValue value || !value.TryGetValue<string>(out var text) || text != id)
            throw new RightsInvalidException([new RightsProblem("$.id", RightsProblem.Conflict, "The id in the document is another than the one in the address.")]);
        return body;
    }
}
