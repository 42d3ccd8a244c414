using DrmHub.Cenc;

namespace DrmHub.Vault.Audit;

/// <summary>An entry as the log holds it. <see cref="Leaf"/> is the truth: its bytes are what the tree hashes.</summary>
public sealed record AuditRecord
{
    public required long Index { get; init; }

    /// <summary>The canonical bytes: UTF-8 JSON (docs/audit.md).</summary>
    public required ReadOnlyMemory<byte> Leaf { get; init; }

    /// <summary>128 random bits in hex.</summary>
    public required string Id { get; init; }

    public required DateTimeOffset At { get; init; }

    public required AuditKind Kind { get; init; }

    public required string Node { get; init; }

    /// <summary>32 hex digits.</summary>
    public string? Pseudonym { get; init; }

    /// <summary>32 hex digits; means something beside <see cref="Pseudonym"/> alone.</summary>
    public string? DevicePseudonym { get; init; }

    public string? Actor { get; init; }

    public string? ActorRole { get; init; }

    public string? ContentId { get; init; }

    public string? Deal { get; init; }

    public IReadOnlyList<AuditKey> Keys { get; init; } = [];

    public DrmSystem? System { get; init; }

    public string? SecurityLevel { get; init; }

    public string? DeviceModel { get; init; }

    public string? RevocationList { get; init; }

    public string? Country { get; init; }

    public string? ReasonCode { get; init; }

    public IReadOnlyList<string> Trace { get; init; } = [];

    public string? PolicyHash { get; init; }

    public string? Upstream { get; init; }

    public string? RequestId { get; init; }

    public IReadOnlyDictionary<string, string> Details { get; init; } = new Dictionary<string, string>();

    /// <summary>SHA-256 in hex of the sealed personal details, where there are any.</summary>
    public string? PersonalDigest { get; init; }

    /// <summary>Commitment in hex to the key that opens them.</summary>
    public string? PersonalCommitment { get; init; }
}
