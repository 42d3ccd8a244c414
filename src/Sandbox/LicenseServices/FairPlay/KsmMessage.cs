using System.Text.Json.Serialization;

namespace DrmHub.Sandbox.LicenseServices.FairPlay;

/// <summary>The outer object of a request.</summary>
internal sealed record KsmMessage
{
    [JsonPropertyName("fairplay-streaming-request")]
    public KsmOperations? Request { get; init; }
}

/// <summary>One of the two operations, each with one or more entries.</summary>
internal sealed record KsmOperations
{
    public int? Version { get; init; }

    public IReadOnlyList<KsmEntry>? CreateCkc { get; init; }

    public IReadOnlyList<KsmEntry>? GetClientInfo { get; init; }
}

internal sealed record KsmEntry
{
    public long Id { get; init; }

    /// <summary>Base64.</summary>
    public byte[]? Spc { get; init; }

    public bool CheckIn { get; init; }

    public string? AssetId { get; init; }

    public IReadOnlyList<KsmAsset>? AssetInfo { get; init; }
}
