namespace DrmHub.Host.Limits;

/// <summary>Refused credentials by address: a burst of them, then one each interval (the generic cell rate algorithm, which is asked before it is charged).</summary>
internal sealed class FailedCredentials(DoorLimitOptions limits, TimeProvider time)
{
    internal const int MaxNetworks = 100_000;

    /// <summary>Where strangers have that many addresses, those that are new share one.</summary>
    private const string Crowd = "";

    private readonly Lock _lock = new();
    private readonly Dictionary<string, DateTimeOffset> _next = new(StringComparer.Ordinal);
    private readonly TimeSpan _interval = limits.FailuresPerSecond > 0 ? TimeSpan.FromSeconds(1 / limits.FailuresPerSecond) : TimeSpan.Zero;

    /// <returns>How long the address has to wait until it may fail again; zero where it may.</returns>
    public TimeSpan WaitOf(string network)
    {
        if (_interval == TimeSpan.Zero) return TimeSpan.Zero;
        lock (_lock)
        {
            if (!_next.TryGetValue(network, out var next) && !(_next.Count >= MaxNetworks && _next.TryGetValue(Crowd, out next))) return TimeSpan.Zero;
            var wait = next - time.GetUtcNow() - ((limits.FailuresBurst - 1) * _interval);
            return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
        }
    }

    public void Count(string network)
    {
        if (_interval == TimeSpan.Zero) return;
        lock (_lock)
        {
            var now = time.GetUtcNow();
            if (!_next.ContainsKey(network) && _next.Count >= MaxNetworks)
            {
                foreach (var (known, until) in _next)
                {
                    if (until <= now) _next.Remove(known);
                }

                if (_next.Count >= MaxNetworks) network = Crowd;
            }

            var next = _next.GetValueOrDefault(network);
            var full = now + (limits.FailuresBurst * _interval);
            next = (next > now ? next : now) + _interval;
            _next[network] = next < full ? next : full;
        }
    }
}
