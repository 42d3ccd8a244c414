using DrmHub.Music.Catalogue;
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

/// <summary><c>GET /music/search?q=…&amp;kind=recording,release&amp;limit=20</c>: for operators and for players.</summary>
internal static class SearchApi
{
    private const int MaxQuery = 200;
    private const int MaxLimit = 100;
    private static readonly string[] s_kinds = ["release", "recording", "artist", "show", "episode"];

    public static void MapSearch(this IEndpointRouteBuilder routes) => routes.MapGet("/music/search", FindAsync).WithTags("music").WithName("SearchCatalogue")
        .WithSummary("Finds titles and names by any of their scripts, by transliteration and with typing errors.");

    private static async Task<Results<Ok<SearchAnswer>, ProblemHttpResult>> FindAsync(HttpContext http, SearchService search, MusicVisitors visitors, string? q, string? kind, int? limit, CancellationToken cancellationToken)
    {
        if (await visitors.CheckAsync(http, MusicHttp.ReadRole, cancellationToken) is { } refusal) return refusal;
        if (string.IsNullOrWhiteSpace(q) || q.Length > MaxQuery) return MusicHttp.Malformed(http, $"q is 1 to {MaxQuery} characters.");
        var kinds = kind?.Split(',') ?? [];
        if (kinds.FirstOrDefault(name => !s_kinds.Contains(name)) is not null) return MusicHttp.Malformed(http, $"kind is one or more of {string.Join(", ", s_kinds)}.");
        if (limit is < 1 or > MaxLimit) return MusicHttp.Malformed(http, $"limit is 1 to {MaxLimit}.");
        var (hits, complete) = await search.FindAsync(q, kinds, limit ?? 20, cancellationToken);
        return TypedResults.Ok(new SearchAnswer([.. hits.Select(hit => new SearchResult(hit.Entry.Kind, hit.Entry.Id, hit.Entry.Title, hit.Entry.Artist, Math.Round(hit.Score, 3), hit.Match))], complete));
    }
}
