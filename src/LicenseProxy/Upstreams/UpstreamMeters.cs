using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Polly.CircuitBreaker;

namespace DrmHub.LicenseProxy.Upstreams;

/// <summary>
/// Meter <c>DrmHub.Upstreams</c>: <c>drmhub.upstream.requests</c>, <c>drmhub.upstream.duration</c> (seconds), <c>drmhub.upstream.failovers</c>,
/// <c>drmhub.upstream.hedges</c>, <c>drmhub.upstream.active</c>, <c>drmhub.upstream.circuit</c> (0 closed, 1 half open, 2 open). Tags: upstream, system, outcome.
/// Activity source of the same name.
/// </summary>
public sealed class UpstreamMeters : IDisposable
{
    public const string Name = "DrmHub.Upstreams";

    internal static readonly ActivitySource Activities = new(Name);

    private readonly Meter _meter;
    private readonly Counter<long> _requests;
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _failovers;
    private readonly Counter<long> _hedges;
    private readonly ConcurrentDictionary<Upstream, byte> _upstreams = new();

    public UpstreamMeters(IMeterFactory? factory = null)
    {
        _meter = factory?.Create(Name) ?? new Meter(Name);
        _requests = _meter.CreateCounter<long>("drmhub.upstream.requests", "{request}", "Requests to licence services, by outcome.");
        _duration = _meter.CreateHistogram<double>("drmhub.upstream.duration", "s", "Time until a licence service had answered or failed.");
        _failovers = _meter.CreateCounter<long>("drmhub.upstream.failovers", "{request}", "Requests that went on to another upstream.");
        _hedges = _meter.CreateCounter<long>("drmhub.upstream.hedges", "{request}", "Requests that were asked a second time beside a slow one.");
        _meter.CreateObservableGauge("drmhub.upstream.active", () => Observe(upstream => upstream.Active), "{request}", "Requests under way.");
        _meter.CreateObservableGauge("drmhub.upstream.circuit", () => Observe(upstream => upstream.Circuit switch
        {
            CircuitState.Closed => 0,
            CircuitState.HalfOpen => 1,
            _ => 2,
        }), "{state}", "0 closed, 1 half open, 2 open.");
    }

    public void Dispose() => _meter.Dispose();

    internal void Add(Upstream upstream) => _upstreams[upstream] = 0;

    internal void Remove(Upstream upstream) => _upstreams.TryRemove(upstream, out _);

    internal void Asked(UpstreamOptions upstream, UpstreamFailure failure, TimeSpan elapsed)
    {
        var tags = Tags(upstream);
        tags.Add("outcome", failure.Name());
        _requests.Add(1, tags);
        if (failure is not (UpstreamFailure.CircuitOpen or UpstreamFailure.Busy)) _duration.Record(elapsed.TotalSeconds, tags);
    }

    internal void FailedOver(UpstreamOptions from) => _failovers.Add(1, Tags(from));

    internal void Hedged(UpstreamOptions slow) => _hedges.Add(1, Tags(slow));

    private static TagList Tags(UpstreamOptions upstream) => new() { { "upstream", upstream.Name }, { "system", upstream.System.ToString() } };

    private IEnumerable<Measurement<long>> Observe(Func<Upstream, long> value) =>
        _upstreams.Keys.Select(upstream => new Measurement<long>(value(upstream), new KeyValuePair<string, object?>("upstream", upstream.Options.Name), new KeyValuePair<string, object?>("system", upstream.Options.System.ToString())));
}
