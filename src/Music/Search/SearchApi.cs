using DrmHub.Music.Catalogue;
using DrmHub.Vault.Rights;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace DrmHub.Music.Search;

/// <summary>One item that was found.</summary>
public sealed record SearchResult(string Kind, string Id, string Title, string? Artist, double Score, string Match);

/// <summary>What was found.</summary>
/// <param name="Items">The best first.</param>
/// <param name="Complete">False where this node is still reading the catalogue, or it is too large for the index.</param>
public sealed record SearchAnswer(IReadOnlyList<SearchResult> Items, bool Complete);

/// <summary>
/// <c>GET /music/search?q=…&amp;kind=recording,release&amp;limit=20</c>: for operators, who see everything, and for players, who see what has come out
/// and may be played in their country: a title before its day is a secret.
/// </summary>
internal static class SearchApi
{
    private const int MaxQuery = 200;
    private const int MaxLimit = 100;
    private static readonly string[] s_kinds = ["release", "recording", "artist", "show", "episode"];

    public static void MapSearch(this IEndpointRouteBuilder routes) => routes.MapGet("/music/search", FindAsync).WithTags("music").WithName("SearchCatalogue")
        .WithSummary("Finds titles and names by any of their scripts, by transliteration and with typing errors.");

    private static async Task<Results<Ok<SearchAnswer>, ProblemHttpResult>> FindAsync(HttpContext http, SearchService search, MusicVisitors visitors, MusicCatalogue catalogue, RightsStore rights, TimeProvider time, string? q, string? kind, int? limit, CancellationToken cancellationToken)
    {
        var (player, refusal) = await visitors.AdmitAsync(http, MusicHttp.ReadRole, cancellationToken);
        if (refusal is not null) return refusal;
        if (string.IsNullOrWhiteSpace(q) || q.Length > MaxQuery) return MusicHttp.Malformed(http, $"q is 1 to {MaxQuery} characters.");
        var kinds = kind?.Split(',') ?? [];
        if (kinds.FirstOrDefault(name => !s_kinds.Contains(name)) is not null) return MusicHttp.Malformed(http, $"kind is one or more of {string.Join(", ", s_kinds)}.");
        if (limit is < 1 or > MaxLimit) return MusicHttp.Malformed(http, $"limit is 1 to {MaxLimit}.");
        var count = limit ?? 20;
        var shown = player is null ? null : Shown(player, await rights.GetSnapshotAsync(cancellationToken), time.GetUtcNow());
        var (hits, complete) = await search.FindAsync(q, entry => (kinds.Length == 0 || kinds.Contains(entry.Kind)) && shown?.Invoke(entry) != false, player is null ? count : count * 3, cancellationToken);
        if (player is not null) hits = await WithoutUnreleasedAsync(hits, shown!, catalogue, cancellationToken);
        return TypedResults.Ok(new SearchAnswer([.. hits.Take(count).Select(hit => new SearchResult(hit.Entry.Kind, hit.Entry.Id, hit.Entry.Title, hit.Entry.Artist, Math.Round(hit.Score, 3), hit.Match))], complete));
    }

    /// <summary>What a player may hear of: no plan is asked for here, a title that another plan opens is an offer.</summary>
    private static Func<SearchEntry, bool> Shown(MusicPlayer player, RightsSnapshot rights, DateTimeOffset now)
    {
        var nowMs = now.ToUnixTimeMilliseconds();
        return entry =>
        {
            if (entry.From > now) return false;
            if (entry.Content is not { } content) return true;
            return rights.FindTakedown(content, player.Country, nowMs) is null && rights.DealsFor(content).Any(deal => !(nowMs < deal.OpensMs) && !(nowMs >= deal.ClosesMs) && InTerritory(deal, player.Country));
        };
    }

    /// <summary>A release is out where one of its recordings may be heard, whatever its date says.</summary>
    private static async Task<IReadOnlyList<SearchHit>> WithoutUnreleasedAsync(IReadOnlyList<SearchHit> hits, Func<SearchEntry, bool> shown, MusicCatalogue catalogue, CancellationToken cancellationToken)
    {
        var releases = hits.Where(hit => hit.Entry.Kind == "release").Select(hit => hit.Entry.Id).ToList();
        if (releases.Count == 0) return hits;
        var tracks = await catalogue.ChildrenOfAllAsync<Track>(releases, cancellationToken);
        var recordings = await catalogue.FindAllAsync<Recording>(tracks.SelectMany(group => group).Select(track => track.RecordingId), cancellationToken);
        return [.. hits.Where(hit => hit.Entry.Kind != "release" || tracks[hit.Entry.Id].Any(track => recordings.TryGetValue(track.RecordingId, out var recording) && shown(new SearchEntry("recording", recording.Id, "", null) { Content = recording.Content })))];
    }

    private static bool InTerritory(Deal deal, string? country) =>
        country is null || ((deal.Territories.Count == 0 || deal.Territories.Contains(country)) && !deal.TerritoriesExcluded.Contains(country));
}
