using System.Reflection;
using DrmHub.KeyService.Cpix;
using DrmHub.KeyService.Packagers;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DrmHub.KeyService.Speke;

/// <summary>
/// <c>POST /speke/v2.0/copyProtection</c> (v2.0 and v2.1, by <c>X-Speke-Version</c>), <c>POST /speke/v1.0/copyProtection</c> and
/// <c>GET /speke/v1.0/heartbeat</c>. Errors are plain text, the exact sentences of the specification.
/// </summary>
internal static class SpekeApi
{
    private const string VersionHeader = "X-Speke-Version";

    /// <summary>What exactly is wrong, for people: the body is the sentence that SPEKE prescribes, which seldom tells.</summary>
    private const string DetailHeader = "X-DrmHub-Detail";

    private const int MaxDetail = 400;

    private static readonly string UserAgent = $"DrmHub/{typeof(SpekeApi).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]}";

    public static void MapSpeke(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/speke").AllowAnonymous().WithTags("packagers"); // PackagerDoor admits.
        group.MapPost("/v2.0/copyProtection", (HttpContext http, SpekeServices services, CancellationToken cancellationToken) => HandleAsync(http, services, isV1: false, cancellationToken))
            .WithMetadata(new RequestSizeLimitAttribute(CpixLimits.Requests.MaxBytes)).WithName("SpekeV2");
        group.MapPost("/v1.0/copyProtection", (HttpContext http, SpekeServices services, CancellationToken cancellationToken) => HandleAsync(http, services, isV1: true, cancellationToken))
            .WithMetadata(new RequestSizeLimitAttribute(CpixLimits.Requests.MaxBytes)).WithName("SpekeV1");
        group.MapGet("/v1.0/heartbeat", (HttpContext http) =>
        {
            http.Response.Headers["Speke-User-Agent"] = UserAgent;
            return TypedResults.Text("The key service is ready.");
        }).WithName("SpekeHeartbeat");
    }

    private static async Task<IResult> HandleAsync(HttpContext http, SpekeServices services, bool isV1, CancellationToken cancellationToken)
    {
        http.Response.Headers[isV1 ? "Speke-User-Agent" : "X-Speke-User-Agent"] = UserAgent;
        var protocol = isV1 ? "speke-1" : "speke-2";
        AdmittedPackager? packager = null;
        string? contentId = null;
        try
        {
            packager = await services.Door.AdmitAsync(http, cancellationToken);
            var contract = await ReadAsync(http, isV1, cancellationToken);
            contentId = contract.ContentId;
            return await services.Speke.AnswerAsync(packager.Apply(contract), services.SignallingFor(http.Request), packager.Name, protocol, cancellationToken);
        }
        catch (PackagerRefusedException exception)
        {
            await services.RefuseAsync(http, exception.Refusal, protocol, cancellationToken);
            return TypedResults.Text(exception.Refusal.Detail, statusCode: exception.Refusal.Status);
        }
        catch (SpekeException exception)
        {
            Log.SpekeRefused(services.Logger, protocol, exception.Message, exception.Detail);
            await services.Issuer.RefuseAsync(contentId, packager?.Name, protocol, exception.Message, cancellationToken);
            if (exception.Detail is { Length: > 0 } detail) http.Response.Headers[DetailHeader] = Printable(detail);
            return TypedResults.Text(exception.Message, statusCode: exception.Status);
        }
        catch (Exception exception) when (exception is StorageException or AuditUnavailableException)
        {
            Log.KeyRequestFailed(services.Logger, protocol, exception);
            http.Response.Headers.RetryAfter = "1";
            return TypedResults.Text("The keys could not be stored or recorded; nothing was given out.", statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }

    /// <summary>The detail may repeat what the request says: nothing but printable ASCII goes into a header.</summary>
    private static string Printable(string detail) =>
        string.Concat(detail.Take(MaxDetail).Select(static character => character is >= ' ' and <= '~' ? character : '?'));

    private static async Task<SpekeContract> ReadAsync(HttpContext http, bool isV1, CancellationToken cancellationToken)
    {
        SpekeVersion? version = null;
        if (!isV1)
        {
            var header = http.Request.Headers[VersionHeader].ToString();
            version = SpekeVersions.Parse(header);
            http.Response.Headers[VersionHeader] = header.Trim();
        }

        var bytes = (await PackagerHttp.ReadBodyAsync(http.Request, cancellationToken))
            ?? throw new SpekeException(SpekeException.ContentTooLarge, SpekeMessages.Malformed, "The body is too long.");
        return version is { } v2 ? SpekeV2Contract.Parse(bytes, v2) : SpekeV1Contract.Parse(bytes);
    }
}

/// <summary>What the SPEKE, CPIX and PlayReady packaging routes need.</summary>
internal sealed record SpekeServices(PackagerDoor Door, SpekeIssuer Speke, KeyIssuer Issuer, StrangerRefusals Refusals, IOptions<KeyServiceOptions> Options, ILogger<SpekeIssuer> Logger)
{
    /// <summary>With the configured public address, or the one that this request came to.</summary>
    public SpekeSignalling SignallingFor(HttpRequest request) =>
        new(Options.Value.PublicUrl?.TrimEnd('/') ?? $"{request.Scheme}://{request.Host}", Options.Value.PlayReadyLicenseUrl);

    /// <summary>Records that a packager was not admitted, and writes the headers that go with it. It is refused all the same where the log is away.</summary>
    public async Task RefuseAsync(HttpContext http, PackagerRefusal refusal, string protocol, CancellationToken cancellationToken)
    {
        try
        {
            await Refusals.RecordAsync(http, refusal.ContentId, refusal.Packager, protocol, refusal.AuditCode, cancellationToken);
        }
        catch (AuditUnavailableException exception)
        {
            Log.KeyRequestFailed(Logger, protocol, exception);
        }

        PackagerHttp.WriteHeaders(http.Response, refusal);
    }
}
