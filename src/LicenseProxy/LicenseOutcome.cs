using DrmHub.Vault.Rights;

namespace DrmHub.LicenseProxy;

/// <summary>What came of a licence request: the licence, or a refusal. Either is in the audit log already.</summary>
public sealed class LicenseOutcome
{
    private LicenseOutcome(Refusal? refusal, LicenseAnswer? answer, IReadOnlyList<KeyDecision> decisions, string? sessionId)
    {
        Refusal = refusal;
        Answer = answer;
        Decisions = decisions;
        SessionId = sessionId;
    }

    /// <summary>Null where a licence is there.</summary>
    public Refusal? Refusal { get; }

    /// <summary>Null where it was refused.</summary>
    public LicenseAnswer? Answer { get; }

    /// <summary>Every key that was asked for and exists, granted or withheld.</summary>
    public IReadOnlyList<KeyDecision> Decisions { get; }

    /// <summary>The hub's name for this playback; null where no stream is counted.</summary>
    public string? SessionId { get; }

    internal static LicenseOutcome Refused(Refusal refusal, IReadOnlyList<KeyDecision>? decisions = null) => new(refusal, null, decisions ?? [], null);

    internal static LicenseOutcome Granted(LicenseAnswer answer, IReadOnlyList<KeyDecision> decisions, string? sessionId) => new(null, answer, decisions, sessionId);
}
