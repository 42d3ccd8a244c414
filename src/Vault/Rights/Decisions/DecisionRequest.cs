using DrmHub.Cenc;

namespace DrmHub.Vault.Rights;

/// <summary>A key that a licence is asked for, and what it protects.</summary>
/// <param name="Track">Null where the label of the key is no known track type: it then counts as the highest picture.</param>
/// <param name="MaxPixels">Upper end of the protected range, inclusive; null means unknown, which counts as the top of its track type.</param>
public sealed record RequestedKey(KeyId KeyId, TrackType? Track, long? MaxPixels)
{
    /// <summary>Of audio: its quality label; null means unknown, which counts as the top.</summary>
    public AudioQuality? Quality { get; init; }

    /// <summary>Of audio: the primary language subtag in lower case; null means that the key protects every language.</summary>
    public string? Language { get; init; }
}

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

    /// <summary>The platform of the player, in lower case; null means unknown, for which the deal's own terms count.</summary>
    public string? Platform { get; init; }

    /// <summary>The device's id as the token or the challenge gives it.</summary>
    public string? DeviceId { get; init; }

    /// <summary>The Widevine system id.</summary>
    public long? SystemId { get; init; }

    /// <summary>The serial number of the device's certificate, in hex.</summary>
    public string? CertificateSerial { get; init; }

    public string? AppId { get; init; }

    /// <summary>Plans that the player's token vouches for, beside those of the subscriber.</summary>
    public IReadOnlyList<string> TokenPlans { get; init; } = [];

    /// <summary>The highest picture that the player's token allows; null means no limit from the token.</summary>
    public TrackType? TokenMaxTrack { get; init; }

    /// <summary>The highest picture that a busy node gives to new playbacks; null means no such limit.</summary>
    public TrackType? BusyMaxTrack { get; init; }

    /// <summary>Whether <see cref="Decision.Trace"/> is wanted.</summary>
    public bool WithTrace { get; init; }
}
