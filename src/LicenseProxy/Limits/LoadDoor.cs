using DrmHub.LicenseProxy.Sessions;
using DrmHub.Vault.Rights;
using DrmHub.Vault.Storage.Shared;
using Microsoft.Extensions.Options;

namespace DrmHub.LicenseProxy.Limits;

/// <summary>
/// Lets licence requests into work. Only where they have to wait does it find out who comes first, from what costs little: nothing of
/// this is asked of the database or of an upstream.
/// </summary>
internal sealed class LoadDoor(LoadShedder shedder, RightsStore rights, ISharedState shared, TimeProvider time, IOptions<LicenseProxyOptions> options)
{
    private static readonly string[] DefaultFreePlans = ["free"];

    private readonly LimitOptions _limits = options.Value.Limits;
    private readonly TimeSpan _lease = options.Value.Sessions.Lease;
    private readonly HashSet<string> _freePlans = new(options.Value.Limits.FreePlans ?? DefaultFreePlans, StringComparer.Ordinal);

    /// <param name="record">Of an authenticated player.</param>
    /// <returns>To be disposed when the answer is there. It may have a refusal.</returns>
    public async ValueTask<LoadPermit> EnterAsync(LicenseRecord record, ILicenseExchange exchange, CancellationToken cancellationToken)
    {
        if (shedder.TryEnter() is { } free) return free;
        var priority = await PriorityOfAsync(record, exchange, cancellationToken);
        record.Priority = priority;
        var permit = await shedder.EnterAsync(priority, cancellationToken);
        if (permit.IsBusy && priority != LoadPriority.Continuing) permit.MaxTrack = _limits.CapWhenBusy;
        return permit;
    }

    /// <summary>The answer to a request for which nothing is left under the cap of a busy node: it is worth asking again.</summary>
    public Refusal HoldBack(LicenseRecord record)
    {
        LicenseTelemetry.Shed(record.Priority);
        return LoadShedder.Overloaded() with { Detail = $"The service is busy and starts nothing above {_limits.CapWhenBusy} just now." };
    }

    private async ValueTask<LoadPriority> PriorityOfAsync(LicenseRecord record, ILicenseExchange exchange, CancellationToken cancellationToken)
    {
        if (exchange.Announced is LicenseKind.Renewal or LicenseKind.Release) return LoadPriority.Continuing;
        var player = record.Player!;

        // The header is the player's word. Its account's slot says whether it is true; that the slot lives on while its player waits is as it should be.
        if (record.Caller.Session is { } session && SessionName.IsWellFormed(session)
            && (await shared.RenewSlotAsync(player.Subscriber, session, _lease, cancellationToken)).State == SlotState.Held) return LoadPriority.Continuing;
        return player.Plans.Any(IsPaid) || Pays(rights.FindRemembered(player.Subscriber)) ? LoadPriority.Paid : LoadPriority.Other;
    }

    private bool Pays(Subscriber? subscriber)
    {
        if (subscriber is not { Status: SubscriberStatus.Active }) return false;
        var nowMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        return subscriber.Purchases.Count > 0 || subscriber.Rentals.Count > 0 || subscriber.Subscriptions.Any(subscription => subscription.IsActiveAt(nowMs) && IsPaid(subscription.Plan));
    }

    private bool IsPaid(string plan) => !_freePlans.Contains(plan);
}
