using DrmHub.Cenc;

namespace DrmHub.Vault.Audit;

/// <summary>
/// One event, as the caller knows it. The log adds an id, the time and its node, replaces the subject by a pseudonym, and
/// seals the personal details (<see cref="Address"/>, <see cref="DeviceId"/>, <see cref="Personal"/>) under a key of that
/// subject. Never put a key, a token or a person's name into any other field.
/// </summary>
/// <remarks>
/// Values of more than <see cref="MaxText"/> UTF-16 units and lists of more than <see cref="MaxItems"/> items are shortened, and the
/// entry then says <c>"cut":true</c>: an oversized value from outside must not keep an event out of the log.
/// </remarks>
public sealed record AuditEntry
{
    public const int MaxText = 512;
    public const int MaxItems = 64;

    public required AuditKind Kind { get; init; }

    /// <summary>The subscriber's id as the token says it. The log stores a pseudonym only.</summary>
    public string? Subject { get; init; }

    /// <summary>The packager's or operator's principal name (an account, not a person's name).</summary>
    public string? Actor { get; init; }

    /// <summary>The role under which the actor came.</summary>
    public string? ActorRole { get; init; }

    public string? ContentId { get; init; }

    /// <summary>The deal that decided, or that was changed.</summary>
    public string? Deal { get; init; }

    public IReadOnlyList<AuditKey> Keys { get; init; } = [];

    public DrmSystem? System { get; init; }

    /// <summary>The name of the security level: <c>None</c>, <c>Software</c>, <c>HardwareCrypto</c>, <c>Hardware</c>.</summary>
    public string? SecurityLevel { get; init; }

    public string? DeviceModel { get; init; }

    /// <summary>The version of the revocation list that was asked.</summary>
    public string? RevocationList { get; init; }

    /// <summary>ISO 3166-1 alpha-2.</summary>
    public string? Country { get; init; }

    /// <summary>One of the reason codes of the design, for a refusal.</summary>
    public string? ReasonCode { get; init; }

    /// <summary>The rules that were looked at, in order.</summary>
    public IReadOnlyList<string> Trace { get; init; } = [];

    /// <summary>Names the exact policy that decided.</summary>
    public string? PolicyHash { get; init; }

    /// <summary>The licence service that wrote the licence.</summary>
    public string? Upstream { get; init; }

    public string? RequestId { get; init; }

    /// <summary>Sealed: the address of the caller.</summary>
    public string? Address { get; init; }

    /// <summary>Sealed: the device's own identity.</summary>
    public string? DeviceId { get; init; }

    /// <summary>Further public facts.</summary>
    public IReadOnlyDictionary<string, string> Details { get; init; } = EmptyDetails;

    /// <summary>Sealed: further facts about a person.</summary>
    public IReadOnlyDictionary<string, string> Personal { get; init; } = EmptyDetails;

    private static readonly IReadOnlyDictionary<string, string> EmptyDetails = new Dictionary<string, string>();
}

/// <summary>A content key that was asked for, and whether it went out. The id only, never the key.</summary>
/// <param name="KeyId">The key's id.</param>
/// <param name="Granted">Whether the key was in the answer.</param>
/// <param name="Track">What it protects: <c>AUDIO</c>, <c>SD</c>, <c>HD</c>, <c>UHD1</c>, <c>UHD2</c>, or the packager's own name.</param>
/// <param name="Withheld">Why it was withheld (a reason code); null where it was granted.</param>
public sealed record AuditKey(KeyId KeyId, string Track, bool Granted, string? Withheld = null);
