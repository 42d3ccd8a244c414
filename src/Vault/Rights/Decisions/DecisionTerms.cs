namespace DrmHub.Vault.Rights;

/// <summary>The answer where something is granted: the terms of the deals that the keys go out under, put together for one licence.</summary>
internal static class DecisionTerms
{
    /// <summary>A licence as a whole has the shortest durations of its keys: each key keeps to its own deal.</summary>
    public static Decision Grant(in Asked asked, KeyWeighing[] weighed, Holding holding, RightsSnapshot rights, Subscriber? subscriber, DecisionTrace? trace)
    {
        var keys = new KeyDecision[weighed.Length];
        var used = new List<DealRule>(1);
        var seconds = long.MaxValue;
        for (var i = 0; i < keys.Length; i++)
        {
            ref var each = ref weighed[i];
            if (each.Rule is not { } rule)
            {
                keys[i] = new KeyDecision(each.Key.KeyId, each.Key.Track, each.Verdict.ToReason());
                continue;
            }

            keys[i] = new KeyDecision(each.Key.KeyId, each.Key.Track, null) { Deal = rule.Deal.Id, Output = each.OutputUnder(asked.Policy), LicenseSeconds = each.Seconds };
            seconds = Math.Min(seconds, each.Seconds);
            if (!used.Contains(rule)) used.Add(rule);
        }

        if (used.Count > 1) used.Sort(static (left, right) => string.CompareOrdinal(left.Deal.Id, right.Deal.Id));
        var terms = new Durations(seconds);
        var (accountStreams, devices) = holding.PlanLimits();
        accountStreams = subscriber?.MaxStreams ?? accountStreams;
        devices = subscriber?.MaxDevices ?? devices;
        foreach (var rule in used)
        {
            terms.Add(rule, asked, ref holding);
            if (rule.Deal.MaxDevices is { } limit) devices = Math.Min(limit, devices ?? int.MaxValue);
        }

        var deals = used.Count == 1 ? used[0].Ids : [.. used.Select(rule => rule.Deal.Id)];
        trace?.Say($"The licence goes out under {string.Join(", ", deals)} for {terms.LicenseSeconds} s.");
        return new Decision
        {
            Reason = null,
            Keys = keys,
            Deals = deals,
            LicenseSeconds = terms.LicenseSeconds,
            PlaybackSeconds = terms.PlaybackSeconds,
            RentalSeconds = terms.RentalSeconds,
            RenewSeconds = terms.RenewSeconds,
            StartsRental = terms.StartsRental,
            Persistent = asked.Request.Use == ContentUse.Download,
            StreamLimits = StreamLimits(accountStreams, used),
            DeviceLimit = devices,
            Trace = trace?.Sentences ?? [],
            RevocationVersion = rights.RevocationVersion,
            PolicyHash = rights.HashWith(asked.Policy),
        };
    }

    /// <summary>Never written to: most decisions have none.</summary>
    private static readonly List<StreamLimit> s_noLimits = [];

    private static List<StreamLimit> StreamLimits(int? account, List<DealRule> used)
    {
        List<StreamLimit>? limits = account is { } most ? [new StreamLimit(null, most)] : null;
        foreach (var rule in used)
            if (rule.Deal.MaxStreams is { } limit) (limits ??= []).Add(new StreamLimit(rule.Deal.Id, limit));
        return limits ?? s_noLimits;
    }

    /// <summary>The shortest of what each deal says.</summary>
    private struct Durations(long seconds)
    {
        public long LicenseSeconds { get; private set; } = seconds;

        public long? PlaybackSeconds { get; private set; }

        public long? RentalSeconds { get; private set; }

        public long? RenewSeconds { get; private set; }

        public bool StartsRental { get; private set; }

        public void Add(DealRule rule, in Asked asked, ref Holding holding)
        {
            RenewSeconds = Shorter(RenewSeconds, rule.Deal.RenewSeconds);
            if (rule.Deal.Model != CommercialModel.Rental)
            {
                PlaybackSeconds = Shorter(PlaybackSeconds, rule.Deal.PlaybackSeconds);
                return;
            }

            holding.Find(rule);
            StartsRental |= holding.IsFirstPlay && asked.Request.Use == ContentUse.Stream;
            PlaybackSeconds = Shorter(PlaybackSeconds, holding.IsFirstPlay ? rule.Deal.PlaybackSeconds ?? asked.Policy.PlaybackSeconds : Moments.SecondsUntil(holding.PlayUntilMs, asked.Request.NowMs));
            if (holding.IsFirstPlay) RentalSeconds = Shorter(RentalSeconds, Moments.SecondsUntil(holding.StartUntilMs, asked.Request.NowMs));
        }

        private static long? Shorter(long? left, long? right) => left is null || right < left ? right : left;
    }
}
