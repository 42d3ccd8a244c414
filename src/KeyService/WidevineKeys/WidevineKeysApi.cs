using System.Security.Cryptography;
using DrmHub.Cenc;
using DrmHub.KeyService.Packagers;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Keys;
using DrmHub.Vault.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DrmHub.KeyService.WidevineKeys;

/// <summary>
/// <c>POST /cenc/getcontentkey/{provider}</c>: the Widevine Common Encryption API as packagers speak it. Errors travel as a
/// status inside the answer, under HTTP 200: Shaka Packager reads no body under any other code.
/// </summary>
internal static class WidevineKeysApi
{
    private const string Protocol = "widevine";
    private const int MaxBody = 64 * 1024;

    public static void MapWidevineKeys(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/cenc/getcontentkey/{provider}", HandleAsync)
            .WithMetadata(new RequestSizeLimitAttribute(MaxBody))
            .AllowAnonymous() // The signature inside the body is the credential.
            .WithName("GetWidevineContentKeys")
            .WithTags("packagers");

    private static async Task<FileContentHttpResult> HandleAsync(
        string provider, HttpContext http, KeyIssuer issuer, StrangerRefusals refusals, PackagerDoor door, IOptions<KeyServiceOptions> options, ILogger<KeyIssuer> logger, CancellationToken cancellationToken)
    {
        string? signer = null;
        string? contentId = null;
        try
        {
            // The body arrives chunked, without a length.
            var body = await PackagerHttp.ReadBodyAsync(http.Request, cancellationToken) ?? throw JsonFields.Malformed($"The body has more than {MaxBody} bytes.");
            var envelope = WidevineEnvelope.Parse(body);
            var packager = await AuthenticateAsync(envelope, door, http, cancellationToken);
            signer = packager.Name;
            var request = WidevineKeyRequest.Parse(envelope.Message);
            if (request.Policy is { } policy && !options.Value.WidevinePolicies.Contains(policy, StringComparer.Ordinal))
                throw new WidevineKeyException(WidevineKeyStatus.PolicyUnknown, "\"policy\" is none of the names in KeyService:WidevinePolicies; leave it empty for none.");
            contentId = request.ContentId;
            if (contentId is not null) Require(packager, contentId);
            using var issue = contentId is null
                ? await WidevineIssue.FindAsync(issuer, request, signer, id => Require(packager, contentId = id), cancellationToken)
                : await WidevineIssue.MakeAsync(issuer, request, signer, cancellationToken);
            return Json(WidevineKeyResponse.Granted(request, issue, provider));
        }
        catch (WidevineKeyException refusal)
        {
            Log.KeyRequestRefused(logger, Protocol, refusal.Status);
            return await RefuseAsync(refusals, http, contentId, signer, refusal, refusal.Status, cancellationToken);
        }
        catch (PackagerRefusedException exception)
        {
            // INTERNAL_ERROR is the one status that makes a packager wait and ask again.
            var status = exception.Refusal.RetryAfter is null ? WidevineKeyStatus.AccessDenied : WidevineKeyStatus.InternalError;
            Log.KeyRequestRefused(logger, Protocol, exception.Refusal.AuditCode);
            return await RefuseAsync(refusals, http, contentId, exception.Refusal.Packager, new WidevineKeyException(status, exception.Message), exception.Refusal.AuditCode, cancellationToken);
        }
        catch (Exception exception) when (exception is StorageException or AuditUnavailableException or KeyConflictException or CryptographicException)
        {
            Log.KeyRequestFailed(logger, Protocol, exception);
            return Json(WidevineKeyResponse.Refused(WidevineKeyStatus.InternalError, "The keys could not be stored or recorded; nothing was given out."));
        }
    }

    /// <summary>The API knows no encrypted keys.</summary>
    private static void Require(AdmittedPackager packager, string contentId) => packager.Require(contentId, [DrmSystem.Widevine], encrypted: false);

    private static async Task<FileContentHttpResult> RefuseAsync(StrangerRefusals refusals, HttpContext http, string? contentId, string? signer, WidevineKeyException refusal, string reason, CancellationToken cancellationToken)
    {
        try
        {
            await refusals.RecordAsync(http, contentId, signer, Protocol, reason, cancellationToken);
            return Json(WidevineKeyResponse.Refused(refusal.Status, refusal.Message));
        }
        catch (AuditUnavailableException)
        {
            return Json(WidevineKeyResponse.Refused(WidevineKeyStatus.InternalError, "The refusal could not be recorded."));
        }
    }

    /// <summary>Who asks. An unknown signer and a wrong signature look the same, so that names cannot be tried out.</summary>
    private static async Task<AdmittedPackager> AuthenticateAsync(WidevineEnvelope envelope, PackagerDoor door, HttpContext http, CancellationToken cancellationToken)
    {
        if (envelope.Signer is null && envelope.Signature is null)
        {
            if (door.AllowsUnsigned(http)) return new AdmittedPackager("loopback", null);
            throw new WidevineKeyException(WidevineKeyStatus.AccessDenied, "The request is not signed: give --signer and a signing key.");
        }

        return await door.AdmitSignerAsync(envelope.Signer, envelope.Message, envelope.Signature, cancellationToken)
            ?? throw new WidevineKeyException(WidevineKeyStatus.SignatureFailed, "The signer is unknown, or its signature does not fit the request.");
    }

    private static FileContentHttpResult Json(byte[] body) => TypedResults.Bytes(body, "application/json");
}
