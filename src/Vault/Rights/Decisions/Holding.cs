using DrmHub.Cenc;

namespace DrmHub.Vault.Rights;

/// <summary>What a subscriber holds under a deal: up to which picture until when, and the clock of a rental.</summary>
internal ref struct Holding
{
    /// <summary>For each track type the moment (exclusive, UTC milliseconds) until which it is held; <see cref="long.MinValue"/> where it is not.</summary>
    private readonly Span<long> _ends;
    private readonly ReadOnlySpan<HeldPlan> _plans;
    private readonly ulong _planBits;
    private readonly DecisionRequest _request;
    private readonly Subscriber? _subscriber;
    private readonly RightsSnapshot _rights;
    private readonly DevicePolicy _policy;

    /// <param name="ends">Room for five numbers.</param>
    /// <param name="plans">Room for <see cref="CountPlans"/>.</param>
    public Holding(Span<long> ends, Span<HeldPlan> plans, DecisionRequest request, Subscriber? subscriber, RightsSnapshot rights, DevicePolicy policy)
    {
        _ends = ends;
        _request = request;
        _subscriber = subscriber;
        _rights = rights;
        _policy = policy;
        var count = 0;
        foreach (var subscription in Spans.Of(subscriber?.Subscriptions))
            plans[count++] = Hold(subscription.Plan, WhyNot(subscription, request.NowMs), subscription.UntilMs ?? long.MaxValue, rights.Plans);
        foreach (var named in Spans.Of(request.TokenPlans)) plans[count++] = Hold(named, Verdict.Granted, long.MaxValue, rights.Plans);
        _plans = plans[..count];
        foreach (var plan in _plans) _planBits |= HeldPlans.BitOf(plan.Number);
    }

    public static int CountPlans(DecisionRequest request, Subscriber? subscriber) => request.TokenPlans.Count + (subscriber?.Subscriptions.Count ?? 0);

    /// <summary>For a rental that has not been played: until when playback may start.</summary>
    public long StartUntilMs { get; private set; } = long.MaxValue;

    /// <summary>For a rental: until when playback may go on, where it has been played.</summary>
    public long PlayUntilMs { get; private set; } = long.MaxValue;

    /// <summary>A rental that has not been played.</summary>
    public bool IsFirstPlay { get; private set; }

    public readonly long EndFor(TrackType track) => _ends[(int)track];

    /// <summary>The limits of the account by the most generous of the plans that are held now; null is none.</summary>
    public readonly (int? Streams, int? Devices) PlanLimits()
    {
        int? streams = 0, devices = 0;
        var any = false;
        foreach (var held in _plans)
        {
            if (held.Verdict != Verdict.Granted) continue;
            any = true;
            var plan = _rights.Plans.At(held.Number);
            streams = plan?.MaxStreams is { } planStreams && streams is { } known ? Math.Max(planStreams, known) : null;
            devices = plan?.MaxDevices is { } planDevices && devices is { } most ? Math.Max(planDevices, most) : null;
        }

        return any ? (streams, devices) : (null, null);
    }

    /// <summary>Forgets the deal before and looks at this one.</summary>
    /// <returns><see cref="Verdict.Granted"/> where something is held now; else how far it came.</returns>
    public Verdict Find(DealRule rule)
    {
        _ends.Fill(long.MinValue);
        (StartUntilMs, PlayUntilMs, IsFirstPlay) = (long.MaxValue, long.MaxValue, false);
        return rule.Deal.Model switch
        {
            CommercialModel.Free => Hold(TrackType.UHD2, long.MaxValue),
            CommercialModel.Subscription => FindPlan(rule),
            CommercialModel.Purchase => FindPurchase(),
            CommercialModel.Rental => FindRental(rule),
            _ => Verdict.NotEntitled,
        };
    }

    private readonly Verdict Hold(TrackType max, long ends)
    {
        for (var track = 0; track <= (int)max; track++) _ends[track] = Math.Max(_ends[track], ends);
        return Verdict.Granted;
    }

    private readonly Verdict FindPlan(DealRule rule)
    {
        var verdict = Verdict.NotEntitled;
        if ((rule.PlanBits & _planBits) == 0) return verdict;
        foreach (var number in rule.Plans)
        {
            foreach (ref readonly var held in _plans)
            {
                if (held.Number != number) continue;
                var each = held.Verdict == Verdict.Granted ? Hold(held.MaxTrack, held.EndMs) : held.Verdict;
                if (each > verdict) verdict = each;
            }
        }

        return verdict;
    }

    private static HeldPlan Hold(string id, Verdict verdict, long endMs, HeldPlans plans)
    {
        var number = plans.NumberOf(id);
        return new HeldPlan(number, plans.At(number)?.MaxTrack ?? TrackType.UHD2, verdict, endMs);
    }

    private static Verdict WhyNot(Subscription subscription, long nowMs)
    {
        if (subscription.IsActiveAt(nowMs)) return Verdict.Granted;
        if (subscription.Status == SubscriptionStatus.Cancelled || nowMs >= subscription.UntilMs) return Verdict.Expired;
        return nowMs < subscription.FromMs ? Verdict.NotEntitled : Verdict.Suspended;
    }

    private readonly Verdict FindPurchase()
    {
        foreach (var purchase in Spans.Of(_subscriber?.Purchases))
            if (!(_request.NowMs < purchase.FromMs) && Names(purchase.Content, purchase.Collection)) return Hold(TrackType.UHD2, long.MaxValue);
        return Verdict.NotEntitled;
    }

    /// <summary>Of several rentals the one that ends last. A rental that was not played may start until its time is over; one that was may go on until that of the first play is.</summary>
    private Verdict FindRental(DealRule rule)
    {
        var verdict = Verdict.NotEntitled;
        var latest = long.MinValue;
        var playback = rule.Deal.PlaybackSeconds ?? _policy.PlaybackSeconds;
        foreach (var rental in Spans.Of(_subscriber?.Rentals))
        {
            if (rental.FromMs is not { } from || _request.NowMs < from || !Names(rental.Content, rental.Collection)) continue;
            var played = rental.FirstPlayMs is not null;
            var startUntil = Moments.Add(from, rule.Deal.RentalSeconds ?? _policy.RentalSeconds);
            var playUntil = Moments.Add(rental.FirstPlayMs ?? _request.NowMs, playback);
            if (!played && _request.Use == ContentUse.Download) playUntil = Moments.Add(startUntil, playback);
            if (_request.NowMs >= (played ? playUntil : startUntil))
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

    private readonly bool Names(string? content, string? collection) =>
        content == _request.ContentId || (collection is not null && _rights.IsInCollection(_request.ContentId, collection));
}
