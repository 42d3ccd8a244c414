using DrmHub.Cenc.Bmff.Boxes;

namespace DrmHub.Cenc.Bmff;

/// <summary>The part of a track that one <c>traf</c> describes; or a whole track of a progressive file, where <see cref="Traf"/> is its <c>stbl</c>.</summary>
internal sealed class TrackFragment(MovieTrack track) : IDisposable
{
    public MovieTrack Track { get; } = track;

    public required ContainerBox Traf { get; set; }

    public SampleList Samples { get; } = new();

    /// <summary>The first sample of each <c>trun</c>, or of each chunk.</summary>
    public List<int> RunStarts { get; } = [];

    /// <summary>Sample description index of a fragment's samples, from 1.</summary>
    public uint Description { get; set; } = 1;

    /// <summary>Where offsets of <c>saio</c> count from, in bytes from the start of the input.</summary>
    public long AuxBase { get; set; }

    /// <summary>In ticks of the track.</summary>
    public long DecodeTime { get; set; }

    public long Duration { get; set; }

    /// <summary>Auxiliary information of all samples; each knows its part.</summary>
    public ReadOnlyMemory<byte> Aux { get; set; }

    public void Dispose() => Samples.Dispose();
}

/// <summary>A movie fragment: its boxes, its samples and the way to their bytes.</summary>
internal sealed class Fragment(ContainerBox moof, IReadOnlyList<TrackFragment> tracks, FragmentData data)
{
    /// <summary>The <c>moof</c> as it was read, header included, for offsets that lead into it; empty for one that was made.</summary>
    public ReadOnlyMemory<byte> MoofBytes { get; init; }

    public ContainerBox Moof { get; } = moof;

    public IReadOnlyList<TrackFragment> Tracks { get; } = tracks;

    public FragmentData Data { get; } = data;
}
