using DrmHub.KeyService.Packagers;
using DrmHub.KeyService.Speke;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Keys;
using DrmHub.Vault.Rights;
using DrmHub.Vault.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace DrmHub.KeyService.Cpix;

/// <summary>
/// <c>POST /cpix</c>: a CPIX document comes back with its keys and signalling filled in; a certificate in it means encrypted keys.
/// <c>GET /cpix/{contentId}</c>: a new document for the tracks, scheme, systems and crypto periods of the query.
/// <c>GET /cpix/{contentId}/periods</c>: the crypto periods that have keys. Errors are problem documents.
/// </summary>
internal static class CpixApi
{
    private const string Protocol = "cpix";

    public static void MapCpix(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/cpix").AllowAnonymous().WithTags("packagers"); // PackagerDoor admits.
        group.MapPost("", PostAsync).WithMetadata(new RequestSizeLimitAttribute(CpixLimits.Requests.MaxBytes)).WithName("PostCpix");
        group.MapGet("/{contentId}", GetAsync).WithName("GetCpix");
        group.MapGet("/{contentId}/periods", PeriodsAsync).WithName("GetCpixPeriods");
    }

    private static Task<IResult> PostAsync(HttpContext http, SpekeServices services, CancellationToken cancellationToken) =>
        GuardAsync(http, services, null, async packager =>
        {
            var body = await PackagerHttp.ReadBodyAsync(http.Request, cancellationToken) ?? throw new CpixException("cpix.too_large", $"The body has more than {CpixLimits.Requests.MaxBytes} bytes.");
            var scheme = CpixQuery.Parse(http.Request.Query).Scheme;
            var contract = CpixContract.Read(CpixDocument.Load(body, CpixLimits.Requests), http.Request.Query["contentId"], DrmHub.Cenc.ProtectionSchemes.ToFourCC(scheme));
            return await services.Speke.AnswerAsync(packager.Apply(contract), services.SignallingFor(http.Request), packager.Name, Protocol, cancellationToken);
        }, cancellationToken);

    private static Task<IResult> GetAsync(string contentId, HttpContext http, SpekeServices services, CancellationToken cancellationToken) =>
        GuardAsync(http, services, contentId, async packager =>
        {
            CheckContentId(contentId);
            var query = CpixQuery.Parse(http.Request.Query);
            packager.Require(contentId, query.Systems.Select(DrmHub.Cenc.DrmSystemIds.ToSystem), encrypted: packager.Limits?.Certificate is not null);
            var schedule = await ScheduleOf(contentId, query, services, cancellationToken);
            query = query.Resolve(schedule);
            var keys = await services.Issuer.GetOrCreateAsync(contentId, query.ToSpecs(), packager.Name, Protocol, cancellationToken);
            try
            {
                var contract = CpixContract.Read(query.ToDocument(contentId, keys, schedule), contentId, DrmHub.Cenc.ProtectionSchemes.ToFourCC(query.Scheme));
                return SpekeIssuer.Fill(packager.Apply(contract), query.Scheme, keys, services.SignallingFor(http.Request));
            }
            finally
            {
                foreach (var key in keys) key.Dispose();
            }
        }, cancellationToken);

    private static Task<IResult> PeriodsAsync(string contentId, HttpContext http, SpekeServices services, CancellationToken cancellationToken) =>
        GuardAsync(http, services, contentId, async packager =>
        {
            CheckContentId(contentId);
            packager.Require(contentId, [], encrypted: true); // No key leaves here.
            return TypedResults.Bytes(await CpixPeriodList.WriteAsync(contentId, http.Request.Query, services.Issuer.Periods, cancellationToken), "application/json");
        }, cancellationToken);

    private static void CheckContentId(string contentId)
    {
        if (!KeyStore.IsValidContentId(contentId)) throw new CpixException("cpix.query", $"A content id is 1 to {KeyStore.MaxContentIdBytes} bytes of text without control characters.");
    }

    /// <summary>Asked for only where the query is about periods: most contents have none.</summary>
    private static async Task<KeySchedule?> ScheduleOf(string contentId, CpixQuery query, SpekeServices services, CancellationToken cancellationToken)
    {
        if (query.Schedule is { } wanted) return await services.Issuer.Periods.GetOrSetScheduleAsync(contentId, wanted, cancellationToken);
        return query.FirstPeriod is null && query.At is null ? null : await services.Issuer.Periods.FindScheduleAsync(contentId, cancellationToken);
    }

    private static async Task<IResult> GuardAsync(
        HttpContext http, SpekeServices services, string? contentId, Func<AdmittedPackager, Task<IResult>> answer, CancellationToken cancellationToken)
    {
        AdmittedPackager? packager = null;
        try
        {
            packager = await services.Door.AdmitAsync(http, cancellationToken);
            var result = await answer(packager);
            http.Response.Headers.CacheControl = "no-store";
            return result;
        }
        catch (PackagerRefusedException exception)
        {
            var refusal = exception.Refusal;
            await services.RefuseAsync(http, refusal, Protocol, cancellationToken);
            return PackagerHttp.Problem(http, refusal.Status, refusal.Code, refusal.Detail);
        }
        catch (Exception exception) when (exception is CpixException or SpekeException)
        {
            var (code, detail) = exception is CpixException cpix ? (cpix.Code, cpix.Message) : ("cpix.contract", ((SpekeException)exception).Detail ?? exception.Message);
            await services.Issuer.RefuseAsync(contentId, packager?.Name, Protocol, code, cancellationToken);
            return PackagerHttp.Problem(http, code is "cpix.too_large" or CpixCodes.Size ? StatusCodes.Status413PayloadTooLarge : StatusCodes.Status422UnprocessableEntity, code, detail);
        }
        catch (Exception exception) when (exception is StorageException or AuditUnavailableException)
        {
            Log.KeyRequestFailed(services.Logger, Protocol, exception);
            http.Response.Headers.RetryAfter = "1";
            return PackagerHttp.Problem(http, StatusCodes.Status503ServiceUnavailable, ReasonCodes.AuditUnavailable, "The keys could not be stored or recorded; nothing was given out.");
        }
    }
}
