using DrmHub.LicenseProxy.Entitlements;
using DrmHub.LicenseProxy.Limits;
using DrmHub.LicenseProxy.Tokens;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Keys;
using DrmHub.Vault.Rights;
using DrmHub.Vault.Storage.Shared;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DrmHub.LicenseProxy.Sessions;

/// <summary>
/// Heartbeats and ends of playbacks. A heartbeat is decided like a licence: where the title could not be licensed any more (a takedown, a
/// window that closed, a subscriber who was suspended), or a newer stream took the slot, the player is told to stop.
/// </summary>
internal sealed class SessionKeeper(
    PlayerDoor door,
    LoadShedder load,
    KeyStore keys,
    RightsStore rights,
    EntitlementSources sources,
    ISharedState shared,
    AuditLog audit,
    TimeProvider time,
    IOptions<LicenseProxyOptions> options,
    ILogger<SessionKeeper> logger)
{
    private static readonly Refusal Unknown = new(ReasonCodes.SessionUnknown, "No such session of this subscriber runs.");

    private readonly SessionOptions _options = options.Value.Sessions;

    /// <returns>Null where playback goes on; else why it stops.</returns>
    public Task<Refusal?> BeatAsync(string session, LicenseCaller caller, CancellationToken cancellationToken) => GuardedAsync(async record =>
    {
        var (refusal, _) = await door.EnterAsync(record, _options.TokenGrace, cancellationToken);
        if (refusal is not null) return refusal;
        if (!SessionName.IsWellFormed(session)) return Unknown;
        using var permit = load.TryEnter() ?? await load.EnterAsync(LoadPriority.Continuing, cancellationToken);
        if (permit.Refusal is not null) return permit.Refusal;
        var player = record.Player!;
        var status = await shared.RenewSlotAsync(player.Subscriber, session, _options.Lease, cancellationToken);
        record.Note("session", session);
        if (status.IsDegraded) return status.State == SlotState.Held ? await CheckSubscriberAsync(player, cancellationToken) : Unknown with { RetryAfter = _options.Heartbeat };
        if (status.State == SlotState.Unknown) return Unknown;
        var facts = SessionFacts.Read(status.Data);
        var stop = status.State == SlotState.Stopped ? new Refusal(ReasonCodes.StreamLimit, "A newer stream of this account took its place.")
            : facts is null ? await CheckSubscriberAsync(player, cancellationToken)
            : await DecideAsync(facts, player, record, cancellationToken);
        if (stop is not null && stop.Reason != ReasonCodes.UpstreamUnavailable) await EndAsync(record, session, facts, stop.Reason);
        return stop is { Reason: ReasonCodes.UpstreamUnavailable } ? null : stop;
    }, caller);

    /// <returns>Null where the session has ended now; else why not.</returns>
    public Task<Refusal?> EndAsync(string session, LicenseCaller caller, CancellationToken cancellationToken) => GuardedAsync(async record =>
    {
        var (refusal, _) = await door.EnterAsync(record, _options.TokenGrace, cancellationToken);
        if (refusal is not null) return refusal;
        if (!SessionName.IsWellFormed(session)) return Unknown;
        using var permit = load.TryEnter() ?? await load.EnterAsync(LoadPriority.Continuing, cancellationToken);
        if (permit.Refusal is not null) return permit.Refusal;
        var status = await shared.ReleaseSlotAsync(record.Player!.Subscriber, session, cancellationToken);
        if (status.IsDegraded) return null;
        if (status.State != SlotState.Held) return Unknown;
        record.Note("session", session);
        await RecordEndAsync(record, SessionFacts.Read(status.Data), null);
        return null;
    }, caller);

    private async Task<Refusal?> GuardedAsync(Func<LicenseRecord, Task<Refusal?>> act, LicenseCaller caller)
    {
        try
        {
            return await act(new LicenseRecord(audit, null, caller));
        }
        catch (AuditUnavailableException exception)
        {
            Log.AuditUnavailable(logger, exception);
            return new Refusal(ReasonCodes.AuditUnavailable, "The end of the session could not be recorded.") { RetryAfter = _options.Heartbeat };
        }
    }

    private async Task<Refusal?> CheckSubscriberAsync(PlayerToken player, CancellationToken cancellationToken) =>
        await rights.FindSubscriberAsync(player.Subscriber, cancellationToken) is { Status: SubscriberStatus.Suspended } ? Refusal.From(ReasonCodes.EntitlementSuspended) : null;

    private async Task<Refusal?> DecideAsync(SessionFacts facts, PlayerToken player, LicenseRecord record, CancellationToken cancellationToken)
    {
        var question = QuestionOf(facts);
        record.Question = question;

        // Where the player is now counts, not where it was.
        var country = record.Country ?? facts.Country;
        record.Country = country;
        var stored = await sources.FindStoredAsync(player.Subscriber, cancellationToken);
        var (subscriber, refusal) = await sources.CompleteAsync(stored, facts.Content, question, player, country, record, cancellationToken);
        if (refusal is not null) return refusal;
        var all = await keys.FindInfoByContentAsync(facts.Content, cancellationToken);
        if (all.Count == 0) return Refusal.From(ReasonCodes.ContentUnknown);
        var request = Questions.Of(question, player, facts.Content, [.. all.Select(RequestedKeys.From)], country, time.GetUtcNow().ToUnixTimeMilliseconds());
        var decision = Entitlement.Decide(request, rights.Current, subscriber, options.Value.DevicePolicy);
        return decision.Reason is { } reason ? Refusal.From(reason) : null;
    }

    private static LicenseQuestion QuestionOf(SessionFacts facts) => new()
    {
        System = facts.System,
        ContentId = facts.Content,
        Level = facts.Level,
        Device = facts.Device ?? DeviceFacts.Unknown,
    };

    private async Task EndAsync(LicenseRecord record, string session, SessionFacts? facts, string reason)
    {
        await shared.ReleaseSlotAsync(record.Player!.Subscriber, session, CancellationToken.None);
        await RecordEndAsync(record, facts, reason);
    }

    private static Task RecordEndAsync(LicenseRecord record, SessionFacts? facts, string? reason)
    {
        if (facts is not null) record.Question ??= QuestionOf(facts);
        return record.EndedAsync(facts?.Content, reason, CancellationToken.None);
    }
}
