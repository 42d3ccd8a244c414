using DrmHub.Cenc;
using DrmHub.Vault.Rights;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace DrmHub.LicenseProxy.Systems.PlayReady;

/// <summary>
/// <c>POST /license/playready</c>: SOAP 1.1, or the wrapper of browsers around it. Licences go through the gate; PlayReady's other operations need a player's
/// token, are forwarded and recorded. <c>?use=download</c> asks for a licence to keep: nothing in a challenge says that. Refusals are SOAP faults.
/// </summary>
internal static class PlayReadyApi
{
    public static void MapPlayReady(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/license/playready", HandleAsync)
            .WithMetadata(new RequestSizeLimitAttribute(LicenseHttp.MaxChallenge))
            .WithName("GetPlayReadyLicense")
            .ForPlayers();

    private static async Task<IResult> HandleAsync(HttpContext http, LicenseGate gate, ServiceDoor services, PlayReadyService service, CancellationToken cancellationToken)
    {
        var caller = LicenseHttp.CallerOf(http);
        PlayReadyChallenge? challenge = null;
        ChallengeException? unreadable = null;
        try
        {
            challenge = PlayReadyChallenge.Parse(await LicenseHttp.ReadChallengeAsync(http.Request, cancellationToken), http.Request.Headers["SOAPAction"]);
            if (challenge.Operation == PlayReadyOperation.AcquirePackagingData)
                unreadable = new ChallengeException(ReasonCodes.ChallengeUnsupported, "Packagers ask at /playready/AcquirePackagingData, with their own credentials.");
        }
        catch (ChallengeException exception)
        {
            unreadable = exception;
        }

        // What is wrong with the challenge is said to authenticated players only: the gate asks the exchange after it checked the token.
        if (unreadable is null && challenge!.Operation is not (PlayReadyOperation.AcquireLicense or PlayReadyOperation.ProcessSecureStopData)) return await ForwardAsync(http, services, service, caller, challenge, cancellationToken);
        var use = string.Equals(http.Request.Query["use"], "download", StringComparison.OrdinalIgnoreCase) ? ContentUse.Download : ContentUse.Stream;
        var exchange = new PlayReadyExchange(unreadable is null ? challenge : null, unreadable, use, service);
        var outcome = await gate.AskAsync(exchange, caller, cancellationToken);
        if (outcome.Refusal is not { } refusal) return LicenseHttp.ToResult(http, outcome);
        LicenseHttp.Explain(http.Response, outcome);
        return exchange.Fault is { } fault ? new BytesResult(fault.Body, fault.ContentType, fault.Status) : Refuse(http, refusal);
    }

    private static async Task<IResult> ForwardAsync(HttpContext http, ServiceDoor services, PlayReadyService service, LicenseCaller caller, PlayReadyChallenge challenge, CancellationToken cancellationToken)
    {
        var (answer, refusal, failure) = await services.ServeAsync(DrmSystem.PlayReady, challenge.Operation.ToString(), caller, gone => service.AskAsync(challenge, null, gone), cancellationToken);
        if (answer is not null) return new BytesResult(answer.Body, answer.ContentType);
        return failure?.Answer is PlayReadyAnswer fault ? new BytesResult(fault.Body, fault.ContentType, fault.Status) : Refuse(http, refusal!);
    }

    /// <summary>
    /// HTTP 500, as SOAP 1.1 asks for and PlayReady clients expect, whatever the reason; the reason stands in the fault.
    /// </summary>
    private static BytesResult Refuse(HttpContext http, Refusal refusal) =>
        new(PlayReadyFault.Write(refusal.PlayReadyFault, refusal.Reason, refusal.Detail, http.Request.Path), "text/xml; charset=utf-8", StatusCodes.Status500InternalServerError);
}
