using DrmHub.Cenc;

namespace DrmHub.Vault.Rights;

/// <summary>
/// The decision: a pure function of (request, rights, subscriber, policy); the time is in the request. Deny is the default; a key is
/// granted when at least one deal grants it, so more deals or plans never grant less, and the order of deals does not matter.
/// </summary>
/// <remarks>
/// 1. A takedown refuses everything. 2. A suspended subscriber gets nothing, a revoked device neither. 3. For each deal that covers
/// the content: window, territory, use, platform, what the subscriber holds, and, for level None, whether Clear Key is allowed.
/// 4. For each key and each deal that passed: the highest track, language and quality of the deal; the highest track of what is held
/// and of the token; the level. 5. A key goes out under the one deal that is best for it (longest licence, most streams, least output
/// protection, then the id): terms of different deals are never mixed for one key. 6. Where nothing is granted, the reason is that
/// of the deal that came furthest, because that is the one that a rights person would change.
/// </remarks>
public static class Entitlement
{
    private const int FewPlans = 8;

    /// <summary>In the place of the shortest licence of all keys while there is a key that no deal grants.</summary>
    private const long NotAll = -1;

    /// <summary>Over a handful of deals, without plans, collections or takedowns of their own.</summary>
    public static Decision Decide(DecisionRequest request, IReadOnlyList<Deal> deals, Subscriber? subscriber, DevicePolicy policy) =>
        Decide(request, new RightsSnapshot(new RightsDocuments { Deals = deals }), subscriber, policy);

    public static Decision Decide(DecisionRequest request, RightsSnapshot rights, Subscriber? subscriber, DevicePolicy policy)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(rights);
        ArgumentNullException.ThrowIfNull(policy);
        var trace = request.WithTrace ? new DecisionTrace(request) : null;
        var rules = rights.RulesFor(request.ContentId);
        if (RefuseAll(request, rights, rules, subscriber, trace, out var takedown) is { } reason)
            return Refuse(request, reason, takedown, rights, policy, trace);

        var few = new KeyWeighing.Few();
        var keys = request.Keys.Count <= KeyWeighing.Few.Count ? ((Span<KeyWeighing>)few)[..request.Keys.Count] : new KeyWeighing[request.Keys.Count];
        for (var i = 0; i < keys.Length; i++) keys[i] = new KeyWeighing(request.Keys[i]);
        var question = new Asked(request, policy);
        var plans = Holding.CountPlans(request, subscriber);
        var holding = new Holding(stackalloc long[5], plans <= FewPlans ? stackalloc HeldPlan[FewPlans] : new HeldPlan[plans], request, subscriber, rights, policy);
        var furthest = Verdict.NoDeal;
        var least = NotAll;
        foreach (var rule in rules.Deals)
        {
            // What goes out for longer than this deal could give is not bettered by it: only the trace has to know.
            var most = trace is null ? rule.SecondsFor(question.Use, policy) : long.MaxValue;
            if (most < least) continue;
            var terms = rule.TermsOn(request.Platform);
            var verdict = Check(rule, terms, question);
            if (verdict == Verdict.Granted) verdict = holding.Find(rule);
            if (verdict == Verdict.Granted && question.Level == SecurityLevel.None && !terms.ClearKeyAllowed) verdict = Verdict.Level;
            trace?.Deal(rule.Deal, verdict);
            if (verdict != Verdict.Granted)
            {
                if (verdict > furthest) furthest = verdict;
                continue;
            }

            least = keys.Length == 0 ? NotAll : long.MaxValue;
            foreach (ref var key in keys)
            {
                if (most >= key.Seconds)
                {
                    verdict = key.Weigh(question, rule, terms, holding);
                    trace?.Key(key.Key, rule.Deal, verdict);
                    if (verdict > furthest) furthest = verdict;
                }

                least = Math.Min(least, key.Rule is null ? NotAll : key.Seconds);
            }
        }

        if (furthest != Verdict.Granted)
        {
            if (furthest == Verdict.NoDeal) trace?.Say("No deal covers this content.");
            return Refuse(request, furthest.ToReason()!, null, rights, policy, trace);
        }

        return DecisionTerms.Grant(question, keys, holding, rights, subscriber, trace);
    }

    /// <summary>What stands above all deals.</summary>
    private static string? RefuseAll(
        DecisionRequest request, RightsSnapshot rights, RightsSnapshot.ContentRules rules, Subscriber? subscriber, DecisionTrace? trace, out Takedown? takedown)
    {
        takedown = RightsSnapshot.FindTakedown(rules, request.Country, request.NowMs);
        if (takedown is not null)
        {
            trace?.Say(takedown.Territories.Count == 0 ? $"Takedown {takedown.Id} holds for this content." : $"Takedown {takedown.Id} holds for this content in this country.");
            return takedown.Territories.Count == 0 ? ReasonCodes.DealClosed : ReasonCodes.DealTerritory;
        }

        if (subscriber is { Status: SubscriberStatus.Suspended })
        {
            trace?.Say("The subscriber is suspended.");
            return ReasonCodes.EntitlementSuspended;
        }

        if (rights.Revoked.Contains(request))
        {
            trace?.Say($"The device or app stands on a revocation list ({rights.RevocationVersion}).");
            return ReasonCodes.DeviceRevoked;
        }

        for (var i = 0; i < subscriber?.Devices.Count; i++)
        {
            if (!subscriber.Devices[i].Revoked || request.DeviceId is null || subscriber.Devices[i].Id != request.DeviceId) continue;
            trace?.Say("The device was revoked for this subscriber.");
            return ReasonCodes.DeviceRevoked;
        }

        return null;
    }

    private static Verdict Check(DealRule rule, DealTerms terms, in Asked asked)
    {
        if (asked.NowMs >= rule.ClosesMs) return Verdict.Closed;
        if (asked.NowMs < rule.OpensMs) return Verdict.NotOpen;
        if (!rule.Covers(asked.Country)) return Verdict.Territory;
        return rule.Allows(asked.Use) && !terms.Denied ? Verdict.Granted : Verdict.Use;
    }

    private static Decision Refuse(DecisionRequest request, string reason, Takedown? takedown, RightsSnapshot rights, DevicePolicy policy, DecisionTrace? trace)
    {
        var keys = new KeyDecision[request.Keys.Count];
        for (var i = 0; i < keys.Length; i++) keys[i] = new KeyDecision(request.Keys[i].KeyId, request.Keys[i].Track, reason);
        return new Decision
        {
            Reason = reason,
            Keys = keys,
            Deals = [],
            LicenseSeconds = 0,
            Trace = trace?.Sentences ?? [],
            Takedown = takedown?.Id,
            RevocationVersion = rights.RevocationVersion,
            PolicyHash = rights.HashWith(policy),
        };
    }
}
