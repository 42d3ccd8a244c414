using DrmHub.Cenc;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace DrmHub.LicenseProxy.Systems.ClearKey;

/// <summary><c>POST /license/clearkey</c>: licences of W3C Clear Key, answered by the hub itself.</summary>
internal static class ClearKeyApi
{
    public static void MapClearKey(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/license/clearkey", HandleAsync)
            .WithMetadata(new RequestSizeLimitAttribute(LicenseHttp.MaxChallenge))
            .AllowAnonymous() // The gate authenticates the player, so that its refusal is audited.
            .RequireCors(LicenseHttp.CorsPolicy)
            .WithName("GetClearKeyLicense")
            .WithTags("players");

    private static async Task<IResult> HandleAsync(HttpContext http, LicenseGate gate, CancellationToken cancellationToken)
    {
        var type = "temporary";
        using var outcome = await gate.AskAsync(
            DrmSystem.ClearKey,
            LicenseHttp.BearerToken(http.Request),
            async () => ClearKeyMessages.Parse(await LicenseHttp.ReadChallengeAsync(http.Request, cancellationToken), out type),
            http.TraceIdentifier,
            cancellationToken);
        LicenseHttp.Explain(http.Response, outcome);
        return outcome.Refusal is { } refusal
            ? LicenseHttp.Problem(http, refusal)
            : TypedResults.Bytes(ClearKeyMessages.WriteLicense(outcome.Keys, type), "application/json");
    }
}
