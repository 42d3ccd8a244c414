using DrmHub.Cenc;
using DrmHub.LicenseProxy.Limits;
using DrmHub.LicenseProxy.Tokens;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Rights;

namespace DrmHub.LicenseProxy;

/// <summary>What is known of one licence request so far, and its way into the audit log.</summary>
internal sealed class LicenseRecord(AuditLog audit, DrmSystem? system, LicenseCaller caller)
{
    /// <summary>For keys whose label is no known track type, or that were never looked up.</summary>
    private const string UnknownTrack = "OTHER";

    private static readonly Dictionary<string, string> NoDetails = [];

    private Dictionary<string, string>? _details;

    public PlayerToken? Player { get; set; }

    public LicenseQuestion? Question { get; set; }

    public string? Upstream { get; set; }

    /// <summary>What counts as the player's country.</summary>
    public string? Country { get; set; }

    /// <summary>What a busy node gives to this new playback at most; null means no such limit.</summary>
    public TrackType? BusyMaxTrack { get; set; }

    /// <summary>Found out only where the request had to wait.</summary>
    public LoadPriority Priority { get; set; } = LoadPriority.Other;

    public LicenseCaller Caller => caller;

    /// <summary>A public fact for the entry, such as what stood in for a part that was away.</summary>
    public void Note(string name, string value) => (_details ??= [])[name] = value;

    public void Note(IReadOnlyDictionary<string, string> details)
    {
        foreach (var (name, value) in details) Note(name, value);
    }

    /// <summary>Notes which service failed and what it said.</summary>
    /// <returns>The refusal that follows.</returns>
    public Refusal Failed(UpstreamException failure)
    {
        Upstream = failure.Upstream;
        Note(failure.Details);
        return new Refusal(failure.Reason, failure.Message);
    }

    /// <summary>Records a refusal that came before any decision about content.</summary>
    public async Task<LicenseOutcome> RefuseAsync(Refusal refusal, CancellationToken cancellationToken)
    {
        var asked = Question?.KeyIds ?? [];
        await audit.AppendAsync(
            Entry(AuditKind.LicenseRefused) with
            {
                ContentId = Question?.ContentId,
                ReasonCode = refusal.Reason,
                Keys = [.. asked.Select(keyId => new AuditKey(keyId, UnknownTrack, Granted: false, refusal.Reason))],
            },
            cancellationToken);
        return LicenseOutcome.Refused(refusal);
    }

    /// <summary>Records what was decided, one entry for each title, all in one commit.</summary>
    /// <param name="failed">Why nothing went out though it was decided to; null where it did.</param>
    public async Task DecidedAsync(IReadOnlyList<TitleDecision> titles, string? failed, CancellationToken cancellationToken)
    {
        var entries = new List<AuditEntry>(titles.Count);
        foreach (var (contentId, decision) in titles)
        {
            entries.Add(
                Entry(KindOf(decision, failed)) with
                {
                    ContentId = contentId,
                    ReasonCode = decision.Reason ?? failed,
                    Keys = [.. decision.Keys.Select(key => new AuditKey(key.KeyId, key.Track?.ToName() ?? UnknownTrack, key.Granted && failed is null, key.Reason ?? failed))],
                    Trace = decision.Trace,
                    Deal = decision.Deals.Count > 0 ? string.Join(' ', decision.Deals) : null,
                    RevocationList = decision.RevocationVersion.Length > 0 ? decision.RevocationVersion : null,
                    PolicyHash = decision.PolicyHash.Length > 0 ? decision.PolicyHash : null,
                });
        }

        await audit.AppendAllAsync(entries, cancellationToken);
    }

    /// <summary>Records that a licence was given back.</summary>
    public Task ReleasedAsync(string? contentId, CancellationToken cancellationToken) => audit.AppendAsync(
        Entry(AuditKind.LicenseReleased) with
        {
            ContentId = contentId,
            Keys = [.. Question!.KeyIds.Select(keyId => new AuditKey(keyId, UnknownTrack, Granted: false))],
        },
        cancellationToken);

    /// <summary>Records that a service answered to what is no licence.</summary>
    public Task ServedAsync(CancellationToken cancellationToken) => audit.AppendAsync(Entry(AuditKind.DeviceServed), cancellationToken);

    /// <summary>Records that a stream ended: by its player, or because it was stopped.</summary>
    public Task EndedAsync(string? contentId, string? reason, CancellationToken cancellationToken) =>
        audit.AppendAsync(Entry(AuditKind.SessionEnded) with { ContentId = contentId, ReasonCode = reason }, cancellationToken);

    private AuditKind KindOf(Decision decision, string? failed)
    {
        if (!decision.Granted || failed is not null) return AuditKind.LicenseRefused;
        return Question!.Kind == LicenseKind.Renewal ? AuditKind.LicenseRenewed : AuditKind.LicenseGranted;
    }

    private AuditEntry Entry(AuditKind kind) => new()
    {
        Kind = kind,
        Subject = Player?.Subscriber,
        System = system,
        SecurityLevel = Question?.Level.ToString(),
        DeviceModel = Question?.Device.Model,
        Country = Country ?? Player?.Country ?? caller.Country,
        DeviceId = Player?.Device ?? Question?.Device.Id,
        Upstream = Upstream,
        RequestId = caller.RequestId,
        Address = caller.Address?.ToString(),
        Details = _details ?? NoDetails,
    };
}
