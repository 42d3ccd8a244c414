using DrmHub.Cenc;

namespace DrmHub.Vault.Rights;

/// <summary>
/// The decision: a pure function of (request, deals, subscriber, policy). Deny is the default; a key is granted when at
/// least one deal grants it, so more deals or plans never grant less, and the order of deals does not matter.
/// </summary>
/// <remarks>
/// 1. A suspended subscriber gets nothing. 2. For each deal that covers the content: window, territory, use, plan, and, for
/// level None, whether Clear Key is allowed. 3. For each key and each deal that passed: the deal's highest track, the
/// token's highest track, the deal's minimum level, the device's cap. 4. Where nothing is granted, the reason is that of
/// the deal that came furthest, because that is the one a rights person would fix.
/// </remarks>
public static class Entitlement
{
    public static Decision Decide(DecisionRequest request, IReadOnlyList<Deal> deals, Subscriber? subscriber, DevicePolicy policy)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(deals);
        ArgumentNullException.ThrowIfNull(policy);
        var trace = request.WithTrace ? new List<string>() : null;

        if (subscriber is { Status: SubscriberStatus.Suspended })
        {
            trace?.Add($"The subscriber is suspended.");
            return Refuse(request, ReasonCodes.EntitlementSuspended, trace);
        }

        var reasons = new string?[request.Keys.Count];
        Array.Fill(reasons, ReasonCodes.DealNone);
        var furthest = ReasonCodes.DealNone;
        var granting = new SortedSet<string>(StringComparer.Ordinal);
        long seconds = 0;
        foreach (var deal in deals)
        {
            if (!deal.Content.Covers(request.ContentId)) continue;
            var refusal = CheckDeal(request, deal, subscriber);
            trace?.Add(refusal is null ? $"Deal {deal.Name} covers this content here and now." : $"Deal {deal.Name} does not apply: {Sentence(refusal)}");
            if (refusal is not null)
            {
                furthest = Further(furthest, refusal);
                continue;
            }

            for (var i = 0; i < reasons.Length; i++)
            {
                var key = request.Keys[i];
                var reason = CheckKey(request, key, deal, policy);
                trace?.Add(KeySentence(request, key, deal, reason));
                reasons[i] = reasons[i] is { } known && reason is not null ? Further(known, reason) : null;
                if (reason is not null)
                {
                    furthest = Further(furthest, reason);
                    continue;
                }

                granting.Add(deal.Id);
                seconds = Math.Max(seconds, deal.LicenseSeconds ?? policy.LicenseSeconds);
            }
        }

        if (granting.Count == 0)
        {
            if (furthest == ReasonCodes.DealNone) trace?.Add("No deal covers this content.");
            return Refuse(request, furthest, trace);
        }

        var keys = new KeyDecision[reasons.Length];
        for (var i = 0; i < keys.Length; i++) keys[i] = new KeyDecision(request.Keys[i].KeyId, request.Keys[i].Track, reasons[i]);
        return new Decision { Reason = null, Keys = keys, Deals = [.. granting], LicenseSeconds = seconds, Trace = trace ?? [] };
    }

    private static string? CheckDeal(DecisionRequest request, Deal deal, Subscriber? subscriber)
    {
        if (request.NowMs < deal.OpensMs) return ReasonCodes.DealNotOpen;
        if (request.NowMs >= deal.ClosesMs) return ReasonCodes.DealClosed;
        if (!InTerritory(deal, request.Country)) return ReasonCodes.DealTerritory;
        if (!deal.Uses.Contains(request.Use)) return ReasonCodes.DealUse;
        if (CheckPlan(request, deal, subscriber) is { } refusal) return refusal;
        return request.Level == SecurityLevel.None && !deal.ClearKeyAllowed ? ReasonCodes.DeviceLevel : null;
    }

    private static bool InTerritory(Deal deal, string? country)
    {
        if (country is null) return deal.Territories.Count == 0 && deal.TerritoriesExcluded.Count == 0;
        return (deal.Territories.Count == 0 || deal.Territories.Contains(country)) && !deal.TerritoriesExcluded.Contains(country);
    }

    private static string? CheckPlan(DecisionRequest request, Deal deal, Subscriber? subscriber)
    {
        foreach (var plan in request.TokenPlans)
            if (deal.Plans.Contains(plan)) return null;

        var held = false;
        foreach (var subscription in subscriber?.Subscriptions ?? [])
        {
            if (!deal.Plans.Contains(subscription.Plan)) continue;
            if (subscription.IsActiveAt(request.NowMs)) return null;
            held |= request.NowMs >= subscription.UntilMs;
        }

        return held ? ReasonCodes.EntitlementExpired : ReasonCodes.EntitlementNone;
    }

    private static string? CheckKey(DecisionRequest request, RequestedKey key, Deal deal, DevicePolicy policy)
    {
        var (track, pixels) = Protects(key);
        if (track != TrackType.Audio)
        {
            if (track > deal.MaxTrack) return ReasonCodes.DealUse;
            if (track > request.TokenMaxTrack) return ReasonCodes.EntitlementNone;
            if (pixels > policy.CapFor(request.Level)) return ReasonCodes.DeviceLevel;
        }

        return deal.MinimumLevels.TryGetValue(track, out var minimum) && request.Level < minimum ? ReasonCodes.DeviceLevel : null;
    }

    /// <summary>The highest track type and pixel count under a key: a range decides over the label, and what is unknown counts as the top.</summary>
    private static (TrackType Track, long Pixels) Protects(RequestedKey key)
    {
        if (key.Track == TrackType.Audio) return (TrackType.Audio, 0);
        var top = key.Track is { } label ? label.PixelRange()!.Value.Max ?? long.MaxValue : long.MaxValue;
        var pixels = key.MaxPixels ?? top;
        var track = TrackTypes.FromPixels(pixels);
        return (key.Track is { } named && named > track ? named : track, pixels);
    }

    private static Decision Refuse(DecisionRequest request, string reason, List<string>? trace) => new()
    {
        Reason = reason,
        Keys = [.. request.Keys.Select(key => new KeyDecision(key.KeyId, key.Track, reason))],
        Deals = [],
        LicenseSeconds = 0,
        Trace = trace ?? [],
    };

    /// <summary>The reason that stands later in the chain of checks.</summary>
    private static string Further(string left, string right) => Rank(right) > Rank(left) ? right : left;

    private static int Rank(string reason) => reason switch
    {
        ReasonCodes.DealNone => 0,
        ReasonCodes.DealClosed => 1,
        ReasonCodes.DealNotOpen => 2,
        ReasonCodes.DealTerritory => 3,
        ReasonCodes.DealUse => 4,
        ReasonCodes.EntitlementNone => 5,
        ReasonCodes.EntitlementExpired => 6,
        _ => 7,
    };

    private static string KeySentence(DecisionRequest request, RequestedKey key, Deal deal, string? reason)
    {
        var name = key.Track?.ToName() ?? "unknown track";
        return reason is null
            ? $"The {name} key is granted to a device of level {request.Level} by deal {deal.Name}."
            : $"The {name} key is withheld under deal {deal.Name}: {Sentence(reason)}";
    }

    private static string Sentence(string reason) => reason switch
    {
        ReasonCodes.DealNotOpen => "its window has not opened.",
        ReasonCodes.DealClosed => "its window has closed.",
        ReasonCodes.DealTerritory => "the country is outside its territories, or unknown.",
        ReasonCodes.DealUse => "it does not cover this use or picture.",
        ReasonCodes.EntitlementNone => "the subscriber or the token has no plan that reaches this.",
        ReasonCodes.EntitlementExpired => "the subscriber's plan has ended.",
        ReasonCodes.DeviceLevel => "the device's security level is too low for it.",
        _ => reason,
    };
}
