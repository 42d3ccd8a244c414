using System.Text.Json.Serialization;
using DrmHub.Cenc;

namespace DrmHub.Vault.Rights;

/// <summary>What would happen if this subscriber asked for this content, on such a device, there and then?</summary>
public sealed record RightsQuestion
{
    public required string Content { get; init; }

    /// <summary>A subscriber of the hub; null with <see cref="As"/>, or for somebody whom the hub does not know.</summary>
    public string? Subscriber { get; init; }

    /// <summary>A subscriber who is thought of, in the place of one of the hub.</summary>
    public Subscriber? As { get; init; }

    /// <summary>When, in UTC milliseconds; null means now. In JSON <c>at</c>, ISO 8601.</summary>
    [JsonPropertyName("at"), JsonConverter(typeof(UtcMilliseconds))]
    public long? AtMs { get; init; }

    /// <summary>ISO 3166-1 alpha-2; null means that it is not known.</summary>
    public string? Country { get; init; }

    public SecurityLevel Level { get; init; } = SecurityLevel.Software;

    public ContentUse Use { get; init; }

    public string? Platform { get; init; }

    public string? Device { get; init; }

    public long? SystemId { get; init; }

    public string? CertificateSerial { get; init; }

    public string? AppId { get; init; }

    public IReadOnlyList<string> TokenPlans { get; init; } = [];

    public TrackType? TokenMaxTrack { get; init; }

    /// <summary>What the keys protect; empty means the keys that the hub holds for the content, or one of each track type where it holds none.</summary>
    public IReadOnlyList<QuestionedKey> Keys { get; init; } = [];

    /// <summary>Rights that are thought of; null means those of the hub.</summary>
    public RightsDraft? Draft { get; init; }
}

/// <summary>A key that is thought of.</summary>
public sealed record QuestionedKey
{
    public TrackType? Track { get; init; }

    public long? MaxPixels { get; init; }

    public AudioQuality? Quality { get; init; }

    public string? Language { get; init; }
}
