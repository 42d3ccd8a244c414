namespace DrmHub.Host.Load;

/// <summary>What happened, by act, by reason and by second. Safe for many threads.</summary>
internal sealed class LoadRecord
{
    private readonly Lock _lock = new();
    private readonly Dictionary<LoadAct, LatencyHistogram> _acts = [];
    private readonly SortedDictionary<string, long> _refusals = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> _errors = new(StringComparer.Ordinal);
    private readonly List<LoadSecond> _seconds = [];

    /// <param name="since">When the request was due, counted from the start: the second that it belongs to.</param>
    /// <param name="time">From when it was due to its answer: a hub that falls behind does not look fast because fewer requests reach it.</param>
    public void Add(LoadAct act, TimeSpan since, TimeSpan time, LoadAnswer answer)
    {
        lock (_lock)
        {
            if (!_acts.TryGetValue(act, out var histogram)) _acts[act] = histogram = new LatencyHistogram();
            histogram.Add(time);
            var second = SecondAt((int)Math.Max(0, since.TotalSeconds));
            second.Times.Add(time);
            if (answer.Reason is null)
            {
                second.Granted++;
                return;
            }

            var counts = answer.IsError ? _errors : _refusals;
            counts[answer.Reason] = counts.GetValueOrDefault(answer.Reason) + 1;
            if (answer.IsError) second.Errors++;
            else second.Refused++;
        }
    }

    /// <summary>A picture of what was counted so far.</summary>
    public LoadSummary Summarise(TimeSpan elapsed)
    {
        lock (_lock)
        {
            var all = new LatencyHistogram();
            foreach (var histogram in _acts.Values) all.Add(histogram);
            return new LoadSummary
            {
                Seconds = elapsed.TotalSeconds,
                Acts = [.. _acts.OrderBy(pair => pair.Key).Select(pair => LoadRow.Of(pair.Key.ToString(), pair.Value, elapsed)), LoadRow.Of("All", all, elapsed)],
                Refusals = new SortedDictionary<string, long>(_refusals, StringComparer.Ordinal),
                Errors = new SortedDictionary<string, long>(_errors, StringComparer.Ordinal),
                Timeline = [.. _seconds.Select((second, index) => new LoadPoint(index, second.Granted, second.Refused, second.Errors, Milliseconds(second.Times, 0.5), Milliseconds(second.Times, 0.99)))],
            };
        }
    }

    private static double Milliseconds(LatencyHistogram times, double share) => times.Percentile(share).TotalMilliseconds;

    private LoadSecond SecondAt(int index)
    {
        while (_seconds.Count <= index) _seconds.Add(new LoadSecond());
        return _seconds[index];
    }

    private sealed class LoadSecond
    {
        public long Granted { get; set; }

        public long Refused { get; set; }

        public long Errors { get; set; }

        public LatencyHistogram Times { get; } = new();
    }
}
