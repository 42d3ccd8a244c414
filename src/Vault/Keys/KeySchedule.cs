namespace DrmHub.Vault.Keys;

/// <summary>When the crypto periods of a content are: all of one length, period 0 beginning at <see cref="Start"/>. Half-open spans.</summary>
/// <param name="Period">A second to 10 years, in whole milliseconds.</param>
/// <param name="Start">Default 1970-01-01T00:00:00Z, so that an index is Unix time divided by the length.</param>
public sealed record KeySchedule(TimeSpan Period, DateTimeOffset Start)
{
    public static readonly TimeSpan MinPeriod = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan MaxPeriod = TimeSpan.FromDays(3650);

    /// <summary>The index of the period that a time falls into; null before the first.</summary>
    public long? IndexAt(DateTimeOffset time) => time < Start ? null : (time.ToUnixTimeMilliseconds() - Start.ToUnixTimeMilliseconds()) / PeriodMilliseconds;

    /// <summary>Start, included, and end, excluded; null where they are beyond the calendar.</summary>
    public (DateTimeOffset Start, DateTimeOffset End)? SpanOf(long index)
    {
        if (index < 0 || index >= (DateTimeOffset.MaxValue - Start).TotalMilliseconds / PeriodMilliseconds - 1) return null;
        var start = Start.AddMilliseconds(index * (double)PeriodMilliseconds);
        return (start, start + Period);
    }

    internal long PeriodMilliseconds => (long)Period.TotalMilliseconds;
}
