using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace DrmHub.Music.Ddex;

/// <summary><c>POST /music/ern[?dryRun=true]</c>: a DDEX message; <c>GET /music/ern/{sender}/{messageId}</c>: one that was imported, as it came.</summary>
internal static class ErnApi
{
    public static void MapErn(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/music/ern").WithTags("music");
        group.MapPost("", ImportAsync).RequireAuthorization(MusicHttp.WriteRole).WithMetadata(new RequestSizeLimitAttribute(ErnImporter.MaxBytes)).Accepts<string>("application/xml", "text/xml").WithName("ImportErn")
            .WithSummary("Imports a DDEX NewReleaseMessage or PurgeReleaseMessage (ERN 3.8, 4.1 to 4.3.2), whole or not at all.");
        group.MapGet("{sender}/{messageId}", GetAsync).RequireAuthorization(MusicHttp.ReadRole).WithName("GetErn").WithSummary("A message that was imported, byte for byte.");
    }

    public static ProblemHttpResult Refuse(HttpContext http, ErnException exception) => MusicHttp.Problem(
        http,
        StatusCodes.Status422UnprocessableEntity,
        exception.Problems[0].Code,
        exception.Problems.Count == 1 ? exception.Problems[0].ToString() : $"{exception.Problems.Count} things are wrong; nothing was imported.",
        [.. exception.Problems.Select(problem => problem.ToString())]);

    private static async Task<Results<Ok<ErnOutcome>, ProblemHttpResult>> ImportAsync(HttpContext http, ErnImporter importer, bool? dryRun, CancellationToken cancellationToken)
    {
        try
        {
            return TypedResults.Ok(await importer.ImportAsync(http.Request.Body, MusicHttp.Actor(http), dryRun ?? false, cancellationToken));
        }
        catch (ErnException exception)
        {
            return Refuse(http, exception);
        }
        catch (Exception exception) when (MusicHttp.FromException(http, exception) is { } problem)
        {
            return problem;
        }
    }

    private static async Task<Results<FileContentHttpResult, ProblemHttpResult>> GetAsync(string sender, string messageId, HttpContext http, Vault.Catalogue.ErnLedger ledger, CancellationToken cancellationToken)
    {
        if (sender.Length > 200 || messageId.Length > 200 || await ledger.ReadMessageAsync(sender, messageId, cancellationToken) is not { } bytes) return MusicHttp.NotFound(http, "message of that sender and id");
        return TypedResults.File(bytes, "application/xml");
    }
}
