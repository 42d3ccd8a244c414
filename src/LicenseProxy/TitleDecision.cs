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
        return new Decision
        {
            Reason = granted.Count > 0 ? null : titles[0].Decision.Reason,
            Keys = [.. titles.SelectMany(title => title.Decision.Keys)],
            Deals = [.. granted.SelectMany(decision => decision.Deals).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
            LicenseSeconds = granted.Count > 0 ? granted.Min(decision => decision.LicenseSeconds) : 0,
            Trace = [],
        };
    }
}
