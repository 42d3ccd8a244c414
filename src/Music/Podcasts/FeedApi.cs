using System.Security.Cryptography;
using DrmHub.Music.Catalogue;
using DrmHub.Vault.Catalogue;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace DrmHub.Music.Podcasts;

/// <summary><c>GET /podcasts/{show}/feed.xml[?token=…]</c>: without a token the public episodes, with one those that its subscriber has.</summary>
internal static class FeedApi
{
    private static readonly string[] s_methods = ["GET", "HEAD"];

    public static void MapFeeds(this IEndpointRouteBuilder routes) => routes.MapMethods("/podcasts/{show}/feed.xml", s_methods, GetAsync).AllowAnonymous().WithTags("podcasts").WithName("GetFeed")
        .WithSummary("The feed of a show: RSS 2.0 with the itunes and podcast namespaces.").Produces<string>(StatusCodes.Status200OK, "application/rss+xml").Produces(StatusCodes.Status304NotModified);

    private static async Task<IResult> GetAsync(string show, HttpContext http, MusicCatalogue catalogue, FeedGate gate, PodcastLinks links, IOptions<MusicOptions> options, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!ItemCheck.IsId(show) || await catalogue.FindAsync<Show>(show, cancellationToken) is not { } found) return MusicHttp.NotFound(http, "show of that id");
        FeedAccess? access = null;
        if (found.Private || FeedGate.TokenOf(http.Request) is not null)
        {
            (access, var refusal) = await gate.OpenAsync(http, show, cancellationToken);
            if (refusal is not null) return refusal;
        }

        var address = $"{BaseAddress(http, options.Value)}/podcasts/{show}";
        var now = time.GetUtcNow();
        var episodes = (await catalogue.ChildrenAsync<Episode>(show, cancellationToken))
            .Where(episode => episode.Published is { } published && published <= now && (access is not null || !episode.Premium)).Take(options.Value.Podcasts.MaxEpisodes).ToList();
        var renditions = await catalogue.ChildrenOfAllAsync<Rendition>(episodes.Select(episode => episode.Id), cancellationToken);
        var items = new List<FeedItem>();
        foreach (var episode in episodes)
        {
            var manifest = renditions[episode.Id].Any(rendition => rendition.ContentId is not null) ? $"{BaseAddress(http, options.Value)}/music/{episode.Content}/manifest.m3u8" : null;
            items.Add(new FeedItem(episode, await EnclosureAsync(episode, access, address, links, cancellationToken), manifest));
        }

        var body = FeedWriter.Write(found, items, $"{address}/feed.xml", isPrivate: access is not null);
        return Answer(http, body, access is not null);
    }

    private static async ValueTask<string?> EnclosureAsync(Episode episode, FeedAccess? access, string address, PodcastLinks links, CancellationToken cancellationToken)
    {
        if (episode.Media is not { } media) return null;
        var name = "audio" + ExtensionOf(media.Type);
        return access is not null
            ? $"{address}/episodes/{episode.Id}/{access.Id}/{await links.StableAsync(access, episode.Id, cancellationToken)}/{name}"
            : media.Url ?? $"{address}/episodes/{episode.Id}/{name}";
    }

    /// <summary>The address that the operator gave, or the one that was asked.</summary>
    public static string BaseAddress(HttpContext http, MusicOptions options) => options.PublicUrl?.TrimEnd('/') ?? $"{http.Request.Scheme}://{http.Request.Host}";

    /// <summary>Podcast directories go by the ending of the address.</summary>
    public static string ExtensionOf(string type) => type switch
    {
        "audio/mpeg" => ".mp3",
        "audio/x-m4a" or "audio/mp4" or "audio/aac" => ".m4a",
        "audio/ogg" or "audio/opus" => ".opus",
        "audio/flac" => ".flac",
        "audio/wav" or "audio/x-wav" => ".wav",
        "video/mp4" => ".mp4",
        _ => ".bin",
    };

    private static IResult Answer(HttpContext http, byte[] body, bool isPrivate)
    {
        var headers = http.Response.Headers;
        headers.CacheControl = isPrivate ? "private, max-age=300" : "public, max-age=300";
        headers.ETag = $"\"{Convert.ToHexStringLower(SHA256.HashData(body))[..32]}\"";
        headers["Referrer-Policy"] = "no-referrer";
        if (isPrivate) headers["X-Robots-Tag"] = "noindex";
        if (http.Request.Headers.IfNoneMatch.ToString().Split(',').Any(tag => tag.Trim() == headers.ETag || tag.Trim() == "*" || tag.Trim() == "W/" + headers.ETag)) return TypedResults.StatusCode(StatusCodes.Status304NotModified);
        return TypedResults.Bytes(body, "application/rss+xml; charset=utf-8");
    }
}
