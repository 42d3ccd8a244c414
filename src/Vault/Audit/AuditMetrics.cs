using System.Diagnostics;
using System.Diagnostics.Metrics;
using DrmHub.Vault.Audit.Encoding;

namespace DrmHub.Vault.Audit;

/// <summary>Instruments of the meter <c>DrmHub.Audit</c>. Tags come from bounded sets: never a subscriber, title or key.</summary>
internal sealed class AuditMetrics : IDisposable
{
    public const string Name = "DrmHub.Audit";

    private readonly Meter _meter = new(Name);
    private readonly Counter<long> _entries;
    private readonly Counter<long> _failures;
    private readonly Histogram<double> _durable;
    private readonly TimeProvider _time;

    public AuditMetrics(TimeProvider time, Func<long> spooledBytes, Func<bool> isStopped, Func<long> behind)
    {
        _time = time;
        _entries = _meter.CreateCounter<long>("drmhub.audit.entries", "{entry}", "Entries that became durable, by kind, DRM system, security level and reason code.");
        _failures = _meter.CreateCounter<long>("drmhub.audit.failures", "{entry}", "Entries that could not be made durable.");
        _durable = _meter.CreateHistogram<double>("drmhub.audit.append.duration", "s", "Time until an entry was durable.");
        _meter.CreateObservableGauge("drmhub.audit.spooled", spooledBytes, "By", "Entries on this node's disk only.");
        _meter.CreateObservableGauge("drmhub.audit.stopped", () => isStopped() ? 1 : 0, "{log}", "1 when the log stopped because its history does not fit.");
        _meter.CreateObservableGauge("drmhub.audit.unpublished", behind, "{entry}", "Durable entries that no published head covers yet, as this node saw last.");
    }

    public long Start() => _time.GetTimestamp();

    public void Durable(AuditEntry entry, long started)
    {
        var tags = new TagList { { "kind", entry.Kind.ToName() } };
        if (entry.System is { } system) tags.Add("system", Leaf.SystemName(system));
        if (entry.SecurityLevel is { Length: <= 32 } level) tags.Add("level", level);
        if (entry.ReasonCode is { Length: <= 64 } reason) tags.Add("reason", reason);
        _entries.Add(1, tags);
        _durable.Record(_time.GetElapsedTime(started).TotalSeconds);
    }

    public void Failed(int entries) => _failures.Add(entries);

    public void Dispose() => _meter.Dispose();
}
