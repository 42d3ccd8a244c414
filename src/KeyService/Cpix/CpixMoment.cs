namespace DrmHub.KeyService.Cpix;

/// <summary>A point in content, in whichever ways it is known. A period contains it if it does so in any of them.</summary>
public sealed record CpixMoment
{
    /// <summary>Wall-clock time of live content.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>Time from the start of the content.</summary>
    public TimeSpan? Offset { get; init; }

    /// <summary>The index of the crypto period.</summary>
    public long? Index { get; init; }

    /// <summary>The label of the crypto period.</summary>
    public string? Label { get; init; }

    public static CpixMoment At(DateTimeOffset time) => new() { Time = time };

    public static CpixMoment At(TimeSpan offset) => new() { Offset = offset };

    public static CpixMoment InPeriod(long index) => new() { Index = index };

    public static CpixMoment InPeriod(string label) => new() { Label = label };
}
