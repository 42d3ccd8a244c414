using System.Diagnostics;
using System.Diagnostics.Metrics;
using DrmHub.Cenc;
using DrmHub.LicenseProxy.Limits;

namespace DrmHub.LicenseProxy;

/// <summary>
/// Meter <c>DrmHub.Licenses</c>: <c>drmhub.licenses</c> counts answers by system, outcome (<c>granted</c>, <c>refused</c>) and reason code;
/// <c>drmhub.license.duration</c> is the time of an answer in seconds; <c>drmhub.licenses.shed</c> counts requests (heartbeats too) that an overloaded node
/// did not look at, by priority (<c>continuing</c>, <c>paid</c>, <c>other</c>). The activity source of the same name has a span for each request at the gate, so
/// that the spans of upstreams and of the audit log stand under it. Tags come from bounded sets.
/// </summary>
public static class LicenseTelemetry
{
    public const string Name = "DrmHub.Licenses";

    private static readonly ActivitySource s_activities = new(Name);
    private static readonly Meter s_meter = new(Name);
    private static readonly Counter<long> s_answers = s_meter.CreateCounter<long>("drmhub.licenses", "{license}", "Licence requests that were answered, by system, outcome and reason.");
    private static readonly Histogram<double> s_duration = s_meter.CreateHistogram<double>("drmhub.license.duration", "s", "Time from the request at the gate to its answer.");

    private static readonly Counter<long> s_shed = s_meter.CreateCounter<long>("drmhub.licenses.shed", "{request}", "Requests that an overloaded node did not look at, by priority.");

    internal static void Shed(LoadPriority priority) => s_shed.Add(1, new KeyValuePair<string, object?>("priority", priority switch
    {
        LoadPriority.Continuing => "continuing",
        LoadPriority.Paid => "paid",
        _ => "other",
    }));

    internal static Activity? Start(DrmSystem system) => s_activities.StartActivity("license")?.SetTag("drm.system", system.ToString());

    /// <param name="started">Timestamp of <see cref="Stopwatch"/>.</param>
    internal static void Answered(Activity? activity, DrmSystem system, Refusal? refusal, long started)
    {
        var outcome = refusal is null ? "granted" : "refused";
        activity?.SetTag("outcome", outcome).SetTag("reason", refusal?.Reason);
        var tags = new TagList { { "system", system.ToString() }, { "outcome", outcome } };
        s_duration.Record(Stopwatch.GetElapsedTime(started).TotalSeconds, tags);
        if (refusal is not null) tags.Add("reason", refusal.Reason);
        s_answers.Add(1, tags);
    }
}
