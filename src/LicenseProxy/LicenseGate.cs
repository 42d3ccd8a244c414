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
/// 5. Decide the entitlement and apply the device policy. 6. Audit. 7. Answer. A refusal at any step is audited too, and
/// where the audit log cannot be written nothing is granted.
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
    /// <param name="system">The system of the route.</param>
    /// <param name="token">The player's token as it came, or null.</param>
    /// <param name="parse">Parses the challenge; called only for an authenticated player; may throw <see cref="ChallengeException"/>.</param>
    /// <param name="requestId">The id under which the answer can be found in logs and in the audit log.</param>
    /// <param name="cancellationToken">The player went away.</param>
    public async Task<LicenseOutcome> AskAsync(
        DrmSystem system, string? token, Func<ValueTask<LicenseQuestion>> parse, string requestId, CancellationToken cancellationToken)
    {
        try
        {
            return await AskCoreAsync(new LicenseRecord(audit, system, requestId), token, parse, cancellationToken);
        }
        catch (AuditUnavailableException exception)
        {
            Log.AuditUnavailable(logger, exception);
            return LicenseOutcome.Refused(new Refusal(ReasonCodes.AuditUnavailable, "The licence could not be recorded, so none was granted."));
        }
    }

    private async Task<LicenseOutcome> AskCoreAsync(LicenseRecord record, string? token, Func<ValueTask<LicenseQuestion>> parse, CancellationToken cancellationToken)
    {
        var (player, refusal) = await tokens.ValidateAsync(token);
        if (player is null) return await record.RefuseAsync(refusal!, cancellationToken);
        record.Player = player;
        if (await CheckSingleUseAsync(player, record, cancellationToken) is { } replayed) return await record.RefuseAsync(replayed, cancellationToken);

        LicenseQuestion question;
        try
        {
            question = await parse();
        }
        catch (ChallengeException challenge)
        {
            return await record.RefuseAsync(new Refusal(challenge.Reason, challenge.Message), cancellationToken);
        }

        record.Question = question;
        var subscriber = await rights.FindSubscriberAsync(player.Subscriber, cancellationToken);
        return subscriber is { Status: SubscriberStatus.Suspended }
            ? await record.RefuseAsync(Refusal.From(ReasonCodes.EntitlementSuspended), cancellationToken)
            : await DecideAsync(question, player, subscriber, record, cancellationToken);
    }

    private async ValueTask<Refusal?> CheckSingleUseAsync(PlayerToken player, LicenseRecord record, CancellationToken cancellationToken)
    {
        if (!options.Value.Tokens.SingleUse) return null;
        if (player.Id is null) return new Refusal(ReasonCodes.TokenInvalid, "The token has no jti, and tokens are good for one licence here.");
        var remembered = player.Expires + options.Value.Tokens.ClockSkew - time.GetUtcNow() + TimeSpan.FromSeconds(1);
        var answer = await shared.UseTokenAsync(TokenName(player.Id), remembered, cancellationToken);
        if (answer.IsDegraded) record.SharedState = answer.Source.ToString();
        if (answer.IsGranted) return null;
        return new Refusal(ReasonCodes.TokenReplayed, answer.IsDegraded ? "Whether the token was used before could not be found out." : "The token was used before.");
    }

    /// <summary>A fixed length, whatever the issuer puts into jti.</summary>
    private static string TokenName(string id) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id)));

    private async Task<LicenseOutcome> DecideAsync(
        LicenseQuestion question, PlayerToken player, Subscriber? subscriber, LicenseRecord record, CancellationToken cancellationToken)
    {
        var found = await keys.FindAsync(question.KeyIds, cancellationToken);
        var granted = new List<VaultKey>();
        try
        {
            // A title that the token is not for is answered like one that does not exist.
            var byContent = found.Where(key => player.IsGoodFor(key.ContentId)).GroupBy(key => key.ContentId, StringComparer.Ordinal).ToList();
            if (byContent.Count == 0)
                return await record.RefuseAsync(new Refusal(ReasonCodes.ContentUnknown, "No title that this token is good for has any of these keys."), cancellationToken);

            var decisions = new List<(string ContentId, Decision Decision)>();
            foreach (var content in byContent) decisions.Add((content.Key, Decide(question, player, subscriber, content.Key, content)));
            var keyDecisions = decisions.SelectMany(item => item.Decision.Keys).ToList();
            await record.DecidedAsync(decisions, cancellationToken);
            if (decisions.TrueForAll(item => !item.Decision.Granted))
                return LicenseOutcome.Refused(Refusal.From(decisions[0].Decision.Reason!), keyDecisions);

            var grantedIds = keyDecisions.Where(key => key.Granted).Select(key => key.KeyId).ToHashSet();
            granted.AddRange(found.Where(key => grantedIds.Contains(key.KeyId)));
            return LicenseOutcome.Granted(granted, keyDecisions);
        }
        finally
        {
            foreach (var key in found.Except(granted)) key.Dispose();
        }
    }

    private Decision Decide(LicenseQuestion question, PlayerToken player, Subscriber? subscriber, string contentId, IEnumerable<VaultKey> contentKeys) =>
        Entitlement.Decide(
            new DecisionRequest
            {
                ContentId = contentId,
                Keys = [.. contentKeys.Select(RequestedKeys.From)],
                Level = question.Level,
                NowMs = time.GetUtcNow().ToUnixTimeMilliseconds(),
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
