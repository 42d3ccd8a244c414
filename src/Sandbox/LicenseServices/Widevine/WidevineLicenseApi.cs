using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace DrmHub.Sandbox.LicenseServices.Widevine;

/// <summary><c>POST /cenc/getlicense/{provider}</c>, as Widevine's cloud service speaks it.</summary>
internal static class WidevineLicenseApi
{
    public static void MapWidevineLicense(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/cenc/getlicense/{provider}", (HttpContext http, string provider, ServiceDoor door, WidevineLicenseService service) =>
            door.RunAsync(http, "widevine", (body, fault) => service.Answer(provider, body, fault)));
}
