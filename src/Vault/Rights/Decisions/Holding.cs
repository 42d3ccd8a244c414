using DrmHub.Cenc;

namespace DrmHub.Vault.Rights;

/// <summary>What a subscriber holds under a deal: up to which picture until when, and the clock of a rental.</summary>
internal ref struct Holding
{
    /// <summary>For each track type the moment (exclusive, UTC milliseconds) until which it is held; <see cref="long.MinValue"/> where it is not.</summary>
    private readonly Span<long> _ends;

    /// <param name="ends">Room for five numbers.</param>
    public Holding(Span<long> ends)
    {
        _ends = ends;
    }

    /// <summary>For a rental that has not been played: until when playback may start.</summary>
    public long StartUntilMs { get; private set; } = long.MaxValue;

    /// <summary>For a rental: until when playback may go on, where it has been played.</summary>
    public long PlayUntilMs { get; private set; } = long.MaxValue;

    /// <summary>A rental that has not been played.</summary>
    public bool IsFirstPlay { get; private set; }

    public readonly long EndFor(TrackType track) => _ends[(int)track];

    /// <returns><see cref="Verdict.Granted"/> where something is held now; else how far it came.</returns>
    public Verdict Find(DealRule rule, DecisionRequest request, Subscriber? subscriber, RightsSnapshot rights, DevicePolicy policy)
    {
        _ends.Fill(long.MinValue);
        return rule.Deal.Model switch
        {
            CommercialModel.Free => Hold(TrackType.UHD2, long.MaxValue),
            CommercialModel.Subscription => FindPlan(rule, request, subscriber),
            CommercialModel.Purchase => FindPurchase(request, subscriber, rights),
            CommercialModel.Rental => FindRental(rule, request, subscriber, rights, policy),
            _ => Verdict.NotEntitled,
        };
    }

    private readonly Verdict Hold(TrackType max, long ends)
    {
        for (var track = 0; track <= (int)max; track++) _ends[track] = Math.Max(_ends[track], ends);
        return Verdict.Granted;
    }

    private readonly Verdict FindPlan(DealRule rule, DecisionRequest request, Subscriber? subscriber)
    {
        var verdict = Verdict.NotEntitled;
        foreach (var plan in rule.Plans)
        {
            var max = plan.MaxTrack ?? TrackType.UHD2;
            for (var i = 0; i < request.TokenPlans.Count; i++)
                if (request.TokenPlans[i] == plan.Id) verdict = Hold(max, long.MaxValue);

            for (var i = 0; i < subscriber?.Subscriptions.Count; i++)
            {
                var subscription = subscriber.Subscriptions[i];
                if (subscription.Plan != plan.Id) continue;
                var each = subscription.IsActiveAt(request.NowMs) ? Hold(max, subscription.UntilMs ?? long.MaxValue) : WhyNot(subscription, request.NowMs);
                if (each > verdict) verdict = each;
            }
        }

        return verdict;
    }

    private static Verdict WhyNot(Subscription subscription, long nowMs)
    {
        if (subscription.Status == SubscriptionStatus.Cancelled || nowMs >= subscription.UntilMs) return Verdict.Expired;
        return nowMs < subscription.FromMs ? Verdict.NotEntitled : Verdict.Suspended;
    }

    private readonly Verdict FindPurchase(DecisionRequest request, Subscriber? subscriber, RightsSnapshot rights)
    {
        for (var i = 0; i < subscriber?.Purchases.Count; i++)
        {
            var purchase = subscriber.Purchases[i];
            if (!(request.NowMs < purchase.FromMs) && Names(purchase.Content, purchase.Collection, request.ContentId, rights)) return Hold(TrackType.UHD2, long.MaxValue);
        }

        return Verdict.NotEntitled;
    }

    /// <summary>Of several rentals the one that ends last. A rental that was not played may start until its time is over; one that was may go on until that of the first play is.</summary>
    private Verdict FindRental(DealRule rule, DecisionRequest request, Subscriber? subscriber, RightsSnapshot rights, DevicePolicy policy)
    {
        var verdict = Verdict.NotEntitled;
        long latest = long.MinValue;
        for (var i = 0; i < subscriber?.Rentals.Count; i++)
        {
            var rental = subscriber.Rentals[i];
            if (rental.FromMs is not { } from || request.NowMs < from || !Names(rental.Content, rental.Collection, request.ContentId, rights)) continue;
            var startUntil = Moments.Add(from, rule.Deal.RentalSeconds ?? policy.RentalSeconds);
            var playUntil = Moments.Add(rental.FirstPlayMs ?? request.NowMs, rule.Deal.PlaybackSeconds ?? policy.PlaybackSeconds);
            var played = rental.FirstPlayMs is not null;
            if (!played && request.Use == ContentUse.Download) playUntil = Moments.Add(startUntil, rule.Deal.PlaybackSeconds ?? policy.PlaybackSeconds);
            if (request.NowMs >= (played ? playUntil : startUntil))
            {
                if (verdict < Verdict.Expired) verdict = Verdict.Expired;
                continue;
            }

            if (playUntil > latest)
            {
                latest = playUntil;
                IsFirstPlay = !played;
                StartUntilMs = played ? long.MaxValue : startUntil;
                PlayUntilMs = played ? playUntil : long.MaxValue;
            }

            verdict = Hold(TrackType.UHD2, playUntil);
        }

        return verdict;
    }

    private static bool Names(string? content, string? collection, string contentId, RightsSnapshot rights) =>
        content == contentId || (collection is not null && rights.IsInCollection(contentId, collection));
}
