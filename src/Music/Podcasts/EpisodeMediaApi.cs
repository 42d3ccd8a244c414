using System.Globalization;
using DrmHub.Music.Catalogue;
using DrmHub.Vault.Catalogue;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace DrmHub.Music.Podcasts;

/// <summary>
/// Media of episodes, in ranges. A public episode has one address. In a private feed the address names the access and is signed; it leads
/// (302) to one that is signed too and ends in minutes.
/// </summary>
internal static class EpisodeMediaApi
{
    private static readonly string[] s_methods = ["GET", "HEAD"];

    public static void MapEpisodeMedia(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/podcasts/{show}/episodes/{episode}").AllowAnonymous().WithTags("podcasts");
        group.MapMethods("{file}", s_methods, PublicAsync).WithName("GetEpisodeMedia").WithSummary("A public episode, in ranges.");
        group.MapMethods("{access}/{mac}/{file}", s_methods, StableAsync).WithName("GetPrivateEnclosure").WithSummary("The address in a private feed: leads to one that ends soon.");
        group.MapMethods("{access}/{ends:long}/{mac}/{file}", s_methods, ShortAsync).WithName("GetPrivateEpisodeMedia").WithSummary("A private episode, in ranges, until its address ends.");
    }

    private static async Task<IResult> PublicAsync(string show, string episode, HttpContext http, MusicCatalogue catalogue, IOptions<MusicOptions> options, TimeProvider time, CancellationToken cancellationToken)
    {
        var found = await FindAsync(catalogue, show, episode, cancellationToken);
        if (found is not { Premium: false, Media: { } media } || !(found.Published <= time.GetUtcNow()) || await catalogue.FindAsync<Show>(show, cancellationToken) is not { Private: false }) return MusicHttp.NotFound(http, "public episode of that id");
        return media.Url is { } url ? TypedResults.Redirect(url) : Serve(http, media, options.Value);
    }

    private static async Task<IResult> StableAsync(
        string show, string episode, string access, string mac, HttpContext http, MusicCatalogue catalogue, FeedAccessStore store, FeedGate gate, PodcastLinks links, IOptions<MusicOptions> options, TimeProvider time, CancellationToken cancellationToken)
    {
        var (found, refusal) = await OpenAsync(show, episode, access, http, catalogue, store, gate, time, (open, id) => links.IsStableAsync(open, id, mac, cancellationToken), cancellationToken);
        if (refusal is not null) return refusal;
        if (HttpMethods.IsGet(http.Request.Method) && await gate.CountAsync(http, found!.Value.Access, cancellationToken) is { } shared) return shared;
        NoTraces(http);
        var media = found!.Value.Episode.Media!;
        if (media.Url is { } url) return TypedResults.Redirect(url);
        var (ends, signature) = await links.ShortAsync(found.Value.Access, episode, options.Value.Podcasts.LinkLifetime, cancellationToken);
        return TypedResults.Redirect(string.Create(CultureInfo.InvariantCulture, $"{FeedApi.BaseAddress(http, options.Value)}/podcasts/{show}/episodes/{episode}/{access}/{ends}/{signature}/audio{FeedApi.ExtensionOf(media.Type)}"));
    }

    private static async Task<IResult> ShortAsync(
        string show, string episode, string access, long ends, string mac, HttpContext http, MusicCatalogue catalogue, FeedAccessStore store, FeedGate gate, PodcastLinks links, IOptions<MusicOptions> options, TimeProvider time, CancellationToken cancellationToken)
    {
        var (found, refusal) = await OpenAsync(show, episode, access, http, catalogue, store, gate, time, (open, id) => links.IsShortAsync(open, id, ends, mac, cancellationToken), cancellationToken);
        if (refusal is not null) return refusal;
        NoTraces(http);
        return Serve(http, found!.Value.Episode.Media!, options.Value);
    }

    /// <summary>A wrong signature, an access that does not exist and an episode that does not exist look the same.</summary>
    private static async Task<((Episode Episode, FeedAccess Access)? Found, ProblemHttpResult? Refusal)> OpenAsync(
        string show, string episode, string access, HttpContext http, MusicCatalogue catalogue, FeedAccessStore store, FeedGate gate, TimeProvider time, Func<FeedAccess, string, ValueTask<bool>> isSigned, CancellationToken cancellationToken)
    {
        if (!ItemCheck.IsId(access) || await store.FindAsync(show, access, cancellationToken) is not { } open || !await isSigned(open, episode)) return (null, MusicHttp.NotFound(http, "episode at that address; take the feed again"));
        var (admitted, refusal) = await gate.AdmitAsync(http, open, cancellationToken);
        if (admitted is null) return (null, refusal);
        var found = await FindAsync(catalogue, show, episode, cancellationToken);
        return found is { Media: not null } && found.Published <= time.GetUtcNow() ? ((found, admitted), null) : (null, MusicHttp.NotFound(http, "episode at that address; take the feed again"));
    }

    private static async Task<Episode?> FindAsync(MusicCatalogue catalogue, string show, string episode, CancellationToken cancellationToken) =>
        ItemCheck.IsId(show) && ItemCheck.IsId(episode) && await catalogue.FindAsync<Episode>(episode, cancellationToken) is { } found && found.ShowId == show ? found : null;

    private static IResult Serve(HttpContext http, EpisodeMedia media, MusicOptions options)
    {
        if (options.MediaFolder is null || media.File is null || !MusicPath.IsPlain(media.File)) return MusicHttp.NotFound(http, "media of that episode");
        var file = new FileInfo(Path.Combine(options.MediaFolder, media.File));
        if (!file.Exists || file.LinkTarget is not null) return MusicHttp.NotFound(http, "media of that episode");
        var tag = new EntityTagHeaderValue(string.Create(CultureInfo.InvariantCulture, $"\"{file.Length:x}-{file.LastWriteTimeUtc.Ticks:x}\""));
        return TypedResults.PhysicalFile(file.FullName, media.Type, fileDownloadName: null, lastModified: file.LastWriteTimeUtc, entityTag: tag, enableRangeProcessing: true);
    }

    private static void NoTraces(HttpContext http)
    {
        http.Response.Headers.CacheControl = "private, no-store";
        http.Response.Headers["Referrer-Policy"] = "no-referrer";
        http.Response.Headers["X-Robots-Tag"] = "noindex";
    }
}
