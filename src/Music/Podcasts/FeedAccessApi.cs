using DrmHub.Music.Catalogue;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Catalogue;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;

namespace DrmHub.Music.Podcasts;

/// <summary>Whom to give access to a show's private feed.</summary>
/// <param name="Subscriber">The subscriber's id.</param>
/// <param name="Expires">When it ends; null means never.</param>
public sealed record FeedAccessRequest(string Subscriber, DateTimeOffset? Expires = null);

/// <summary>An access with its feed address, which holds the token and is shown this once.</summary>
public sealed record FeedAccessGrant(string Id, string FeedUrl);

/// <summary>An access as the list shows it.</summary>
public sealed record FeedAccessView(string Id, string Subscriber, DateTimeOffset Created, DateTimeOffset Rotated, DateTimeOffset? Expires, DateTimeOffset? Revoked, DateTimeOffset? SharingNoticed, FeedDevices Devices);

/// <summary><c>/podcasts/{show}/access</c>: tokens of subscribers; and <c>POST /podcasts/import</c>.</summary>
internal static class FeedAccessApi
{
    public static void MapFeedAccess(this IEndpointRouteBuilder routes)
    {
        var podcasts = routes.MapGroup("/podcasts").WithTags("podcasts").WithProblems();
        podcasts.MapPost("import", ImportAsync).RequireAuthorization(MusicHttp.WriteRole).WithMetadata(new RequestSizeLimitAttribute(FeedReader.MaxBytes)).Accepts<string>("application/rss+xml", "application/xml", "text/xml").WithName("ImportFeed")
            .WithSummary("Imports an existing feed; the same feed again updates it.");
        var group = podcasts.MapGroup("{show}/access");
        group.MapGet("", ListAsync).RequireAuthorization(MusicHttp.ReadRole).WithName("ListFeedAccess").WithSummary("Who has the private feed, on how many devices.");
        group.MapPost("", AddAsync).RequireAuthorization(MusicHttp.WriteRole).WithName("AddFeedAccess").WithSummary("A private feed for a subscriber. Its address is shown this once.");
        group.MapPost("{id}/rotate", RotateAsync).RequireAuthorization(MusicHttp.WriteRole).WithName("RotateFeedAccess").WithSummary("A new address; the old one and its episodes stop working at once.");
        group.MapDelete("{id}", RevokeAsync).RequireAuthorization(MusicHttp.WriteRole).WithName("RevokeFeedAccess").WithSummary("Ends an access at once.");
    }

    private static async Task<Ok<FeedOutcome>> ImportAsync(HttpContext http, FeedImporter importer, string? show, string? source, bool? locked, CancellationToken cancellationToken) =>
        TypedResults.Ok(await importer.ImportAsync(http.Request.Body, show, source, locked ?? false, MusicHttp.Actor(http), cancellationToken));

    private static async Task<Results<Ok<CataloguePage<FeedAccessView>>, ProblemHttpResult>> ListAsync(string show, HttpContext http, FeedAccessStore store, string? after, int? limit, CancellationToken cancellationToken)
    {
        if (limit is < 1 or > 1000 || after is { Length: > 64 }) return MusicHttp.Malformed(http, "limit is 1 to 1000, after is the 'next' of an earlier page.");
        var found = await store.ListAsync(show, after ?? "", limit ?? 100, cancellationToken);
        var views = new List<FeedAccessView>();
        foreach (var access in found)
            views.Add(new FeedAccessView(access.Id, access.Subscriber, Time(access.CreatedMs), Time(access.RotatedMs), TimeOrNull(access.ExpiresMs), TimeOrNull(access.RevokedMs), TimeOrNull(access.NoticedMs), await store.ReadDevicesAsync(access.Id, cancellationToken)));
        return TypedResults.Ok(new CataloguePage<FeedAccessView>(views, found.Count == (limit ?? 100) ? found[^1].Id : null));
    }

    private static async Task<Results<Created<FeedAccessGrant>, ProblemHttpResult>> AddAsync(
        string show, FeedAccessRequest request, HttpContext http, MusicCatalogue catalogue, FeedAccessStore store, AuditLog audit, IOptions<MusicOptions> options, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!ItemCheck.IsId(show) || await catalogue.FindAsync<Show>(show, cancellationToken) is null) return MusicHttp.NotFound(http, "show of that id");
        if (string.IsNullOrWhiteSpace(request.Subscriber) || request.Subscriber.Length > 200) return MusicHttp.Malformed(http, "subscriber is 1 to 200 characters.");
        if (request.Expires is { } expires && expires <= time.GetUtcNow()) return MusicHttp.Malformed(http, "expires is in the future.");
        await RecordAsync(audit, http, "podcast.access.added", show, null, request.Subscriber, cancellationToken);
        var (access, token) = await store.AddAsync(show, request.Subscriber, request.Expires?.ToUnixTimeMilliseconds(), cancellationToken);
        http.Response.Headers.CacheControl = "no-store";
        return TypedResults.Created($"/podcasts/{show}/access/{access.Id}", new FeedAccessGrant(access.Id, FeedUrl(http, options.Value, show, token)));
    }

    private static async Task<Results<Ok<FeedAccessGrant>, ProblemHttpResult>> RotateAsync(string show, string id, HttpContext http, FeedAccessStore store, AuditLog audit, IOptions<MusicOptions> options, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(show, id, cancellationToken) is not { RevokedMs: null } access) return MusicHttp.NotFound(http, "open access of that id");
        await RecordAsync(audit, http, "podcast.access.rotated", show, id, access.Subscriber, cancellationToken);
        if (await store.RotateAsync(show, id, cancellationToken) is not { } token) return MusicHttp.NotFound(http, "open access of that id");
        http.Response.Headers.CacheControl = "no-store";
        return TypedResults.Ok(new FeedAccessGrant(id, FeedUrl(http, options.Value, show, token)));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> RevokeAsync(string show, string id, HttpContext http, FeedAccessStore store, AuditLog audit, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(show, id, cancellationToken) is not { RevokedMs: null } access) return MusicHttp.NotFound(http, "open access of that id");
        await RecordAsync(audit, http, "podcast.access.revoked", show, id, access.Subscriber, cancellationToken);
        return await store.RevokeAsync(show, id, cancellationToken) ? TypedResults.NoContent() : MusicHttp.NotFound(http, "open access of that id");
    }

    private static string FeedUrl(HttpContext http, MusicOptions options, string show, string token) => $"{FeedApi.BaseAddress(http, options)}/podcasts/{show}/feed.xml?token={token}";

    private static Task<long> RecordAsync(AuditLog audit, HttpContext http, string action, string show, string? access, string subscriber, CancellationToken cancellationToken)
    {
        var details = new Dictionary<string, string> { ["action"] = action, ["show"] = show };
        if (access is not null) details["access"] = access;
        return audit.AppendAsync(new AuditEntry { Kind = AuditKind.RightsChanged, Actor = http.User.Identity?.Name, ActorRole = MusicHttp.WriteRole, Subject = subscriber, RequestId = http.TraceIdentifier, Details = details }, cancellationToken);
    }

    private static DateTimeOffset Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    private static DateTimeOffset? TimeOrNull(long? milliseconds) => milliseconds is { } known ? Time(known) : null;
}
