using DrmHub.Cenc.Bmff.Boxes;

namespace DrmHub.Cenc.Bmff;

/// <summary>
/// Resolves the samples of a <c>moof</c> (ISO/IEC 14496-12, 8.8): defaults from <c>tfhd</c>, then <c>trex</c>; offsets from the explicit
/// base, the <c>moof</c>, or the end of the previous track's data. Remembers times for fragments without <c>tfdt</c>.
/// </summary>
internal sealed class FragmentReader(Movie movie, BmffLimits limits, SampleBudget budget) : IDisposable
{
    private readonly List<TrackFragment> _tracks = [];
    private readonly List<TrackFragment> _spare = [];
    private readonly Dictionary<uint, long> _nextTimes = [];

    /// <summary>Bytes from the start of the input to the end of the last sample; 0 without samples.</summary>
    public long DataEnd { get; private set; }

    /// <summary>The tracks of the fragment; valid until the next call.</summary>
    public IReadOnlyList<TrackFragment> Read(ContainerBox moof)
    {
        _spare.AddRange(_tracks);
        _tracks.Clear();
        budget.Reset();
        DataEnd = 0;
        var total = 0;
        var previousEnd = moof.Offset;
        foreach (var traf in moof.List)
        {
            if (traf is not ContainerBox { Type: BoxType.Traf } box) continue;
            var fragment = ReadTrack(box, moof, ref previousEnd, ref total);
            _tracks.Add(fragment);
        }
        return _tracks;
    }

    public void Dispose()
    {
        foreach (var fragment in _tracks.Concat(_spare)) fragment.Dispose();
    }

    private TrackFragment ReadTrack(ContainerBox traf, ContainerBox moof, ref long previousEnd, ref int total)
    {
        var tfhd = traf.Find<TfhdBox>() ?? throw Movie.Missing("tfhd", traf);
        var track = movie.FindTrack(tfhd.TrackId) ?? throw new CencFormatException($"there is no track {tfhd.TrackId}", "moof/traf/tfhd", tfhd.Offset);
        var fragment = Take(track, traf);
        var trex = track.Trex;
        fragment.Description = tfhd.Description ?? trex?.DefaultDescription ?? 1;
        fragment.DecodeTime = traf.Find<TfdtBox>()?.BaseMediaDecodeTime ?? _nextTimes.GetValueOrDefault(track.Id);
        var defaults = new SampleDefaults(
            tfhd.DefaultDuration ?? trex?.DefaultDuration ?? 0, tfhd.DefaultSize ?? trex?.DefaultSize ?? 0, tfhd.DefaultFlags ?? trex?.DefaultFlags ?? 0);
        var origin = tfhd.BaseDataOffset ?? ((tfhd.Flags & TfhdBox.DefaultBaseIsMoof) != 0 ? moof.Offset : previousEnd);
        fragment.AuxBase = tfhd.BaseDataOffset ?? moof.Offset;
        var position = origin;
        long duration = 0;
        foreach (var child in traf.List)
        {
            if (child is not TrunBox trun) continue;
            if (trun.DataOffset is { } offset) position = origin + offset;
            if (position < 0) throw Bad(trun, $"data starts at offset {position}");
            ReadRun(fragment, trun, defaults, ref position, ref duration, ref total);
        }
        if (fragment.Samples.Count > 0)
        {
            previousEnd = position;
        }
        fragment.Duration = duration;
        // Far above any real time, and far below what overflows.
        _nextTimes[track.Id] = Math.Min(fragment.DecodeTime + duration, 1L << 61);
        return fragment;
    }

    private void ReadRun(TrackFragment fragment, TrunBox trun, in SampleDefaults defaults, ref long position, ref long duration, ref int total)
    {
        if (trun.SampleCount > limits.MaxFragmentSamples - total) throw Bad(trun, $"a fragment has more than {limits.MaxFragmentSamples} samples");
        // Entries without a byte cost a liar nothing: then every sample must at least have data.
        if (trun.EntriesAreEmpty && defaults.Size == 0 && trun.SampleCount > 1) throw Bad(trun, $"{trun.SampleCount} samples have neither an entry nor data");
        if (!budget.TryTake(trun.SampleCount)) throw Bad(trun, $"{trun.SampleCount} samples are more than the input can hold");
        total += (int)trun.SampleCount;
        if (budget.IsBound) fragment.Samples.Reserve((int)trun.SampleCount);
        fragment.RunStarts.Add(fragment.Samples.Count);
        for (var i = 0; i < trun.SampleCount; i++)
        {
            trun.Read(i, defaults, out var length, out var size, out var flags, out var compositionOffset);
            if (size > limits.MaxSampleBytes) throw Bad(trun, $"sample {i} has {size} bytes, more than the limit of {limits.MaxSampleBytes}");
            fragment.Samples.Add(new MediaSample
            {
                Offset = position, Size = (int)size, Duration = length, CompositionOffset = compositionOffset, Flags = flags, Protection = -1,
                Description = (ushort)Math.Min(fragment.Description, ushort.MaxValue),
            });
            position += size;
            duration += length;
        }
        if (position > DataEnd && trun.SampleCount > 0) DataEnd = position;
    }

    private TrackFragment Take(MovieTrack track, ContainerBox traf)
    {
        var index = _spare.FindIndex(spare => spare.Track == track);
        if (index < 0) return new TrackFragment(track) { Traf = traf };
        var fragment = _spare[index];
        _spare.RemoveAt(index);
        fragment.Traf = traf;
        fragment.Samples.Clear();
        fragment.RunStarts.Clear();
        fragment.Aux = default;
        return fragment;
    }

    private static CencFormatException Bad(TrunBox trun, string message) => new(message, "moof/traf/trun", trun.Offset);
}
