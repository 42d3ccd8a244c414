using DrmHub.Cenc.Bmff.Boxes;

namespace DrmHub.Cenc.Bmff;

/// <summary>
/// Resolves the samples of a track of a progressive file from the tables of its <c>stbl</c> (ISO/IEC 14496-12, 8.5 to 8.7). Tables that
/// contradict each other are refused.
/// </summary>
internal sealed class SampleTable
{
    private readonly MovieTrack _track;
    private readonly ContainerBox _stbl;
    private readonly Func<int, uint> _size;
    private readonly int _count;

    private SampleTable(MovieTrack track, BmffLimits limits, SampleBudget budget, long fileLength)
    {
        _track = track;
        _stbl = track.Stbl;
        if (_stbl.Find<StszBox>() is { } stsz)
        {
            if (stsz.DefaultSize != 0 && stsz.SampleCount > fileLength / stsz.DefaultSize) throw Bad($"{stsz.SampleCount} samples of {stsz.DefaultSize} bytes are more than the file holds", "stsz");
            _count = Limit(stsz.SampleCount, limits);
            _size = index => stsz[index];
        }
        else if (_stbl.Find<Stz2Box>() is { } stz2)
        {
            _count = Limit(stz2.SampleCount, limits);
            _size = index => stz2[index];
        }
        else
        {
            throw Movie.Missing("stsz", _stbl);
        }

        if (!budget.TryTake(_count)) throw Bad($"{_count} samples are more than a file of {fileLength} bytes can hold", "stsz");
    }

    public static bool HasSamples(MovieTrack track) => (track.Stbl.Find<StszBox>()?.SampleCount ?? track.Stbl.Find<Stz2Box>()?.SampleCount ?? 0) > 0;

    /// <summary>Fills a track's samples in decoding order; each chunk is a run.</summary>
    public static TrackFragment Read(MovieTrack track, BmffLimits limits, SampleBudget budget, long fileLength)
    {
        var table = new SampleTable(track, limits, budget, fileLength);
        var fragment = new TrackFragment(track) { Traf = track.Stbl };
        fragment.Samples.Reserve(table._count);
        table.Place(fragment, limits, fileLength);
        table.Time(fragment);
        table.Offset(fragment);
        table.Sync(fragment);
        return fragment;
    }

    private void Place(TrackFragment fragment, BmffLimits limits, long fileLength)
    {
        if (_count == 0) return;
        var stsc = _stbl.Find<StscBox>() ?? throw Movie.Missing("stsc", _stbl);
        var stco = _stbl.Find<StcoBox>();
        var co64 = _stbl.Find<Co64Box>();
        var chunks = stco?.Count ?? co64?.Count ?? throw Movie.Missing("stco", _stbl);
        var sample = 0;
        for (var run = 0; run < stsc.Count && sample < _count; run++)
        {
            var (first, perChunk, description) = stsc[run];
            long last = run + 1 < stsc.Count ? stsc[run + 1].FirstChunk : chunks + 1L;
            if (first == 0 || last < first || last > chunks + 1L || (run == 0 && first != 1)) throw Bad($"run {run} goes from chunk {first} to {last}, of {chunks}", "stsc");
            for (var chunk = first; chunk < last && sample < _count; chunk++)
            {
                var offset = stco is not null ? stco[(int)chunk - 1] : co64![(int)chunk - 1];
                if (offset > (ulong)fileLength) throw Bad($"chunk {chunk} starts at {offset}, behind the end of the file", "stco");
                fragment.RunStarts.Add(sample);
                var position = (long)offset;
                for (uint i = 0; i < perChunk && sample < _count; i++, sample++)
                {
                    var size = _size(sample);
                    if (size > limits.MaxSampleBytes) throw Bad($"sample {sample} has {size} bytes, more than the limit of {limits.MaxSampleBytes}", "stsz");
                    if (position + size > fileLength) throw Bad($"sample {sample} at {position} ends behind the end of the file", "stsz");
                    fragment.Samples.Add(new MediaSample
                    {
                        Offset = position, Size = (int)size, Protection = -1, Description = (ushort)Math.Min(description, ushort.MaxValue),
                    });
                    position += size;
                }
            }
        }
        if (sample < _count) throw Bad($"the chunks hold {sample} of {_count} samples", "stsc");
    }

    private void Time(TrackFragment fragment)
    {
        var stts = _stbl.Find<SttsBox>();
        var samples = fragment.Samples.Span;
        var sample = 0;
        for (var run = 0; run < (stts?.Count ?? 0); run++)
        {
            var (count, duration) = stts![run];
            for (uint i = 0; i < count && sample < samples.Length; i++)
            {
                samples[sample++].Duration = duration;
                fragment.Duration += duration;
            }
        }
        if (sample < samples.Length) throw Bad($"has times for {sample} of {samples.Length} samples", "stts");
    }

    private void Offset(TrackFragment fragment)
    {
        var ctts = _stbl.Find<CttsBox>();
        var samples = fragment.Samples.Span;
        var sample = 0;
        for (var run = 0; run < (ctts?.Count ?? 0); run++)
        {
            var (count, offset) = ctts![run];
            for (uint i = 0; i < count && sample < samples.Length; i++) samples[sample++].CompositionOffset = offset;
        }
    }

    private void Sync(TrackFragment fragment)
    {
        if (_stbl.Find<StssBox>() is not { } stss) return;
        var samples = fragment.Samples.Span;
        foreach (ref var sample in samples) sample.Flags = MediaSample.NonSync;
        for (var i = 0; i < stss.Count; i++)
        {
            var number = stss[i];
            if (number >= 1 && number <= samples.Length) samples[(int)number - 1].Flags = 0;
        }
    }

    private int Limit(uint count, BmffLimits limits) =>
        count <= limits.MaxTrackSamples ? (int)count : throw Bad($"{count} samples are more than the limit of {limits.MaxTrackSamples}", "stsz");

    private CencFormatException Bad(string message, string box) => new($"{message} (track {_track.Id})", $"moov/trak/mdia/minf/stbl/{box}", _stbl.Offset);
}
