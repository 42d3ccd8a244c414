namespace DrmHub.Host.Pages.Operations;

/// <summary>
/// Counts durations in buckets that grow by a quarter of a power of two from 20 µs on, so that a percentile is right within 19 %.
/// Not safe for concurrent use: the caller holds a lock.
/// </summary>
internal sealed class LatencyHistogram
{
    private const double First = 20e-6;
    private const int Buckets = 96; // up to 330 s

    private readonly long[] _counts = new long[Buckets];

    public long Count { get; private set; }

    public void Add(double seconds)
    {
        var bucket = seconds <= First ? 0 : (int)Math.Ceiling(4 * Math.Log2(seconds / First));
        _counts[Math.Clamp(bucket, 0, Buckets - 1)]++;
        Count++;
    }

    public void AddAll(LatencyHistogram other)
    {
        for (var i = 0; i < Buckets; i++) _counts[i] += other._counts[i];
        Count += other.Count;
    }

    public void Clear()
    {
        Array.Clear(_counts);
        Count = 0;
    }

    /// <summary>Upper end, in seconds, of the bucket that the percentile lies in; null where nothing was counted.</summary>
    /// <param name="fraction">0 to 1.</param>
    public double? Percentile(double fraction)
    {
        if (Count == 0) return null;
        var rank = (long)Math.Ceiling(fraction * Count);
        long seen = 0;
        for (var i = 0; i < Buckets; i++)
        {
            seen += _counts[i];
            if (seen >= Math.Max(rank, 1)) return First * Math.Pow(2, i / 4.0);
        }

        return null;
    }
}
