using DrmHub.Cenc;

namespace DrmHub.Vault.Rights;

/// <summary>A key that a licence is asked for, and what it protects.</summary>
/// <param name="Track">Null where the label of the key is no known track type: it then counts as the highest picture.</param>
/// <param name="MaxPixels">Upper end of the protected range, inclusive; null means unknown, which counts as the top of its track type.</param>
public sealed record RequestedKey(KeyId KeyId, TrackType? Track, long? MaxPixels);

/// <summary>One question: may this subscriber, on this device, here and now, have these keys of this content?</summary>
public sealed record DecisionRequest
{
    public required string ContentId { get; init; }

    public required IReadOnlyList<RequestedKey> Keys { get; init; }

    public required SecurityLevel Level { get; init; }

    /// <summary>Now, in UTC milliseconds.</summary>
    public required long NowMs { get; init; }

    public ContentUse Use { get; init; } = ContentUse.Stream;

    /// <summary>ISO 3166-1 alpha-2, upper case; null means unknown, which only a worldwide deal without exclusions covers.</summary>
    public string? Country { get; init; }

    /// <summary>Plans that the player's token vouches for, beside those of the subscriber.</summary>
    public IReadOnlyList<string> TokenPlans { get; init; } = [];

    /// <summary>The highest picture that the player's token allows; null means no limit from the token.</summary>
    public TrackType? TokenMaxTrack { get; init; }

    /// <summary>Whether <see cref="Decision.Trace"/> is wanted.</summary>
    public bool WithTrace { get; init; }
}
