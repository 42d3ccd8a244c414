using DrmHub.Cenc;
using DrmHub.LicenseProxy.Tokens;
using DrmHub.LicenseProxy.Upstreams;
using DrmHub.Vault.Audit;
using Microsoft.Extensions.Logging;

namespace DrmHub.LicenseProxy;

/// <summary>
/// What a player's DRM asks for beside licences: a service certificate, metering, a domain. It takes a valid token, which is not spent; a refusal
/// is audited as the gate's are.
/// </summary>
internal sealed class ServiceDoor(PlayerDoor door, AuditLog audit, ILogger<ServiceDoor> logger)
{
    /// <summary>Lets an authenticated player in; what follows is the caller's.</summary>
    /// <returns>Null, or the refusal.</returns>
    public Task<Refusal?> AuthenticateAsync(DrmSystem system, LicenseCaller caller, CancellationToken cancellationToken) =>
        AuthenticateAsync(new LicenseRecord(audit, system, caller), cancellationToken);

    /// <summary>
    /// Lets an authenticated player ask a service, and records that and what came of it: where the log cannot be written, the answer does not go out.
    /// </summary>
    /// <param name="operation">Its name in the protocol, for the entry.</param>
    /// <param name="ask">May throw <see cref="UpstreamException"/>.</param>
    /// <returns>What the service answered, or the refusal; with the service's own exception where there is one.</returns>
    public async Task<(T? Answer, Refusal? Refusal, UpstreamException? Failure)> ServeAsync<T>(
        DrmSystem system, string operation, LicenseCaller caller, Func<CancellationToken, ValueTask<UpstreamReply<T>>> ask, CancellationToken cancellationToken)
        where T : class
    {
        var record = new LicenseRecord(audit, system, caller);
        record.Note("operation", operation);
        if (await AuthenticateAsync(record, cancellationToken) is { } refused) return (null, refused, null);
        try
        {
            UpstreamReply<T> reply;
            try
            {
                reply = await ask(cancellationToken);
            }
            catch (UpstreamException exception)
            {
                var refusal = record.Failed(exception);
                await record.RefuseAsync(refusal, CancellationToken.None);
                return (null, refusal, exception);
            }

            record.Upstream = reply.Upstream.Name;
            await record.ServedAsync(CancellationToken.None);
            return (reply.Answer, null, null);
        }
        catch (AuditUnavailableException exception)
        {
            Log.AuditUnavailable(logger, exception);
            return (null, Refusal.Unrecorded, null);
        }
    }

    private async Task<Refusal?> AuthenticateAsync(LicenseRecord record, CancellationToken cancellationToken)
    {
        var (refusal, isRecorded) = await door.EnterAsync(record, TimeSpan.Zero, cancellationToken);
        if (refusal is null || !isRecorded) return refusal;
        try
        {
            await record.RefuseAsync(refusal, cancellationToken);
            return refusal;
        }
        catch (AuditUnavailableException exception)
        {
            Log.AuditUnavailable(logger, exception);
            return Refusal.Unrecorded;
        }
    }
}
