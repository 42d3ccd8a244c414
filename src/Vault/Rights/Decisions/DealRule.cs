using DrmHub.Cenc;

namespace DrmHub.Vault.Rights;

/// <summary>A deal laid out for the decision. Made once with the snapshot, read by every request.</summary>
internal sealed class DealRule
{
    private readonly CountrySet _countries;
    private readonly int _uses;
    private readonly bool _coversAllAudio;
    private readonly DealTerms _terms;
    private readonly Dictionary<string, DealTerms>? _platforms;

    private readonly long? _licenseSeconds;
    private readonly long? _offlineSeconds;

    public DealRule(Deal deal, HeldPlans plans)
    {
        Deal = deal;
        Ids = [deal.Id];
        Alone = [this];
        OpensMs = deal.OpensMs ?? long.MinValue;
        ClosesMs = deal.ClosesMs ?? long.MaxValue;
        _countries = new CountrySet(deal.Territories, deal.TerritoriesExcluded);
        foreach (var use in deal.Uses) _uses |= 1 << (int)use;
        _licenseSeconds = deal.LicenseSeconds;
        _offlineSeconds = deal.OfflineSeconds;
        Plans = [.. deal.Plans.Select(plans.NumberOf)];
        foreach (var plan in Plans) PlanBits |= HeldPlans.BitOf(plan);
        _coversAllAudio = deal.AudioQualities.Count == 0 && deal.AudioLanguages.Count == 0;
        _terms = new DealTerms(deal, null);
        if (deal.Platforms.Count == 0) return;
        _platforms = new Dictionary<string, DealTerms>(StringComparer.OrdinalIgnoreCase);
        foreach (var platform in deal.Platforms) _platforms[platform.Platform] = new DealTerms(deal, platform);
    }

    public Deal Deal { get; }

    /// <summary>The id alone in a list: most licences go out under one deal.</summary>
    public IReadOnlyList<string> Ids { get; }

    /// <summary>This rule alone in a list.</summary>
    public DealRule[] Alone { get; }

    public long OpensMs { get; }

    public long ClosesMs { get; }

    /// <summary>Numbers of the plans whose subscribers may watch.</summary>
    public int[] Plans { get; }

    /// <summary>Their bits (<see cref="HeldPlans.BitOf"/>): who has none of them holds none of the plans.</summary>
    public ulong PlanBits { get; }

    public bool Covers(int country) => _countries.Contains(country);

    public bool Allows(ContentUse use) => (_uses >> (int)use & 1) != 0;

    public DealTerms TermsOn(string? platform) =>
        _platforms is not null && platform is not null && _platforms.TryGetValue(platform, out var terms) ? terms : _terms;

    /// <summary>Whether the deal covers the audio that a key protects.</summary>
    public bool CoversAudio(RequestedKey key)
    {
        if (_coversAllAudio) return true;
        if (Deal.AudioQualities.Count > 0 && !Deal.AudioQualities.Contains(key.Quality ?? AudioQuality.Lossless)) return false;
        return Deal.AudioLanguages.Count == 0 || (key.Language is not null && Deal.AudioLanguages.Contains(key.Language));
    }

    /// <summary>Licence duration by use, before any end of window, plan or rental.</summary>
    public long SecondsFor(ContentUse use, DevicePolicy policy) =>
        use == ContentUse.Download ? _offlineSeconds ?? policy.OfflineSeconds : _licenseSeconds ?? policy.LicenseSeconds;

    /// <summary>Longest streaming licences first, then by id.</summary>
    public static int Compare(DealRule left, DealRule right)
    {
        var longer = right.SecondsFor(ContentUse.Stream, DevicePolicy.Default).CompareTo(left.SecondsFor(ContentUse.Stream, DevicePolicy.Default));
        return longer != 0 ? longer : string.CompareOrdinal(left.Deal.Id, right.Deal.Id);
    }
}
