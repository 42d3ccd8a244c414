using DrmHub.Cenc;

namespace DrmHub.Vault.Rights;

/// <summary>The terms of a deal on one platform, laid out for the decision: arrays by track type and by level instead of dictionaries.</summary>
internal sealed class DealTerms
{
    private const int Tracks = 5;
    private const int Levels = 4;

    private readonly SecurityLevel[] _minimum = new SecurityLevel[Tracks];
    private readonly HdcpVersion?[] _hdcp = new HdcpVersion?[Tracks];
    private readonly long?[]? _caps;

    public DealTerms(Deal deal, PlatformTerms? platform)
    {
        Denied = platform?.Denied ?? false;
        MaxTrack = platform?.MaxTrack ?? deal.MaxTrack;
        ClearKeyAllowed = platform?.ClearKeyAllowed ?? deal.ClearKeyAllowed;
        if (deal.LevelCaps.Count > 0 || platform?.LevelCaps.Count > 0) _caps = new long?[Levels];
        Apply(deal.MinimumLevels, deal.Hdcp, deal.LevelCaps);
        if (platform is not null) Apply(platform.MinimumLevels, platform.Hdcp, platform.LevelCaps);
    }

    public bool Denied { get; }

    public TrackType MaxTrack { get; }

    public bool ClearKeyAllowed { get; }

    public SecurityLevel MinimumFor(TrackType track) => _minimum[(int)track];

    public HdcpVersion HdcpFor(TrackType track, DevicePolicy policy) => _hdcp[(int)track] ?? policy.HdcpFor(track);

    /// <summary>The highest picture in pixels for a level: the highest that it or any level below it has, so that a lower level never has more.</summary>
    public long CapFor(SecurityLevel level, DevicePolicy policy)
    {
        long cap = 0;
        for (var each = SecurityLevel.None; each <= level; each++) cap = Math.Max(cap, _caps?[(int)each] ?? policy.CapFor(each));
        return cap;
    }

    /// <summary>Whether the device that asks may have a key that protects this much.</summary>
    public bool Allows(in Asked asked, TrackType track, long pixels) =>
        asked.Level >= _minimum[(int)track]
        && (asked.Level > SecurityLevel.None || ClearKeyAllowed)
        && (track == TrackType.Audio || pixels <= (_caps is null ? asked.PolicyCap : CapFor(asked.Level, asked.Policy)));

    /// <summary>The lowest level at which <see cref="Allows"/> holds.</summary>
    public SecurityLevel LowestFor(TrackType track, long pixels, DevicePolicy policy)
    {
        for (var level = SecurityLevel.None; level < SecurityLevel.Hardware; level++)
            if (level >= MinimumFor(track) && (level > SecurityLevel.None || ClearKeyAllowed) && (track == TrackType.Audio || pixels <= CapFor(level, policy))) return level;
        return SecurityLevel.Hardware;
    }

    private void Apply(IReadOnlyDictionary<TrackType, SecurityLevel> minimum, IReadOnlyDictionary<TrackType, HdcpVersion> hdcp, IReadOnlyDictionary<SecurityLevel, long> caps)
    {
        foreach (var (track, level) in minimum) _minimum[(int)track] = level;
        foreach (var (track, version) in hdcp) _hdcp[(int)track] = version;
        foreach (var (level, pixels) in caps) _caps![(int)level] = pixels;
    }
}
