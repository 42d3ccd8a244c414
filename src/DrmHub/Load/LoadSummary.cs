namespace DrmHub.Host.Load;

/// <summary>The result of a rehearsal.</summary>
internal sealed record LoadSummary
{
    public required double Seconds { get; init; }

    /// <summary>A row for each act, and one for all.</summary>
    public required IReadOnlyList<LoadRow> Acts { get; init; }

    /// <summary>Refusals by reason code: answers, not failures.</summary>
    public required IReadOnlyDictionary<string, long> Refusals { get; init; }

    /// <summary>Answers of 5xx, broken connections, time-outs, licences that could not be opened.</summary>
    public required IReadOnlyDictionary<string, long> Errors { get; init; }

    public required IReadOnlyList<LoadPoint> Timeline { get; init; }

    public long ErrorCount => Errors.Values.Sum();
}

/// <summary>Times in milliseconds, from when a request was due to its answer.</summary>
internal sealed record LoadRow(string Act, long Count, double PerSecond, double P50, double P99, double P999, double Max)
{
    public static LoadRow Of(string act, LatencyHistogram times, TimeSpan elapsed) => new(
        act,
        times.Count,
        elapsed > TimeSpan.Zero ? times.Count / elapsed.TotalSeconds : 0,
        times.Percentile(0.5).TotalMilliseconds,
        times.Percentile(0.99).TotalMilliseconds,
        times.Percentile(0.999).TotalMilliseconds,
        times.Max.TotalMilliseconds);
}

/// <summary>One second of the run.</summary>
internal sealed record LoadPoint(int Second, long Granted, long Refused, long Errors, double P50, double P99);
