using DrmHub.Cenc;

namespace DrmHub.Vault.Rights;

/// <summary>What became of one requested key.</summary>
/// <param name="Reason">Null where granted; else the reason code for withholding it.</param>
public sealed record KeyDecision(KeyId KeyId, TrackType? Track, string? Reason)
{
    public bool Granted => Reason is null;
}

/// <summary>The answer to a <see cref="DecisionRequest"/>.</summary>
public sealed record Decision
{
    /// <summary>Null where at least one key is granted; else the reason code for refusing them all.</summary>
    public required string? Reason { get; init; }

    public bool Granted => Reason is null;

    public required IReadOnlyList<KeyDecision> Keys { get; init; }

    /// <summary>Ids of the deals that granted something, in ordinal order.</summary>
    public required IReadOnlyList<string> Deals { get; init; }

    /// <summary>The longest duration that a granting deal gives; 0 where nothing is granted.</summary>
    public required long LicenseSeconds { get; init; }

    /// <summary>The rules that were looked at, as sentences; empty unless asked for.</summary>
    public required IReadOnlyList<string> Trace { get; init; }
}
