using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace DrmHub.LicenseProxy.Systems.Aes128;

/// <summary>
/// <c>GET /key/{kid}</c>: the raw 16 bytes of a key for HLS <c>METHOD=AES-128</c> and <c>KEYFORMAT="identity"</c> (RFC 8216, 4.3.2.4).
/// Like Clear Key it hands the key to the page: level None, and only where a deal allows that.
/// </summary>
internal static class Aes128Api
{
    public static void MapAes128(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/key/{kid}", HandleAsync)
            .WithName("GetHlsKey")
            .ForPlayers();

    private static async Task<IResult> HandleAsync(string kid, HttpContext http, LicenseGate gate, CancellationToken cancellationToken) =>
        LicenseHttp.ToResult(http, await gate.AskAsync(new Aes128Exchange(kid), LicenseHttp.CallerOf(http), cancellationToken));
}
