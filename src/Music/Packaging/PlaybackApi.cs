using DrmHub.Music.Catalogue;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace DrmHub.Music.Packaging;

/// <summary>
/// <c>GET /music/{id}/manifest.m3u8|mpd</c> and what they name, for a track, a recording or an episode. All of it is public, as on a CDN: what is worth
/// protecting is encrypted. Names of files come from the catalogue, never from the request.
/// </summary>
internal static class PlaybackApi
{
    private static readonly string[] s_methods = ["GET", "HEAD"];

    public static void MapPlayback(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/music/{id}").AllowAnonymous().WithTags("players");
        group.MapMethods("manifest.m3u8", s_methods, HlsAsync).WithName("GetHlsManifest").WithSummary("HLS: a variant and a session key for each quality. ?max=low|high|lossless leaves out what is above, ?quality= all others.");
        group.MapMethods("manifest.mpd", s_methods, DashAsync).WithName("GetDashManifest").WithSummary("DASH, on-demand profile. ?max= and ?quality= as for HLS.");
        group.MapMethods("media/{name}", s_methods, MediaAsync).WithName("GetMusicMedia").WithSummary("A media playlist, or a media file in ranges.");
    }

    private static async Task<IResult> HlsAsync(string id, string? max, string? quality, HttpContext http, PlayableMusic music, CancellationToken cancellationToken)
    {
        var (renditions, refusal) = await ChooseAsync(id, max, quality, http, music, cancellationToken);
        return refusal ?? Text(http, HlsManifests.Multivariant(renditions), "application/vnd.apple.mpegurl");
    }

    private static async Task<IResult> DashAsync(string id, string? max, string? quality, HttpContext http, PlayableMusic music, IOptions<MusicOptions> options, CancellationToken cancellationToken)
    {
        var (renditions, refusal) = await ChooseAsync(id, max, quality, http, music, cancellationToken);
        if (refusal is not null) return refusal;
        var address = options.Value.PublicUrl is { } url ? url.TrimEnd('/') : $"{http.Request.Scheme}://{http.Request.Host.ToUriComponent()}{http.Request.PathBase}";
        return Text(http, DashManifest.Write(renditions, address + "/license/clearkey"), "application/dash+xml");
    }

    private static async Task<IResult> MediaAsync(string id, string name, HttpContext http, PlayableMusic music, CancellationToken cancellationToken)
    {
        if (await music.FindAsync(id, cancellationToken) is not { } playable) return Unknown(http);
        if (name.EndsWith(".m3u8", StringComparison.Ordinal))
        {
            var listed = playable.Renditions.FirstOrDefault(each => each.Id == name[..^5]);
            return listed is not null && music.Open(listed) is { } opened ? Text(http, HlsManifests.Media(opened), "application/vnd.apple.mpegurl") : Unknown(http);
        }

        var rendition = playable.Renditions.FirstOrDefault(each => each.File is { } file && file.EndsWith("/" + name, StringComparison.Ordinal) && !name.Contains('/', StringComparison.Ordinal));
        if (rendition is null || music.PathOf(rendition) is not { } path) return Unknown(http);
        Share(http);

        // The name changes with the bytes.
        http.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
        var tag = rendition.Sha256 is { } hash ? new EntityTagHeaderValue($"\"{hash[..32]}\"") : null;
        return TypedResults.PhysicalFile(path, "audio/mp4", entityTag: tag, enableRangeProcessing: true);
    }

    private static async Task<(IReadOnlyList<PackagedRendition> Renditions, IResult? Refusal)> ChooseAsync(string id, string? max, string? quality, HttpContext http, PlayableMusic music, CancellationToken cancellationToken)
    {
        RenditionQuality? most = RenditionQuality.Lossless;
        if (max is not null && (most = QualityNames.Parse(max)) is null) return ([], MusicHttp.Malformed(http, "max is low, high or lossless."));
        RenditionQuality? only = null;
        if (quality is not null && (only = QualityNames.Parse(quality)) is null) return ([], MusicHttp.Malformed(http, "quality is preview, low, high or lossless."));
        if (await music.FindAsync(id, cancellationToken) is not { } playable) return ([], Unknown(http));
        var wanted = playable.Renditions.Where(each => only is { } one ? each.Quality == one : each.Quality > RenditionQuality.Preview && each.Quality <= most);
        IReadOnlyList<PackagedRendition> renditions = [.. wanted.Select(music.Open).OfType<PackagedRendition>()];
        return renditions.Count > 0 ? (renditions, null) : ([], Unknown(http));
    }

    private static ContentHttpResult Text(HttpContext http, string text, string type)
    {
        Share(http);
        http.Response.Headers.CacheControl = "public, max-age=10";
        return TypedResults.Text(text, type);
    }

    /// <summary>For players on any site: no cookie and no token plays a part here.</summary>
    private static void Share(HttpContext http)
    {
        http.Response.Headers.AccessControlAllowOrigin = "*";
        http.Response.Headers.AccessControlExposeHeaders = "Content-Length, Content-Range, Accept-Ranges, ETag";
        http.Response.Headers.XContentTypeOptions = "nosniff";
    }

    private static ProblemHttpResult Unknown(HttpContext http)
    {
        Share(http);
        return MusicHttp.NotFound(http, "playable item of that id here");
    }
}
