using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace DrmHub.LicenseProxy.Systems.ClearKey;

/// <summary>
/// <c>POST /license/clearkey</c>: licences of W3C Clear Key, answered by the hub itself. <c>POST /license/clearkey/release</c> takes a player's
/// <c>license-release</c> message: it has the form of a request (key ids alone), so the route tells the two apart.
/// </summary>
internal static class ClearKeyApi
{
    public static void MapClearKey(this IEndpointRouteBuilder routes)
    {
        Map(routes, "/license/clearkey", AskAsync).WithName("GetClearKeyLicense");
        Map(routes, "/license/clearkey/release", ReleaseAsync).WithName("ReleaseClearKeyLicense");
    }

    private static RouteHandlerBuilder Map(IEndpointRouteBuilder routes, string path, Delegate handler) => routes.MapPost(path, handler)
        .WithMetadata(new RequestSizeLimitAttribute(LicenseHttp.MaxChallenge))
        .ForPlayers();

    private static async Task<IResult> AskAsync(HttpContext http, LicenseGate gate, CancellationToken cancellationToken) =>
        LicenseHttp.ToResult(http, await gate.AskAsync(new ClearKeyExchange(http.Request, isRelease: false), LicenseHttp.CallerOf(http), cancellationToken));

    private static async Task<IResult> ReleaseAsync(HttpContext http, LicenseGate gate, CancellationToken cancellationToken) =>
        LicenseHttp.ToResult(http, await gate.AskAsync(new ClearKeyExchange(http.Request, isRelease: true), LicenseHttp.CallerOf(http), cancellationToken));
}
