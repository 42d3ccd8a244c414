using System.Text.Json.Serialization;

namespace DrmHub.Vault.Rights;

/// <summary>Content that nobody gets, whatever deals say: taken down for good, or blacked out in some countries for some time.</summary>
public sealed record Takedown
{
    public required string Id { get; init; }

    public required ContentSelector Content { get; init; }

    /// <summary>ISO 3166-1 alpha-2 codes where it holds; empty means everywhere. A request whose country is unknown counts as inside.</summary>
    public IReadOnlySet<string> Territories { get; init; } = new HashSet<string>();

    /// <summary>UTC milliseconds, inclusive; null means at once. In JSON <c>from</c>.</summary>
    [JsonPropertyName("from"), JsonConverter(typeof(UtcMilliseconds))]
    public long? FromMs { get; init; }

    /// <summary>UTC milliseconds, exclusive; null means until it is lifted. In JSON <c>until</c>.</summary>
    [JsonPropertyName("until"), JsonConverter(typeof(UtcMilliseconds))]
    public long? UntilMs { get; init; }

    /// <summary>For the log: why, or on whose demand. Never a person's name.</summary>
    public string? Reason { get; init; }
}
