namespace DrmHub.Vault.Rights;

/// <summary>The answer where something is granted: the terms of the deals that the keys go out under, put together for one licence.</summary>
internal static class DecisionTerms
{
    /// <summary>A licence as a whole has the shortest durations of its keys: each key keeps to its own deal.</summary>
    public static Decision Grant(DecisionRequest request, KeyWeighing[] weighed, RightsSnapshot rights, Subscriber? subscriber, DevicePolicy policy, DecisionTrace? trace)
    {
        var keys = new KeyDecision[weighed.Length];
        var used = new SortedDictionary<string, DealRule>(StringComparer.Ordinal);
        var seconds = long.MaxValue;
        for (var i = 0; i < keys.Length; i++)
        {
            ref var each = ref weighed[i];
            if (each.Rule is not { } rule)
            {
                keys[i] = new KeyDecision(each.Key.KeyId, each.Key.Track, each.Verdict.ToReason());
                continue;
            }

            keys[i] = new KeyDecision(each.Key.KeyId, each.Key.Track, null) { Deal = rule.Deal.Id, Output = each.Output, LicenseSeconds = each.Seconds };
            seconds = Math.Min(seconds, each.Seconds);
            used.TryAdd(rule.Deal.Id, rule);
        }

        var terms = new Durations(seconds);
        var streams = new List<StreamLimit>();
        var (accountStreams, accountDevices) = AccountLimits(request, rights, subscriber);
        if (accountStreams is { } account) streams.Add(new StreamLimit(null, account));
        foreach (var rule in used.Values)
        {
            terms.Add(rule, request, rights, subscriber, policy);
            if (rule.Deal.MaxStreams is { } limit) streams.Add(new StreamLimit(rule.Deal.Id, limit));
            if (rule.Deal.MaxDevices is { } devices) accountDevices = Math.Min(devices, accountDevices ?? int.MaxValue);
        }

        trace?.Say($"The licence goes out under {string.Join(", ", used.Keys)} for {terms.LicenseSeconds} s.");
        return new Decision
        {
            Reason = null,
            Keys = keys,
            Deals = [.. used.Keys],
            LicenseSeconds = terms.LicenseSeconds,
            PlaybackSeconds = terms.PlaybackSeconds,
            RentalSeconds = terms.RentalSeconds,
            RenewSeconds = terms.RenewSeconds,
            StartsRental = terms.StartsRental,
            Persistent = request.Use == ContentUse.Download,
            StreamLimits = streams,
            DeviceLimit = accountDevices,
            Trace = trace?.Sentences ?? [],
            RevocationVersion = rights.RevocationVersion,
            PolicyHash = rights.HashWith(policy),
        };
    }

    /// <summary>The subscriber's own limits, else those of the most generous plan that is held; a plan without a limit has none.</summary>
    private static (int? Streams, int? Devices) AccountLimits(DecisionRequest request, RightsSnapshot rights, Subscriber? subscriber)
    {
        int? streams = 0, devices = 0;
        var any = false;
        foreach (var id in request.TokenPlans) Add(id);
        foreach (var subscription in subscriber?.Subscriptions ?? [])
            if (subscription.IsActiveAt(request.NowMs)) Add(subscription.Plan);
        return (subscriber?.MaxStreams ?? (any ? streams : null), subscriber?.MaxDevices ?? (any ? devices : null));

        void Add(string id)
        {
            var plan = rights.FindPlan(id);
            any = true;
            streams = plan?.MaxStreams is { } planStreams && streams is { } known ? Math.Max(planStreams, known) : null;
            devices = plan?.MaxDevices is { } planDevices && devices is { } most ? Math.Max(planDevices, most) : null;
        }
    }

    /// <summary>The shortest of what each deal says.</summary>
    private struct Durations(long seconds)
    {
        public long LicenseSeconds { get; private set; } = seconds;

        public long? PlaybackSeconds { get; private set; }

        public long? RentalSeconds { get; private set; }

        public long? RenewSeconds { get; private set; }

        public bool StartsRental { get; private set; }

        public void Add(DealRule rule, DecisionRequest request, RightsSnapshot rights, Subscriber? subscriber, DevicePolicy policy)
        {
            RenewSeconds = Shorter(RenewSeconds, rule.Deal.RenewSeconds);
            if (rule.Deal.Model != CommercialModel.Rental)
            {
                PlaybackSeconds = Shorter(PlaybackSeconds, rule.Deal.PlaybackSeconds);
                return;
            }

            var holding = new Holding(stackalloc long[5]);
            holding.Find(rule, request, subscriber, rights, policy);
            StartsRental |= holding.IsFirstPlay && request.Use == ContentUse.Stream;
            PlaybackSeconds = Shorter(PlaybackSeconds, holding.IsFirstPlay ? rule.Deal.PlaybackSeconds ?? policy.PlaybackSeconds : Moments.SecondsUntil(holding.PlayUntilMs, request.NowMs));
            if (holding.IsFirstPlay) RentalSeconds = Shorter(RentalSeconds, Moments.SecondsUntil(holding.StartUntilMs, request.NowMs));
        }

        private static long? Shorter(long? left, long? right) => left is null || right < left ? right : left;
    }
}
