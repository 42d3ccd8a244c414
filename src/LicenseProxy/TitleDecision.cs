using DrmHub.Vault.Rights;

namespace DrmHub.LicenseProxy;

/// <summary>The decision on one of the titles that a request's keys belong to.</summary>
internal readonly record struct TitleDecision(string ContentId, Decision Decision)
{
    /// <summary>One decision that grants what each of them grants, for the shortest of their times.</summary>
    public static Decision Strictest(IReadOnlyList<TitleDecision> titles)
    {
        if (titles.Count == 1) return titles[0].Decision;
        var granted = titles.Where(title => title.Decision.Granted).Select(title => title.Decision).ToList();
        if (granted.Count == 0) return titles[0].Decision with { Keys = [.. titles.SelectMany(title => title.Decision.Keys)] };
        return granted[0] with
        {
            Keys = [.. titles.SelectMany(title => title.Decision.Keys)],
            Deals = [.. granted.SelectMany(decision => decision.Deals).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
            LicenseSeconds = granted.Min(decision => decision.LicenseSeconds),
            PlaybackSeconds = granted.Min(decision => decision.PlaybackSeconds),
            RentalSeconds = granted.Min(decision => decision.RentalSeconds),
            RenewSeconds = granted.Min(decision => decision.RenewSeconds),
            Persistent = granted.TrueForAll(decision => decision.Persistent),
            StreamLimits = [.. granted.SelectMany(decision => decision.StreamLimits).GroupBy(limit => limit.Scope).Select(scope => scope.MinBy(limit => limit.Limit)!)],
            DeviceLimit = granted.Min(decision => decision.DeviceLimit),
            StartsRental = granted.Exists(decision => decision.StartsRental),
            Trace = [],
        };
    }
}
