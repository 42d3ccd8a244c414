using DrmHub.LicenseProxy.Tokens;
using DrmHub.Vault.Rights;
using DrmHub.Vault.Storage.Shared;
using Microsoft.Extensions.Options;

namespace DrmHub.LicenseProxy.Sessions;

/// <summary>Takes and gives back the stream slots of licences.</summary>
internal sealed class StreamDoor(ISharedState shared, IOptions<LicenseProxyOptions> options)
{
    private readonly SessionOptions _options = options.Value.Sessions;

    /// <summary>A licence that is renewed holds its slot until the next renewal is due, and this much longer.</summary>
    private static readonly TimeSpan RenewalMargin = TimeSpan.FromSeconds(60);

    public TimeSpan Heartbeat => _options.Heartbeat;

    /// <returns>The session's name; or a refusal; and how to give the slot back where this request took it.</returns>
    public async ValueTask<(string? Session, Refusal? Refusal, Func<Task>? Undo)> TakeAsync(
        LicenseQuestion question, PlayerToken player, string contentId, Decision decision, LicenseRecord record, CancellationToken cancellationToken)
    {
        // A download plays without asking.
        if (question.Use == ContentUse.Download) return (null, null, null);
        var session = SessionName.Of(player, question, record.Caller);
        record.Note("session", session);
        var answer = await shared.TakeSlotAsync(Request(question, player, contentId, decision, record, session), cancellationToken);
        if (answer.IsDegraded) record.Note("shared_state", answer.Source.ToString());
        if (answer.Result == SlotResult.TakenFromOldest) record.Note("stream", "stopped the oldest");
        if (answer.IsGranted) return (session, null, answer.IsNew ? () => shared.ReleaseSlotAsync(player.Subscriber, session, CancellationToken.None).AsTask() : null);
        var refusal = answer.IsDegraded
            ? new Refusal(ReasonCodes.StreamLimit, "Whether the account has a stream free could not be found out.")
            : Refusal.From(ReasonCodes.StreamLimit);
        return (null, refusal with { RetryAfter = _options.Heartbeat }, null);
    }

    /// <summary>Gives a slot back, if one is held.</summary>
    public async ValueTask ReleaseAsync(PlayerToken player, string session, CancellationToken cancellationToken) =>
        await shared.ReleaseSlotAsync(player.Subscriber, session, cancellationToken);

    private SlotRequest Request(LicenseQuestion question, PlayerToken player, string contentId, Decision decision, LicenseRecord record, string session)
    {
        var lease = _options.Lease;
        if (decision.RenewSeconds is { } renew && TimeSpan.FromSeconds(Math.Min(renew, 86_400)) + RenewalMargin is var renewal && renewal > lease) lease = renewal;
        var account = _options.Limit;
        StreamLimit? deal = null;
        foreach (var limit in decision.StreamLimits)
        {
            if (limit.Scope is null) account = limit.Limit;

            // One licence under several deals with limits: the strictest counts it.
            else if (deal is null || limit.Limit < deal.Limit) deal = limit;
        }

        var facts = new SessionFacts
        {
            Content = contentId,
            System = question.System,
            Level = question.Level,
            Country = record.Country,
            Device = question.Device == DeviceFacts.Unknown ? null : question.Device,
        };
        return new SlotRequest(player.Subscriber, session, Bounded(account), lease)
        {
            Group = deal?.Scope!.Replace('|', '_'),
            GroupLimit = Bounded(deal?.Limit),
            StopOldest = _options.StopOldest,
            Data = facts.Write(),
        };
    }

    private static int Bounded(int? limit) => Math.Clamp(limit ?? SlotRequest.MaxLimit, 1, SlotRequest.MaxLimit);
}
