using DrmHub.Cenc;

namespace DrmHub.LicenseProxy.Tokens;

/// <summary>What a validated player token says. What it does not say is looked up.</summary>
public sealed record PlayerToken
{
    /// <summary>Claim <c>sub</c>: the subscriber.</summary>
    public required string Subscriber { get; init; }

    /// <summary>Claim <c>jti</c>.</summary>
    public string? Id { get; init; }

    /// <summary>Claim <c>exp</c>.</summary>
    public required DateTimeOffset Expires { get; init; }

    /// <summary>Claim <c>did</c>.</summary>
    public string? Device { get; init; }

    /// <summary>Claim <c>sid</c>.</summary>
    public string? Session { get; init; }

    /// <summary>Claim <c>cty</c>: ISO 3166-1 alpha-2, upper case.</summary>
    public string? Country { get; init; }

    /// <summary>Claim <c>content</c>: ids that the token is good for; empty means any.</summary>
    public IReadOnlyList<string> Content { get; init; } = [];

    /// <summary>Claim <c>plans</c>.</summary>
    public IReadOnlyList<string> Plans { get; init; } = [];

    /// <summary>Claim <c>max</c>: the highest track type.</summary>
    public TrackType? MaxTrack { get; init; }

    /// <summary>Tells this token from any other, in hex. No secret, and nothing can be made of it.</summary>
    public string Fingerprint { get; init; } = "";

    public bool IsGoodFor(string contentId) => Content.Count == 0 || Content.Contains(contentId, StringComparer.Ordinal);
}
