namespace DrmHub.Cenc.Bmff;

/// <summary>Bounds on what an input may ask of memory and time. Each has a default that real media stays far below.</summary>
public sealed record BmffLimits
{
    public static BmffLimits Default { get; } = new();

    /// <summary>Nesting of boxes, 1..64. Real files nest nine deep.</summary>
    public int MaxDepth { get; init; } = 16;

    /// <summary>Bytes of a box that is read whole (<c>moov</c>, <c>moof</c>, <c>sidx</c>, <c>mfra</c>). A ten-hour progressive film needs about 16 MB.</summary>
    public int MaxBoxBytes { get; init; } = 32 << 20;

    /// <summary>Boxes in one tree that is read whole.</summary>
    public int MaxBoxes { get; init; } = 1 << 20;

    /// <summary>Tracks of a file.</summary>
    public int MaxTracks { get; init; } = 256;

    /// <summary>Samples of one fragment, over all its tracks.</summary>
    public int MaxFragmentSamples { get; init; } = 1 << 20;

    /// <summary>Samples of one track of a progressive file.</summary>
    public int MaxTrackSamples { get; init; } = 1 << 22;

    /// <summary>Bytes of one sample.</summary>
    public int MaxSampleBytes { get; init; } = 64 << 20;

    /// <summary>Bytes of media data of a fragment that are held in memory; larger fragments are read twice and need a seekable input.</summary>
    public int MaxBufferedFragmentBytes { get; init; } = 24 << 20;
}
