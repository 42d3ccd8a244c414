using System.Security.Cryptography;
using System.Text;
using DrmHub.Cenc;
using DrmHub.LicenseProxy.Tokens;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Keys;
using DrmHub.Vault.Rights;
using DrmHub.Vault.Storage.Shared;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DrmHub.LicenseProxy;

/// <summary>The one way to a licence, for every DRM system.</summary>
/// <remarks>
/// 1. Authenticate the player, and spend a single-use token. 2. Parse the challenge. 3. Stop suspended subscribers. 4. Find the keys and their content.
/// 5. Decide the entitlement and apply the device policy. 6. Let the DRM system write the licence. 7. Audit. 8. Answer. A refusal at any step is
/// audited too, and where the audit log cannot be written nothing is granted.
/// </remarks>
public sealed class LicenseGate(
    PlayerTokenValidator tokens,
    KeyStore keys,
    RightsStore rights,
    AuditLog audit,
    ISharedState shared,
    TimeProvider time,
    IOptions<LicenseProxyOptions> options,
    ILogger<LicenseGate> logger)
{
    /// <summary>Asks for a licence. The answer is in the audit log when this returns.</summary>
    /// <param name="cancellationToken">The player went away.</param>
    public async Task<LicenseOutcome> AskAsync(ILicenseExchange exchange, LicenseCaller caller, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        ArgumentNullException.ThrowIfNull(caller);
        try
        {
            return await AskCoreAsync(exchange, new LicenseRecord(audit, exchange.System, caller), cancellationToken);
        }
        catch (AuditUnavailableException exception)
        {
            return AuditUnavailable(exception);
        }
    }

    /// <summary>
    /// For what a player's DRM asks for beside licences (a service certificate, metering, a domain): checks the token without
    /// spending it. A refusal is audited; what follows is the caller's.
    /// </summary>
    /// <returns>Null, or the refusal.</returns>
    public async Task<Refusal?> AuthenticateAsync(DrmSystem system, LicenseCaller caller, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(caller);
        var (_, refusal) = await tokens.ValidateAsync(caller.Token);
        if (refusal is null) return null;
        try
        {
            await new LicenseRecord(audit, system, caller).RefuseAsync(refusal, cancellationToken);
            return refusal;
        }
        catch (AuditUnavailableException exception)
        {
            return AuditUnavailable(exception).Refusal;
        }
    }

    private LicenseOutcome AuditUnavailable(AuditUnavailableException exception)
    {
        Log.AuditUnavailable(logger, exception);
        return LicenseOutcome.Refused(new Refusal(ReasonCodes.AuditUnavailable, "The licence could not be recorded, so none was granted."));
    }

    private async Task<LicenseOutcome> AskCoreAsync(ILicenseExchange exchange, LicenseRecord record, CancellationToken cancellationToken)
    {
        var (player, refusal) = await tokens.ValidateAsync(record.Caller.Token);
        if (player is null) return await record.RefuseAsync(refusal!, cancellationToken);
        record.Player = player;
        if (await CheckSingleUseAsync(player, record, cancellationToken) is { } replayed) return await record.RefuseAsync(replayed, cancellationToken);

        LicenseQuestion question;
        try
        {
            question = await exchange.ParseAsync(player, cancellationToken);
        }
        catch (ChallengeException challenge)
        {
            return await record.RefuseAsync(new Refusal(challenge.Reason, challenge.Message), cancellationToken);
        }
        catch (UpstreamException upstream)
        {
            return await record.RefuseAsync(Failed(upstream, record), cancellationToken);
        }

        record.Question = question;
        if (question.Kind == LicenseKind.Release) return await ReleaseAsync(exchange, question, player, record, cancellationToken);
        var subscriber = await rights.FindSubscriberAsync(player.Subscriber, cancellationToken);
        return subscriber is { Status: SubscriberStatus.Suspended }
            ? await record.RefuseAsync(Refusal.From(ReasonCodes.EntitlementSuspended), cancellationToken)
            : await DecideAsync(exchange, question, player, subscriber, record, cancellationToken);
    }

    private async ValueTask<Refusal?> CheckSingleUseAsync(PlayerToken player, LicenseRecord record, CancellationToken cancellationToken)
    {
        if (!options.Value.Tokens.SingleUse) return null;
        if (player.Id is null) return new Refusal(ReasonCodes.TokenInvalid, "The token has no jti, and tokens are good for one licence here.");
        var remembered = player.Expires + options.Value.Tokens.ClockSkew - time.GetUtcNow() + TimeSpan.FromSeconds(1);
        var answer = await shared.UseTokenAsync(TokenName(player.Id), remembered, cancellationToken);
        if (answer.IsDegraded) record.Note("shared_state", answer.Source.ToString());
        if (answer.IsGranted) return null;
        return new Refusal(ReasonCodes.TokenReplayed, answer.IsDegraded ? "Whether the token was used before could not be found out." : "The token was used before.");
    }

    /// <summary>A fixed length, whatever the issuer puts into jti.</summary>
    private static string TokenName(string id) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id)));

    private async Task<LicenseOutcome> ReleaseAsync(
        ILicenseExchange exchange, LicenseQuestion question, PlayerToken player, LicenseRecord record, CancellationToken cancellationToken)
    {
        var grant = new LicenseGrant
        {
            Question = question,
            Player = player,
            ContentId = question.ContentId,
            Keys = [],
            Decision = new Decision { Reason = null, Keys = [], Deals = [], LicenseSeconds = 0, Trace = [] },
            SessionId = null,
            NowMs = time.GetUtcNow().ToUnixTimeMilliseconds(),
        };
        LicenseAnswer answer;
        try
        {
            answer = await exchange.WriteAsync(grant, cancellationToken);
        }
        catch (UpstreamException upstream)
        {
            return await record.RefuseAsync(Failed(upstream, record), cancellationToken);
        }

        Remember(answer, record);
        await record.ReleasedAsync(question.ContentId, cancellationToken);
        return LicenseOutcome.Granted(answer, [], null);
    }

    private async Task<LicenseOutcome> DecideAsync(
        ILicenseExchange exchange, LicenseQuestion question, PlayerToken player, Subscriber? subscriber, LicenseRecord record, CancellationToken cancellationToken)
    {
        var found = question.KeyIds.Count == 0 && KeyStore.IsValidContentId(question.ContentId)
            ? await keys.FindByContentAsync(question.ContentId!, cancellationToken)
            : await keys.FindAsync(question.KeyIds, cancellationToken);
        try
        {
            // A title that the token is not for is answered like one that does not exist.
            var byContent = found.Where(key => player.IsGoodFor(key.ContentId)).GroupBy(key => key.ContentId, StringComparer.Ordinal).ToList();
            if (byContent.Count == 0)
                return await record.RefuseAsync(new Refusal(ReasonCodes.ContentUnknown, "No title that this token is good for has any of these keys."), cancellationToken);

            var nowMs = time.GetUtcNow().ToUnixTimeMilliseconds();
            var titles = byContent.Select(content => new TitleDecision(content.Key, Decide(question, player, subscriber, content.Key, content, nowMs))).ToList();
            var decision = TitleDecision.Strictest(titles);
            if (!decision.Granted)
            {
                await record.DecidedAsync(titles, null, cancellationToken);
                return LicenseOutcome.Refused(Refusal.From(decision.Reason!), decision.Keys);
            }

            var grantedIds = decision.Keys.Where(key => key.Granted).Select(key => key.KeyId).ToHashSet();
            var grant = new LicenseGrant
            {
                Question = question,
                Player = player,
                ContentId = titles.First(title => title.Decision.Granted).ContentId,
                Keys = [.. found.Where(key => grantedIds.Contains(key.KeyId))],
                Decision = decision,
                SessionId = null,
                NowMs = nowMs,
            };
            return await GrantAsync(exchange, grant, titles, record, cancellationToken);
        }
        finally
        {
            foreach (var key in found) key.Dispose();
        }
    }

    private static async Task<LicenseOutcome> GrantAsync(
        ILicenseExchange exchange, LicenseGrant grant, IReadOnlyList<TitleDecision> titles, LicenseRecord record, CancellationToken cancellationToken)
    {
        LicenseAnswer answer;
        try
        {
            answer = await exchange.WriteAsync(grant, cancellationToken);
        }
        catch (UpstreamException upstream)
        {
            var refusal = Failed(upstream, record);
            await record.DecidedAsync(titles, refusal.Reason, cancellationToken);
            return LicenseOutcome.Refused(refusal, grant.Decision.Keys);
        }

        Remember(answer, record);
        await record.DecidedAsync(titles, null, cancellationToken);
        return LicenseOutcome.Granted(answer, grant.Decision.Keys, grant.SessionId);
    }

    private static void Remember(LicenseAnswer answer, LicenseRecord record)
    {
        record.Upstream = answer.Upstream;
        record.Note(answer.Details);
    }

    private static Refusal Failed(UpstreamException upstream, LicenseRecord record)
    {
        record.Upstream = upstream.Upstream;
        record.Note(upstream.Details);
        return new Refusal(upstream.Reason, upstream.Message);
    }

    private Decision Decide(LicenseQuestion question, PlayerToken player, Subscriber? subscriber, string contentId, IEnumerable<VaultKey> contentKeys, long nowMs) =>
        Entitlement.Decide(
            new DecisionRequest
            {
                ContentId = contentId,
                Keys = [.. contentKeys.Select(RequestedKeys.From)],
                Level = question.Level,
                NowMs = nowMs,
                Use = question.Use,
                Country = player.Country,
                TokenPlans = player.Plans,
                TokenMaxTrack = player.MaxTrack,
                WithTrace = true,
            },
            rights.Current,
            subscriber,
            options.Value.DevicePolicy);
}
