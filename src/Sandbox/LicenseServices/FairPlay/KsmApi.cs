using DrmHub.Sandbox.Devices.FairPlay;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace DrmHub.Sandbox.LicenseServices.FairPlay;

/// <summary><c>POST /fairplay/ksm</c> and <c>GET /fairplay/certificate</c> (<c>?bits=1024</c> for SPC version 1).</summary>
internal static class KsmApi
{
    public static void MapKsm(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/fairplay/ksm", (HttpContext http, ServiceDoor door, KsmService service) => door.RunAsync(http, "fairplay", service.Answer));
        routes.MapGet("/fairplay/certificate", (int? bits) =>
        {
            using var certificate = bits == 1024 ? SandboxFairPlay.OpenCertificate1024() : SandboxFairPlay.OpenCertificate2048();
            return TypedResults.Bytes(certificate.RawData, "application/pkix-cert");
        });
    }
}
