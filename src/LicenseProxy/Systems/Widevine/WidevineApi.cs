using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace DrmHub.LicenseProxy.Systems.Widevine;

/// <summary>
/// <c>POST /license/widevine</c>: the challenge as the body, the licence raw as the answer, or in JSON where the player accepts only that. Players post twice for
/// one playback: first for the service certificate, which costs neither a right nor a stream nor a single-use token.
/// </summary>
internal static class WidevineApi
{
    public static void MapWidevine(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/license/widevine", HandleAsync)
            .WithMetadata(new RequestSizeLimitAttribute(LicenseHttp.MaxChallenge))
            .WithName("GetWidevineLicense")
            .ForPlayers();

    private static async Task<IResult> HandleAsync(HttpContext http, LicenseGate gate, ServiceDoor services, WidevineService service, CancellationToken cancellationToken)
    {
        var caller = LicenseHttp.CallerOf(http);
        var body = await LicenseHttp.TryReadChallengeAsync(http.Request, cancellationToken);
        if (body is { } certificateRequest && IsCertificateRequest(certificateRequest.Span)) return await CertificateAsync(http, services, service, caller, certificateRequest, cancellationToken);
        var exchange = body is { } challenge ? (ILicenseExchange)new WidevineExchange(challenge, WantsJson(http.Request), service) : new OversizedExchange(Cenc.DrmSystem.Widevine);
        return LicenseHttp.ToResult(http, await gate.AskAsync(exchange, caller, cancellationToken));
    }

    private static async Task<IResult> CertificateAsync(HttpContext http, ServiceDoor services, WidevineService service, LicenseCaller caller, ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
    {
        if (await services.AuthenticateAsync(Cenc.DrmSystem.Widevine, caller, cancellationToken) is { } refusal) return LicenseHttp.Problem(http, refusal);
        try
        {
            http.Response.Headers.CacheControl = "no-store";
            return TypedResults.Bytes(await service.CertificateAsync(request, cancellationToken), "application/octet-stream");
        }
        catch (UpstreamException exception)
        {
            return LicenseHttp.Problem(http, new Refusal(exception.Reason, exception.Message));
        }
    }

    /// <summary>Such a request is type 4 and nothing else (<c>08 04</c>); anything longer goes through the gate like every challenge.</summary>
    private static bool IsCertificateRequest(ReadOnlySpan<byte> body) => body.SequenceEqual((ReadOnlySpan<byte>)[0x08, 0x04]);

    private static bool WantsJson(HttpRequest request)
    {
        var accept = request.Headers.Accept.ToString();
        return accept.Contains("application/json", StringComparison.OrdinalIgnoreCase) && !accept.Contains("*/*", StringComparison.Ordinal) && !accept.Contains("application/octet-stream", StringComparison.OrdinalIgnoreCase);
    }
}
