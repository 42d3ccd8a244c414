using DrmHub.Cenc;
using DrmHub.LicenseProxy.Tokens;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Rights;

namespace DrmHub.LicenseProxy;

/// <summary>What is known of one licence request so far, and its way into the audit log.</summary>
internal sealed class LicenseRecord(AuditLog audit, DrmSystem system, string requestId)
{
    /// <summary>For keys whose label is no known track type, or that were never looked up.</summary>
    private const string UnknownTrack = "OTHER";

    private static readonly Dictionary<string, string> NoDetails = [];

    public PlayerToken? Player { get; set; }

    public LicenseQuestion? Question { get; set; }

    /// <summary>What stood in for the shared state where that was away: <c>FailedOpen</c> or <c>FailedClosed</c>.</summary>
    public string? SharedState { get; set; }

    /// <summary>Records a refusal that came before any decision about content.</summary>
    public async Task<LicenseOutcome> RefuseAsync(Refusal refusal, CancellationToken cancellationToken)
    {
        var asked = Question?.KeyIds ?? [];
        await audit.AppendAsync(
            Entry(AuditKind.LicenseRefused) with
            {
                ReasonCode = refusal.Reason,
                Keys = [.. asked.Select(keyId => new AuditKey(keyId, UnknownTrack, Granted: false, refusal.Reason))],
            },
            cancellationToken);
        return LicenseOutcome.Refused(refusal);
    }

    /// <summary>One entry for each title: granted or refused.</summary>
    public async Task DecidedAsync(IReadOnlyList<(string ContentId, Decision Decision)> decisions, CancellationToken cancellationToken)
    {
        foreach (var (contentId, decision) in decisions)
        {
            await audit.AppendAsync(
                Entry(decision.Granted ? AuditKind.LicenseGranted : AuditKind.LicenseRefused) with
                {
                    ContentId = contentId,
                    ReasonCode = decision.Reason,
                    Keys = [.. decision.Keys.Select(key => new AuditKey(key.KeyId, key.Track?.ToName() ?? UnknownTrack, key.Granted, key.Reason))],
                    Trace = decision.Trace,
                    Deal = decision.Deals.Count > 0 ? string.Join(' ', decision.Deals) : null,
                },
                cancellationToken);
        }
    }

    private AuditEntry Entry(AuditKind kind) => new()
    {
        Kind = kind,
        Subject = Player?.Subscriber,
        System = system,
        SecurityLevel = Question?.Level.ToString(),
        Country = Player?.Country,
        DeviceId = Player?.Device,
        RequestId = requestId,
        Details = SharedState is null ? NoDetails : new Dictionary<string, string> { ["shared_state"] = SharedState },
    };
}
