using System.Text.Json.Serialization;
using DrmHub.Cenc;

namespace DrmHub.Vault.Rights;

/// <summary>
/// What a licensor allows: which content, where, when, to whom, for which use, up to which picture and under which terms. Nothing is
/// allowed without a deal. Immutable; a change replaces it whole.
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

    /// <summary>UTC milliseconds, inclusive; null means since ever. In JSON <c>opens</c>, an ISO 8601 time with its offset.</summary>
    [JsonPropertyName("opens"), JsonConverter(typeof(UtcMilliseconds))]
    public long? OpensMs { get; init; }

    /// <summary>UTC milliseconds, exclusive; null means for ever. In JSON <c>closes</c>.</summary>
    [JsonPropertyName("closes"), JsonConverter(typeof(UtcMilliseconds))]
    public long? ClosesMs { get; init; }

    public CommercialModel Model { get; init; }

    /// <summary>For <see cref="CommercialModel.Subscription"/>: plans whose subscribers may watch; one of them is enough.</summary>
    public IReadOnlySet<string> Plans { get; init; } = new HashSet<string>();

    public IReadOnlySet<ContentUse> Uses { get; init; } = new HashSet<ContentUse> { ContentUse.Stream };

    /// <summary>The highest picture that the deal covers.</summary>
    public TrackType MaxTrack { get; init; } = TrackType.UHD2;

    /// <summary>
    /// Primary language subtags (<c>hi</c>, <c>en</c>) of the audio that the deal covers; empty means all. A key whose label names no
    /// language protects all of them, and is then withheld.
    /// </summary>
    public IReadOnlySet<string> AudioLanguages { get; init; } = new HashSet<string>();

    /// <summary>Quality labels of the audio that the deal covers; empty means all.</summary>
    public IReadOnlySet<AudioQuality> AudioQualities { get; init; } = new HashSet<AudioQuality>();

    /// <summary>The least level for a track type, where the deal asks for more than the device policy does.</summary>
    public IReadOnlyDictionary<TrackType, SecurityLevel> MinimumLevels { get; init; } = new Dictionary<TrackType, SecurityLevel>();

    /// <summary>The highest picture in pixels for a level, where the deal says another than the device policy does. A level never has less than those below it.</summary>
    public IReadOnlyDictionary<SecurityLevel, long> LevelCaps { get; init; } = new Dictionary<SecurityLevel, long>();

    /// <summary>The least HDCP for a track type, where the deal says another than the device policy does.</summary>
    public IReadOnlyDictionary<TrackType, HdcpVersion> Hdcp { get; init; } = new Dictionary<TrackType, HdcpVersion>();

    /// <summary>Whether level <see cref="SecurityLevel.None"/> (Clear Key, AES-128) may have keys at all.</summary>
    public bool ClearKeyAllowed { get; init; }

    /// <summary>What is different on some platforms.</summary>
    public IReadOnlyList<PlatformTerms> Platforms { get; init; } = [];

    /// <summary>How long a streaming licence lasts, in seconds; null means the policy's default.</summary>
    public long? LicenseSeconds { get; init; }

    /// <summary>How long a download's licence lasts, in seconds; null means the policy's default.</summary>
    public long? OfflineSeconds { get; init; }

    /// <summary>After how many seconds a player asks again; null means it need not.</summary>
    public long? RenewSeconds { get; init; }

    /// <summary>For <see cref="CommercialModel.Rental"/>: seconds from the rental in which playback may start; null means the policy's default.</summary>
    public long? RentalSeconds { get; init; }

    /// <summary>Seconds from the first play in which playback may go on. For a rental null means the policy's default; elsewhere, no limit.</summary>
    public long? PlaybackSeconds { get; init; }

    /// <summary>Streams of this deal at once on one account; null means no limit from the deal.</summary>
    public int? MaxStreams { get; init; }

    /// <summary>Devices of one account that may have licences of this deal; null means no limit from the deal.</summary>
    public int? MaxDevices { get; init; }
}
