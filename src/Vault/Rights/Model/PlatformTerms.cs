using DrmHub.Cenc;

namespace DrmHub.Vault.Rights;

/// <summary>Terms of a deal that are different on one platform. What is null or empty is as in the deal.</summary>
public sealed record PlatformTerms
{
    /// <summary>The name that the player or its token gives, in lower case: <c>web</c>, <c>android</c>, <c>ios</c>, <c>tv</c>, or the operator's own.</summary>
    public required string Platform { get; init; }

    /// <summary>The deal does not hold on this platform.</summary>
    public bool Denied { get; init; }

    public TrackType? MaxTrack { get; init; }

    /// <summary>Replaces the deal's level of each track type that it names.</summary>
    public IReadOnlyDictionary<TrackType, SecurityLevel> MinimumLevels { get; init; } = new Dictionary<TrackType, SecurityLevel>();

    /// <summary>Replaces the deal's cap of each level that it names.</summary>
    public IReadOnlyDictionary<SecurityLevel, long> LevelCaps { get; init; } = new Dictionary<SecurityLevel, long>();

    /// <summary>Replaces the deal's HDCP of each track type that it names.</summary>
    public IReadOnlyDictionary<TrackType, HdcpVersion> Hdcp { get; init; } = new Dictionary<TrackType, HdcpVersion>();

    public bool? ClearKeyAllowed { get; init; }
}
