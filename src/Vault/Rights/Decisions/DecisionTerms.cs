namespace DrmHub.Vault.Rights;

/// <summary>The answer where something is granted: the terms of the deals that the keys go out under, put together for one licence.</summary>
internal static class DecisionTerms
{
    /// <summary>A licence as a whole has the shortest durations of its keys: each key keeps to its own deal.</summary>
    public static Decision Grant(in Asked asked, ReadOnlySpan<KeyWeighing> weighed, Holding holding, RightsSnapshot rights, Subscriber? subscriber, DecisionTrace? trace)
    {
        var keys = new KeyDecision[weighed.Length];
        var used = RulesUnder(weighed);
        var seconds = long.MaxValue;
        for (var i = 0; i < keys.Length; i++)
        {
            ref readonly var each = ref weighed[i];
            if (each.Rule is not { } rule)
            {
                keys[i] = new KeyDecision(each.Key.KeyId, each.Key.Track, each.Verdict.ToReason());
                continue;
            }

            keys[i] = new KeyDecision(each.Key.KeyId, each.Key.Track, null) { Deal = rule.Deal.Id, Output = each.OutputUnder(asked.Policy), LicenseSeconds = each.Seconds };
            seconds = Math.Min(seconds, each.Seconds);
        }

        var terms = new Durations(seconds);
        var (accountStreams, devices) = holding.PlanLimits();
        accountStreams = subscriber?.MaxStreams ?? accountStreams;
        devices = subscriber?.MaxDevices ?? devices;
        foreach (var rule in used)
        {
            terms.Add(rule, asked, ref holding);
            if (rule.Deal.MaxDevices is { } limit) devices = Math.Min(limit, devices ?? int.MaxValue);
        }

        var deals = used.Length == 1 ? used[0].Ids : Array.ConvertAll(used, static rule => rule.Deal.Id);
        trace?.Say($"The licence goes out under {string.Join(", ", deals)} for {Say(terms.LicenseSeconds)}.");
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
            Persistent = asked.Use == ContentUse.Download,
            StreamLimits = StreamLimits(accountStreams, used),
            DeviceLimit = devices,
            Trace = trace?.Sentences ?? [],
            RevocationVersion = rights.RevocationVersion,
            PolicyHash = rights.HashWith(asked.Policy),
        };
    }

    /// <summary>The deals that a key goes out under, each once, in the order of their ids.</summary>
    private static DealRule[] RulesUnder(ReadOnlySpan<KeyWeighing> weighed)
    {
        DealRule[]? rules = null;
        foreach (ref readonly var each in weighed)
        {
            if (each.Rule is not { } rule || rule == rules?[0]) continue;
            if (rules is null) rules = rule.Alone;
            else if (!rules.Contains(rule)) rules = [.. rules, rule];
        }

        if (rules!.Length > 1) Array.Sort(rules, static (left, right) => string.CompareOrdinal(left.Deal.Id, right.Deal.Id));
        return rules;
    }

    private static StreamLimit[] StreamLimits(int? account, DealRule[] used)
    {
        var count = account is null ? 0 : 1;
        foreach (var rule in used)
            if (rule.Deal.MaxStreams is not null) count++;
        if (count == 0) return [];
        var limits = new StreamLimit[count];
        if (account is { } most) limits[0] = new StreamLimit(null, most);
        for (var i = used.Length - 1; i >= 0; i--)
            if (used[i].Deal.MaxStreams is { } limit) limits[--count] = new StreamLimit(used[i].Deal.Id, limit);
        return limits;
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
            StartsRental |= holding.IsFirstPlay && asked.Use == ContentUse.Stream;
            PlaybackSeconds = Shorter(PlaybackSeconds, holding.IsFirstPlay ? rule.Deal.PlaybackSeconds ?? asked.Policy.PlaybackSeconds : Moments.SecondsUntil(holding.PlayUntilMs, asked.Request.NowMs));
            if (holding.IsFirstPlay) RentalSeconds = Shorter(RentalSeconds, Moments.SecondsUntil(holding.StartUntilMs, asked.Request.NowMs));
        }

        private static long? Shorter(long? left, long? right) => left is null || right < left ? right : left;
    }

    /// <summary>A duration in the largest unit that it is a whole number of: the trace is read by people.</summary>
    private static string Say(long seconds) => seconds switch
    {
        >= 172_800 when seconds % 86_400 == 0 => $"{seconds / 86_400} days",
        >= 3600 when seconds % 3600 == 0 => $"{seconds / 3600} h",
        >= 60 when seconds % 60 == 0 => $"{seconds / 60} min",
        _ => $"{seconds} s",
    };
}
