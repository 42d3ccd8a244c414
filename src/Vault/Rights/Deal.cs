using DrmHub.Cenc;

namespace DrmHub.Vault.Rights;

/// <summary>What a viewer does with the content.</summary>
public enum ContentUse
{
    Stream,
    Download,
}

/// <summary>
/// What a licensor allows: which content, where, when, to whom, for which use and up to which picture. Nothing is allowed
/// without a deal. Immutable; a change replaces it whole.
/// </summary>
public sealed record Deal
{
    public required string Id { get; init; }

    /// <summary>A name that a rights person recognises.</summary>
    public required string Name { get; init; }

    public string? Licensor { get; init; }

    public required ContentSelector Content { get; init; }

    /// <summary>ISO 3166-1 alpha-2 codes where the deal holds; empty means worldwide.</summary>
    public IReadOnlySet<string> Territories { get; init; } = new HashSet<string>();

    /// <summary>Codes taken out of <see cref="Territories"/>, or out of the world.</summary>
    public IReadOnlySet<string> TerritoriesExcluded { get; init; } = new HashSet<string>();

    /// <summary>UTC milliseconds, inclusive; null means since ever.</summary>
    public long? OpensMs { get; init; }

    /// <summary>UTC milliseconds, exclusive; null means for ever.</summary>
    public long? ClosesMs { get; init; }

    /// <summary>Plans whose subscribers may watch; a subscriber needs one of them.</summary>
    public IReadOnlySet<string> Plans { get; init; } = new HashSet<string>();

    public IReadOnlySet<ContentUse> Uses { get; init; } = new HashSet<ContentUse> { ContentUse.Stream };

    /// <summary>The highest picture that the deal covers.</summary>
    public TrackType MaxTrack { get; init; } = TrackType.UHD2;

    /// <summary>The least level for a track type, where the deal asks for more than the device policy does.</summary>
    public IReadOnlyDictionary<TrackType, SecurityLevel> MinimumLevels { get; init; } = new Dictionary<TrackType, SecurityLevel>();

    /// <summary>Whether level <see cref="SecurityLevel.None"/> (Clear Key, AES-128) may have keys at all.</summary>
    public bool ClearKeyAllowed { get; init; }

    /// <summary>How long a licence lasts, in seconds; null means the policy's default.</summary>
    public long? LicenseSeconds { get; init; }
}
