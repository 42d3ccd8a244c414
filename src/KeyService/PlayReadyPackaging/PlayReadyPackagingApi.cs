using DrmHub.Cenc;
using DrmHub.KeyService.Cpix;
using DrmHub.KeyService.Packagers;
using DrmHub.KeyService.Speke;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Keys;
using DrmHub.Vault.Rights;
using DrmHub.Vault.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace DrmHub.KeyService.PlayReadyPackaging;

/// <summary>
/// <c>POST /playready/AcquirePackagingData?scheme=cbcs&amp;track=ALL</c>: SOAP as Shaka Packager speaks it for PlayReady. One key for a whole program;
/// the query, which the packager leaves as it was given, says what the protocol cannot: the scheme (default cenc) and the track
/// (default ALL). Refusals are SOAP faults.
/// </summary>
internal static class PlayReadyPackagingApi
{
    private const string Protocol = "playready";

    public static void MapPlayReadyPackaging(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/playready/AcquirePackagingData", HandleAsync)
            .WithMetadata(new RequestSizeLimitAttribute(PackagingRequest.Limits.MaxBytes))
            .AllowAnonymous() // PackagerDoor admits.
            .WithName("AcquirePackagingData")
            .WithTags("packagers");

    private static async Task<IResult> HandleAsync(HttpContext http, SpekeServices services, CancellationToken cancellationToken)
    {
        AdmittedPackager? packager = null;
        string? contentId = null;
        try
        {
            packager = await services.Door.AdmitAsync(http, cancellationToken);
            var body = await PackagerHttp.ReadBodyAsync(http.Request, cancellationToken) ?? throw new CpixException(CpixCodes.Size, "The body is too long.");
            var (scheme, track) = ReadQuery(http.Request.Query);
            var request = PackagingRequest.Parse(body);
            contentId = request.Programs[0];
            return await AnswerAsync(http, services, request, new KeySpec { Track = track, Scheme = scheme }, packager, cancellationToken);
        }
        catch (PackagerRefusedException exception)
        {
            var refusal = exception.Refusal;
            await services.RefuseAsync(http, refusal, Protocol, cancellationToken);
            return Soap(PackagingResponse.Fault(isClient: true, refusal.Code, refusal.Detail), refusal.Status);
        }
        catch (CpixException exception)
        {
            Log.KeyRequestRefused(services.Logger, Protocol, exception.Code);
            await services.Issuer.RefuseAsync(contentId, packager?.Name, Protocol, exception.Code, cancellationToken);
            return Soap(PackagingResponse.Fault(isClient: true, exception.Code, exception.Message), exception.Code == CpixCodes.Size ? StatusCodes.Status413PayloadTooLarge : StatusCodes.Status422UnprocessableEntity);
        }
        catch (Exception exception) when (exception is StorageException or AuditUnavailableException)
        {
            Log.KeyRequestFailed(services.Logger, Protocol, exception);
            http.Response.Headers.RetryAfter = "1";
            return Soap(PackagingResponse.Fault(isClient: false, ReasonCodes.AuditUnavailable, "The keys could not be stored or recorded; nothing was given out."), StatusCodes.Status503ServiceUnavailable);
        }
    }

    private static async Task<IResult> AnswerAsync(HttpContext http, SpekeServices services, PackagingRequest request, KeySpec spec, AdmittedPackager packager, CancellationToken cancellationToken)
    {
        if (request.Programs.FirstOrDefault(program => !KeyStore.IsValidContentId(program)) is not null)
            throw new CpixException("playready.request", $"A ProgramIdentifier is 1 to {KeyStore.MaxContentIdBytes} bytes of text without control characters.");
        foreach (var program in request.Programs) packager.Require(program, [DrmSystem.PlayReady], encrypted: false); // The protocol knows no encrypted keys.
        var keys = new List<VaultKey>();
        try
        {
            foreach (var program in request.Programs) keys.AddRange(await services.Issuer.GetOrCreateAsync(program, [spec], packager.Name, Protocol, cancellationToken));
            http.Response.Headers.CacheControl = "no-store";
            return Soap(PackagingResponse.Granted(keys, services.Options.Value.PlayReadyLicenseUrl), StatusCodes.Status200OK);
        }
        finally
        {
            foreach (var key in keys) key.Dispose();
        }
    }

    private static (ProtectionScheme Scheme, string Track) ReadQuery(IQueryCollection query)
    {
        var schemeName = query["scheme"] is [{ Length: > 0 } name, ..] ? name : "cenc";
        if (!ProtectionSchemes.TryParse(schemeName, out var scheme)) throw new CpixException("playready.query", "scheme is one of cenc, cbc1, cens, cbcs.");
        var track = query["track"] is [{ Length: > 0 } text, ..] ? text : "ALL";
        if (track != "ALL" && !TrackTypes.TryParse(track, out _)) throw new CpixException("playready.query", "track is ALL, AUDIO, SD, HD, UHD1 or UHD2.");
        return (scheme, track);
    }

    private static SoapResult Soap(byte[] body, int status) => new SoapResult(body, status);

    /// <summary>Bytes with a status, as <c>text/xml</c>.</summary>
    private sealed class SoapResult(byte[] body, int status) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = status;
            httpContext.Response.ContentType = "text/xml; charset=utf-8";
            httpContext.Response.ContentLength = body.Length;
            await httpContext.Response.Body.WriteAsync(body, httpContext.RequestAborted);
        }
    }
}
