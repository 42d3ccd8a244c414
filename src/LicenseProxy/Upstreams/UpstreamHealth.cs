namespace DrmHub.LicenseProxy.Upstreams;

/// <summary>What real traffic says of one upstream. Health is never asked for with made-up requests: a licence service would count them.</summary>
internal sealed class UpstreamHealth(TimeProvider time)
{
    /// <summary>How much the newest answer weighs in <see cref="UpstreamReport.LatencyMs"/>.</summary>
    private const double Newest = 0.1;

    private readonly Lock _lock = new();
    private long _answered;
    private long _failed;
    private double _latencyMs;
    private long? _lastSuccessMs;
    private long? _lastFailureMs;
    private UpstreamFailure _lastFailure;

    public void Add(UpstreamFailure failure, TimeSpan elapsed)
    {
        if (failure is UpstreamFailure.Busy or UpstreamFailure.CircuitOpen or UpstreamFailure.ClientGone) return;
        var nowMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        lock (_lock)
        {
            if (failure.CountsAgainstHealth())
            {
                _failed++;
                _lastFailure = failure;
                _lastFailureMs = nowMs;
                return;
            }

            _answered++;
            _lastSuccessMs = nowMs;
            _latencyMs = _answered == 1 ? elapsed.TotalMilliseconds : (_latencyMs * (1 - Newest)) + (elapsed.TotalMilliseconds * Newest);
        }
    }

    public UpstreamReport Report(Upstream upstream)
    {
        lock (_lock)
        {
            return new UpstreamReport(upstream.Options.Name, upstream.Options.System.ToString(), upstream.Options.Priority, upstream.Circuit.ToString().ToLowerInvariant(), _answered, _failed)
            {
                LatencyMs = Math.Round(_latencyMs, 2),
                LastSuccessMs = _lastSuccessMs,
                LastFailureMs = _lastFailureMs,
                LastFailure = _lastFailure == UpstreamFailure.None ? null : _lastFailure.Name(),
                Active = upstream.Active,
            };
        }
    }
}

/// <summary>The state of one upstream, for people and for load balancers.</summary>
/// <param name="Circuit"><c>closed</c> (in use), <c>open</c>, <c>halfopen</c> (one request tries).</param>
/// <param name="Answered">Since the start; refusals are answers.</param>
/// <param name="Failed">Since the start.</param>
public sealed record UpstreamReport(string Name, string System, int Priority, string Circuit, long Answered, long Failed)
{
    /// <summary>Moving average over about the last ten answers.</summary>
    public double LatencyMs { get; init; }

    /// <summary>UTC milliseconds.</summary>
    public long? LastSuccessMs { get; init; }

    /// <summary>UTC milliseconds.</summary>
    public long? LastFailureMs { get; init; }

    public string? LastFailure { get; init; }

    /// <summary>Requests under way.</summary>
    public long Active { get; init; }
}
