using DrmHub.LicenseProxy.Systems.FairPlay.Http;
using DrmHub.LicenseProxy.Systems.FairPlay.Wire;
using DrmHub.Vault.Rights;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace DrmHub.LicenseProxy.Systems.FairPlay;

/// <summary><c>GET /license/fairplay/certificate</c> and <c>POST /license/fairplay</c>.</summary>
internal static class FairPlayApi
{
    public static void MapFairPlay(this IEndpointRouteBuilder routes)
    {
        // Read now, so that a wrong file or setting stops the start and not the first player. The service itself waits: what it asks may be
        // this hub's own sandbox, whose address is known only once the server listens.
        _ = routes.ServiceProvider.GetRequiredService<IOptions<LicenseProxyOptions>>().Value;
        routes.MapGet("/license/fairplay/certificate", GetCertificate)
            .WithName("GetFairPlayCertificate") // It is public: devices encrypt to it.
            .ForPlayers();
        routes.MapPost("/license/fairplay", HandleAsync)
            .WithMetadata(new RequestSizeLimitAttribute(LicenseHttp.MaxChallenge))
            .WithName("GetFairPlayLicense")
            .ForPlayers();
    }

    private static IResult GetCertificate(HttpContext http, FairPlayService service)
    {
        if (service.Options.Published is not { } certificate) return LicenseHttp.Problem(http, new Refusal(ReasonCodes.ChallengeUnsupported, "FairPlay is not configured at this hub."));
        http.Response.Headers.CacheControl = "public, max-age=3600";
        return TypedResults.Bytes(certificate, "application/octet-stream", entityTag: service.CertificateTag);
    }

    private static async Task<IResult> HandleAsync(HttpContext http, LicenseGate gate, FairPlayService service, CancellationToken cancellationToken)
    {
        using var exchange = new FairPlayExchange(http.Request, service.Module, service.Options);
        var outcome = await gate.AskAsync(exchange, LicenseHttp.CallerOf(http), cancellationToken);
        if (outcome.Refusal is not { } refusal) return LicenseHttp.ToResult(http, outcome);
        LicenseHttp.Explain(http.Response, outcome);
        var status = exchange.Status != FairPlayStatus.Ok ? exchange.Status : FairPlayExchange.StatusOf(refusal.Reason);
        if (exchange.Request is { Form: FairPlayForm.StreamingKeys or FairPlayForm.CreateCkc } request) return List(exchange, request, refusal, status);
        var problem = LicenseHttp.Problem(http, refusal);
        problem.ProblemDetails.Extensions["fairPlayStatus"] = (int)status;
        return problem;
    }

    /// <summary>Players that send a list read a status for each key out of the answer, whatever the HTTP status is.</summary>
    private static Utf8ContentHttpResult List(FairPlayExchange exchange, FairPlayRequest request, Refusal refusal, FairPlayStatus status)
    {
        var results = request.Items.Select((_, i) => new FairPlayResult(default, exchange.Results.Count > i && exchange.Results[i].Status != FairPlayStatus.Ok ? exchange.Results[i].Status : status)).ToList();
        return TypedResults.Text(FairPlayWriter.WriteList(request, results, refusal).AsSpan(), "application/json", refusal.Status);
    }
}
