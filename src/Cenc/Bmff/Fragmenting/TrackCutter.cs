using DrmHub.Cenc.Bmff.Boxes;

namespace DrmHub.Cenc.Bmff.Fragmenting;

/// <summary>Walks the samples of one track of a progressive file and makes the <c>traf</c> of each fragment (ISO/IEC 14496-12, 8.8).</summary>
internal sealed class TrackCutter(TrackFragment samples, MovieTrack target, long shift) : IDisposable
{
    private readonly List<(SbgpBox Box, GroupCursor Cursor)> _groups =
        [.. samples.Traf.List.OfType<SbgpBox>().Where(box => box.GroupingType != BoxType.Seig).Select(box => (box, new GroupCursor(box)))];

    private readonly long _startTime = samples.Track.StartTime;
    private long _time;
    private int _next;

    public bool IsMain { get; init; }

    /// <summary>Makes the parts of this track up to a sample of the main track, or up to a moment for any other track.</summary>
    /// <param name="mainEnd">First sample behind the fragment, for the main track.</param>
    /// <param name="endTime">Seconds, for the other tracks.</param>
    /// <param name="source">Receives where the bytes of each new sample lie in the input.</param>
    public IEnumerable<TrackFragment> Cut(int mainEnd, double endTime, List<(long Offset, int Size)> source)
    {
        var end = IsMain ? mainEnd : FindEnd(endTime);
        while (_next < end)
        {
            var first = _next;
            var description = samples.Samples.Span[first].Description;
            // A fragment has one description: a change starts another traf.
            while (_next < end && samples.Samples.Span[_next].Description == description) _next++;
            yield return Make(first, _next, description, source);
        }
    }

    public void Dispose() => samples.Dispose();

    private int FindEnd(double endTime)
    {
        var all = samples.Samples.Span;
        var time = _time;
        var index = _next;
        for (; index < all.Length && (time + all[index].CompositionOffset - _startTime) / (double)target.Timescale < endTime; index++) time += all[index].Duration;
        return index;
    }

    private TrackFragment Make(int first, int end, ushort description, List<(long Offset, int Size)> source)
    {
        var part = new TrackFragment(target) { Traf = new ContainerBox(BoxType.Traf), Description = description, DecodeTime = _time + shift };
        part.RunStarts.Add(0);
        part.Samples.Reserve(end - first);
        foreach (var sample in samples.Samples.Span[first..end])
        {
            part.Samples.Add(sample);
            part.Duration += sample.Duration;
            source.Add((sample.Offset, sample.Size));
        }
        _time += part.Duration;
        var run = part.Samples.Span;
        var same = Uniform.Of(run);
        part.Traf.List.Add(new TfhdBox(
            target.Id, description, same.Duration ? run[0].Duration : null, same.Size ? (uint)run[0].Size : null, same.Flags ? run[0].Flags : null));
        part.Traf.List.Add(new TfdtBox(part.DecodeTime));
        part.Traf.List.Add(Run(run, same));
        foreach (var (box, cursor) in _groups)
        {
            if (cursor.Take(run.Length) is { } groups) part.Traf.List.Add(new SbgpBox(box.GroupingType, groups));
        }
        return part;
    }

    private static TrunBox Run(ReadOnlySpan<MediaSample> run, Uniform same)
    {
        var writer = new BoxWriter(16 * run.Length);
        var negative = false;
        foreach (ref readonly var sample in run)
        {
            if (!same.Duration) writer.U32(sample.Duration);
            if (!same.Size) writer.U32((uint)sample.Size);
            if (!same.Flags) writer.U32(sample.Flags);
            if (!same.NoOffsets) writer.I32(sample.CompositionOffset);
            negative |= sample.CompositionOffset < 0;
        }
        var flags = (same.Duration ? 0 : TrunBox.HasDuration) | (same.Size ? 0 : TrunBox.HasSize)
            | (same.Flags ? 0 : TrunBox.HasFlags) | (same.NoOffsets ? 0 : TrunBox.HasCompositionOffset);
        return new TrunBox((byte)(negative ? 1 : 0), flags, run.Length, writer.WrittenMemory);
    }

    /// <summary>Which fields all samples of a run agree in.</summary>
    private readonly record struct Uniform(bool Duration, bool Size, bool Flags, bool NoOffsets)
    {
        public static Uniform Of(ReadOnlySpan<MediaSample> run)
        {
            var (duration, size, flags, none) = (true, true, true, true);
            foreach (ref readonly var sample in run)
            {
                duration &= sample.Duration == run[0].Duration;
                size &= sample.Size == run[0].Size;
                flags &= sample.Flags == run[0].Flags;
                none &= sample.CompositionOffset == 0;
            }
            return new Uniform(duration, size, flags, none);
        }
    }

    /// <summary>Cuts a whole track's group assignment into those of its fragments.</summary>
    private sealed class GroupCursor(SbgpBox box)
    {
        private int _run;
        private uint _used;

        /// <summary>The assignment of the next samples; null if none of them is in a group.</summary>
        public (uint Samples, uint Index)[]? Take(int samples)
        {
            var runs = new List<(uint Samples, uint Index)>();
            var any = false;
            var left = (uint)samples;
            while (left > 0 && _run < box.Count)
            {
                var (count, index) = box[_run];
                var taken = Math.Min(left, count - _used);
                if (taken > 0) runs.Add((taken, index));
                any |= index != 0 && taken > 0;
                left -= taken;
                _used += taken;
                if (_used < count) continue;
                _run++;
                _used = 0;
            }
            return any ? [.. runs] : null;
        }
    }
}
