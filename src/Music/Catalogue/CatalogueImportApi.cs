using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace DrmHub.Music.Catalogue;

/// <summary><c>POST /music/import</c>: NDJSON, all of it or nothing.</summary>
internal static class CatalogueImportApi
{
    private const int MaxBody = 64 << 20;

    public static void MapCatalogueImport(this IEndpointRouteBuilder music) => music.MapPost("/import", ImportAsync)
        .RequireAuthorization(MusicHttp.WriteRole).WithMetadata(new RequestSizeLimitAttribute(MaxBody)).Accepts<string>("application/x-ndjson").WithName("ImportCatalogue")
        .WithSummary("Lines of JSON, each an object with one member that names the kind. Stored together, or not at all; errors name their lines.");

    private static async Task<Results<Ok<ImportAnswer>, ProblemHttpResult>> ImportAsync(HttpContext http, MusicCatalogue catalogue, CancellationToken cancellationToken)
    {
        try
        {
            var stored = await CatalogueImport.ImportAsync(http.Request.Body, catalogue, MusicHttp.Actor(http), cancellationToken);
            return TypedResults.Ok(new ImportAnswer(stored.Values.Sum(), stored));
        }
        catch (Exception exception) when (MusicHttp.FromException(http, exception) is { } problem)
        {
            return problem;
        }
    }

    /// <param name="Stored">Items that were inserted or replaced.</param>
    /// <param name="Kinds">How many of each kind.</param>
    internal sealed record ImportAnswer(int Stored, IReadOnlyDictionary<string, int> Kinds);
}
