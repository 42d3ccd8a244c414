using System.Numerics;

namespace DrmHub.Host.Load;

/// <summary>
/// Times in microseconds, counted in buckets of which each is at most 1/32 wider than the one before: percentiles are right to 3 %, in 5 KB,
/// however many times are counted. Not for several threads at once.
/// </summary>
internal sealed class LatencyHistogram
{
    private const int SubBits = 5;
    private const int Sub = 1 << SubBits;
    private readonly long[] _counts = new long[(40 - SubBits + 1) * Sub];

    public long Count { get; private set; }

    public TimeSpan Max { get; private set; }

    public void Add(TimeSpan time)
    {
        _counts[IndexOf((long)Math.Max(0, time.TotalMicroseconds))]++;
        Count++;
        if (time > Max) Max = time;
    }

    public void Add(LatencyHistogram other)
    {
        for (var i = 0; i < _counts.Length; i++) _counts[i] += other._counts[i];
        Count += other.Count;
        if (other.Max > Max) Max = other.Max;
    }

    /// <param name="share">0 to 1: 0.99 is the time that 99 of 100 did not exceed.</param>
    public TimeSpan Percentile(double share)
    {
        if (Count == 0) return TimeSpan.Zero;
        var wanted = Math.Max(1, (long)Math.Ceiling(share * Count));
        long seen = 0;
        for (var i = 0; i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (seen >= wanted) return TimeSpan.FromMicroseconds(Math.Min(UpperOf(i), Max.TotalMicroseconds));
        }

        return Max;
    }

    private static int IndexOf(long microseconds)
    {
        if (microseconds < Sub) return (int)microseconds;
        var exponent = Math.Min(39, BitOperations.Log2((ulong)microseconds));
        var within = (int)(Math.Min(microseconds, (1L << 40) - 1) >> (exponent - SubBits)) - Sub;
        return ((exponent - SubBits + 1) * Sub) + within;
    }

    private static double UpperOf(int index)
    {
        if (index < Sub) return index;
        var exponent = (index / Sub) + SubBits - 1;
        return Math.ScaleB(Sub + (index % Sub) + 1, exponent - SubBits);
    }
}
