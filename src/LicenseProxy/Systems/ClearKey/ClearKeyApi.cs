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

    private static async Task<IResult> HandleAsync(HttpContext http, LicenseGate gate, CancellationToken cancellationToken) =>
        LicenseHttp.ToResult(http, await gate.AskAsync(new ClearKeyExchange(http.Request), LicenseHttp.CallerOf(http), cancellationToken));
}
