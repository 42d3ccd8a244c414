using DrmHub.Cenc;
using DrmHub.Vault.Rights;

namespace DrmHub.LicenseProxy;

/// <summary>What a challenge asks for.</summary>
public enum LicenseKind
{
    New,

    /// <summary>Goes on with a licence that is there. Decided again from the start: what was taken down meanwhile ends here.</summary>
    Renewal,

    /// <summary>Gives a licence back. Frees the stream slot; never refused for want of a right.</summary>
    Release,
}

/// <summary>What a player's challenge asks for, whatever the DRM system.</summary>
public sealed record LicenseQuestion
{
    public required DrmSystem System { get; init; }

    /// <summary>Without repetitions. May be empty where <see cref="ContentId"/> says what is asked for, and for a release.</summary>
    public IReadOnlyList<KeyId> KeyIds { get; init; } = [];

    /// <summary>Asks for every key of this title where <see cref="KeyIds"/> is empty; no more than a remark otherwise.</summary>
    public string? ContentId { get; init; }

    /// <summary>
    /// Asks for entitlement keys: <see cref="KeyIds"/> are theirs, or <see cref="ContentId"/> names the title whose they are. Only a system that has such a kind of key
    /// says so; an entitlement key protects all that the content keys of its label protect.
    /// </summary>
    public bool OfEntitlements { get; init; }

    /// <summary>The device's level as far as it is proven.</summary>
    public required SecurityLevel Level { get; init; }

    public ContentUse Use { get; init; } = ContentUse.Stream;

    public LicenseKind Kind { get; init; } = LicenseKind.New;

    public DeviceFacts Device { get; init; } = DeviceFacts.Unknown;

    /// <summary>
    /// Names the playback where the challenge does (for a renewal or a release, the licence that it goes on with): the same for all challenges of one playback,
    /// and another for any other. Null where the challenge has no such name.
    /// </summary>
    public string? SessionId { get; init; }

    /// <summary>
    /// Names this very challenge, where it holds a nonce: the same challenge sent again is a retry, not another request. Up to 128 characters. Null where the
    /// protocol has no such thing.
    /// </summary>
    public string? ChallengeId { get; init; }
}

/// <summary>What is known of the device that asks. Strings are as the DRM system or its service says them, up to 256 characters.</summary>
public sealed record DeviceFacts
{
    public static readonly DeviceFacts Unknown = new();

    /// <summary>An identity that the challenge proves and that stays the same between challenges; null where it proves none.</summary>
    public string? Id { get; init; }

    /// <summary>Whether the device has this identity for good. Where an update may change it, it counts devices, but a token's <c>did</c> is not bound to it. Default true.</summary>
    public bool IsIdLasting { get; init; } = true;

    /// <summary>For example <c>android</c>, <c>ios</c>, <c>chrome</c>; lower case.</summary>
    public string? Platform { get; init; }

    public string? Model { get; init; }

    /// <summary>Widevine's system id of the device's make.</summary>
    public string? SystemId { get; init; }

    /// <summary>Serial number of the device's certificate, lower-case hex.</summary>
    public string? CertificateSerial { get; init; }

    public string? AppId { get; init; }

    /// <summary>The level in the DRM system's own words (<c>L1</c>, <c>3000</c>, <c>Main</c>), for people.</summary>
    public string? LevelText { get; init; }
}
