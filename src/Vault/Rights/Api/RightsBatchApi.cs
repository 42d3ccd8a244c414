using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace DrmHub.Vault.Rights;

/// <summary>Batches: many documents of one kind, or everything there is, one a line.</summary>
internal static class RightsBatchApi
{
    public static void Map(RouteGroupBuilder group)
    {
        group.MapPost("/import", (HttpContext http, RightsStore store, CancellationToken cancellationToken) => RightsHttp.GuardAsync(() => ImportAsync(http, store, cancellationToken)))
            .RequireAuthorization(RightsHttp.WritePolicy).WithName("ImportRights").WithSummary("Writes documents of all kinds as /rights/export gives them, all or none of them")
            .WithMetadata(new RequestSizeLimitAttribute(RightsHttp.MaxBatch)).Accepts<object>(RightsHttp.Lines).Produces<RightsOutcome>().WithProblems(400, 413, 415, 503);
        group.MapGet("/export", ExportAsync).RequireAuthorization(RightsHttp.ReadPolicy).WithName("ExportRights").WithSummary("All documents, one a line: {\"kind\":\"deal\",\"document\":{…}}")
            .Produces<string>(StatusCodes.Status200OK, RightsHttp.Lines).WithProblems(503);
    }

    public static async Task<IResult> WriteAsync<T>(RightsKind<T> kind, HttpContext http, RightsStore store, CancellationToken cancellationToken)
        where T : class
    {
        if (!IsLines(http.Request)) return NotLines();
        var changes = await RightsFile.ReadAsync(http.Request.Body, kind, cancellationToken).ConfigureAwait(false);
        return Outcome(await store.ChangeAsync(changes, RightsHttp.ActorOf(http), cancellationToken).ConfigureAwait(false));
    }

    private static async Task<IResult> ImportAsync(HttpContext http, RightsStore store, CancellationToken cancellationToken)
    {
        if (!IsLines(http.Request)) return NotLines();
        var changes = await RightsFile.ReadAsync(http.Request.Body, null, cancellationToken).ConfigureAwait(false);
        return Outcome(await store.ChangeAsync(changes, RightsHttp.ActorOf(http), cancellationToken).ConfigureAwait(false));
    }

    private static async Task ExportAsync(HttpContext http, RightsStore store, CancellationToken cancellationToken)
    {
        await store.GetSnapshotAsync(cancellationToken).ConfigureAwait(false);
        http.Response.ContentType = RightsHttp.Lines;
        http.Response.Headers.CacheControl = "no-store";
        await RightsFile.WriteAsync(store, http.Response.Body, cancellationToken).ConfigureAwait(false);
    }

    private static bool IsLines(HttpRequest request) =>
        request.ContentType?.Split(';')[0].Trim() is { } type && (type.Equals(RightsHttp.Lines, StringComparison.OrdinalIgnoreCase) || type.Equals("application/jsonl", StringComparison.OrdinalIgnoreCase));

    private static ProblemHttpResult NotLines() => RightsHttp.Problem(StatusCodes.Status415UnsupportedMediaType, "request.media_type", "A batch is application/x-ndjson: one document a line.");

    private static ContentHttpResult Outcome(RightsOutcome outcome) => TypedResults.Text(JsonSerializer.Serialize(outcome, RightsJson.Options), RightsHttp.Json);
}
