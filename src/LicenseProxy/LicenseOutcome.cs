using DrmHub.Vault.Rights;

namespace DrmHub.LicenseProxy;

/// <summary>What came of a licence request: the licence, or a refusal. Either is in the audit log already.</summary>
public sealed class LicenseOutcome
{
    private LicenseOutcome()
    {
    }

    /// <summary>Null where a licence is there.</summary>
    public Refusal? Refusal { get; private init; }

    /// <summary>Null where it was refused.</summary>
    public LicenseAnswer? Answer { get; private init; }

    /// <summary>Every key that was asked for and exists, granted or withheld.</summary>
    public IReadOnlyList<KeyDecision> Decisions { get; private init; } = [];

    /// <summary>Durations of what was granted; null for a refusal and for a release.</summary>
    public Decision? Terms { get; private init; }

    /// <summary>The hub's name for this playback; null where no stream is counted.</summary>
    public string? SessionId { get; private init; }

    /// <summary>How often the player should send a heartbeat for <see cref="SessionId"/>.</summary>
    public TimeSpan Heartbeat { get; private init; }

    internal static LicenseOutcome Refused(Refusal refusal, IReadOnlyList<KeyDecision>? decisions = null) => new() { Refusal = refusal, Decisions = decisions ?? [] };

    internal static LicenseOutcome Released(LicenseAnswer answer) => new() { Answer = answer };

    internal static LicenseOutcome Granted(LicenseAnswer answer, LicenseGrant grant, TimeSpan heartbeat) => new()
    {
        Answer = answer,
        Decisions = grant.Decision.Keys,
        Terms = grant.Decision,
        SessionId = grant.SessionId,
        Heartbeat = heartbeat,
    };
}
