using System.Collections.Concurrent;
using DrmHub.Vault.Keys.Packagers;
using DrmHub.Vault.Storage.Shared;

namespace DrmHub.KeyService.Packagers;

/// <summary>
/// Requests a second, for each packager over all nodes: a second's worth may come at once, then one each interval (the generic cell
/// rate algorithm). A node alone never gives more, whether the shared state answers or not. Only packagers that proved who they are have
/// an entry, so its size is bounded by their number.
/// </summary>
internal sealed class PackagerRates(ISharedState shared, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Bucket> _buckets = new(StringComparer.Ordinal);

    /// <returns>0 where the request is within the rate, else the seconds to wait.</returns>
    public async ValueTask<int> TakeAsync(Packager packager, CancellationToken cancellationToken)
    {
        var wait = _buckets.GetOrAdd(packager.Name, static _ => new Bucket()).Take(packager.Rate, time.GetTimestamp(), time.TimestampFrequency);
        if (wait > 0) return wait;
        var answer = await shared.TakePermitAsync("packager-rate:" + packager.Name, packager.Rate, packager.Rate, cancellationToken);
        return answer.IsGranted || answer.IsDegraded ? 0 : 1;
    }

    private sealed class Bucket
    {
        private readonly Lock _lock = new();
        private long _next = long.MinValue;

        public int Take(int rate, long now, long second)
        {
            var interval = Math.Max(1, second / rate);
            lock (_lock)
            {
                var next = Math.Max(_next, now);
                var ahead = next - now - (second - interval);
                if (ahead > 0) return (int)(((ahead - 1) / second) + 1);
                _next = next + interval;
                return 0;
            }
        }
    }
}
