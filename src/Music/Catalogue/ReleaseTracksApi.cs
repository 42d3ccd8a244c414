using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace DrmHub.Music.Catalogue;

/// <summary>A track with what is heard there and in which qualities.</summary>
public sealed record TrackView(Track Track, Recording Recording, IReadOnlyList<Rendition> Renditions);

/// <summary><c>GET /music/releases/{id}/tracks</c>: a release opened up, in the order of its discs.</summary>
internal static class ReleaseTracksApi
{
    public static void MapReleaseTracks(this IEndpointRouteBuilder music) => music.MapGet("/releases/{id}/tracks", GetAsync)
        .RequireAuthorization(MusicHttp.ReadRole).WithName("GetReleaseTracks").WithSummary("The tracks of a release, with recordings and renditions.");

    public static async Task<IReadOnlyList<TrackView>> ReadAsync(MusicCatalogue catalogue, string releaseId, CancellationToken cancellationToken)
    {
        var tracks = await catalogue.ChildrenAsync<Track>(releaseId, cancellationToken);
        var recordings = await catalogue.FindAllAsync<Recording>(tracks.Select(track => track.RecordingId), cancellationToken);
        var renditions = await catalogue.ChildrenOfAllAsync<Rendition>(recordings.Keys, cancellationToken);
        return [.. tracks.Where(track => recordings.ContainsKey(track.RecordingId)).Select(track => new TrackView(track, recordings[track.RecordingId], [.. renditions[track.RecordingId]]))];
    }

    private static async Task<Results<Ok<IReadOnlyList<TrackView>>, ProblemHttpResult>> GetAsync(string id, HttpContext http, MusicCatalogue catalogue, CancellationToken cancellationToken)
    {
        if (!ItemCheck.IsId(id) || await catalogue.FindAsync<Release>(id, cancellationToken) is null) return MusicHttp.NotFound(http, "release of that id");
        return TypedResults.Ok(await ReadAsync(catalogue, id, cancellationToken));
    }
}
