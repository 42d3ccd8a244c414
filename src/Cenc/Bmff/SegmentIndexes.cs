using DrmHub.Cenc.Bmff.Boxes;

namespace DrmHub.Cenc.Bmff;

/// <summary>
/// Keeps segment indexes right while fragments change their size. An index stands before what it describes, so its place is held
/// and filled at the end, which needs a seekable output; without one, indexes are left out.
/// </summary>
internal sealed class SegmentIndexes(MediaOutput output)
{
    // ISO/IEC 14496-12, 8.16.3: SAP type 1 at the start of the subsegment.
    private const uint StartsWithSync = 0x90000000;

    private readonly List<(SidxBox Box, long Position, long OldEnd)> _kept = [];
    private readonly BoxWriter _scratch = new(256);
    private SidxBox? _made;
    private long _madePosition;
    private uint _madeTrack;
    private int _filled;
    private long _lastEnd;
    private bool _timeKnown;

    /// <summary>Takes over an index of the input; returns false if it must be left out.</summary>
    public bool Keep(SidxBox sidx)
    {
        if (!output.CanSeek) return false;
        _kept.Add((sidx, output.Position, sidx.Offset + sidx.Size));
        output.Write(sidx, _scratch);
        return true;
    }

    /// <summary>Holds the place of an index over all fragments that follow.</summary>
    public void Make(MovieTrack track, int fragments)
    {
        if (!output.CanSeek || fragments is 0 or > ushort.MaxValue) return;
        _made = new SidxBox(track.Id, track.Timescale, fragments);
        _madeTrack = track.Id;
        _madePosition = output.Position;
        output.Write(_made, _scratch);
        _lastEnd = output.Position;
    }

    /// <summary>Notes a fragment.</summary>
    /// <param name="tracks">What it holds.</param>
    /// <param name="end">Of its bytes in the output.</param>
    public void AddFragment(IReadOnlyList<TrackFragment> tracks, long end)
    {
        if (_made is null || _filled == _made.Count) return;
        var size = end - _lastEnd;
        _lastEnd = end;
        var track = tracks.FirstOrDefault(fragment => fragment.Track.Id == _madeTrack);
        uint duration = 0;
        uint sap = 0;
        if (track is { Samples.Count: > 0 })
        {
            var samples = track.Samples.Span;
            if (samples[0].IsSync) sap = StartsWithSync;
            duration = PresentedDuration(track, samples, out var earliest);
            if (!_timeKnown) _made.EarliestTime = (ulong)Math.Max(0, earliest);
            _timeKnown = true;
        }
        if (size > int.MaxValue) throw new CencFormatException($"a fragment of {size} bytes does not fit a segment index", "sidx", _madePosition);
        _made[_filled++] = new SegmentReference(false, (uint)size, duration, sap);
    }

    public void Finish(OffsetMap map)
    {
        if (_made is not null) Patch(_madePosition, _filled == _made.Count ? _made : Blank(_made));
        foreach (var (box, position, oldEnd) in _kept) Patch(position, TryMove(box, position, oldEnd, map) ? box : Blank(box));
    }

    // Samples that end before the presentation starts (encoder delay) do not count.
    private static uint PresentedDuration(TrackFragment track, ReadOnlySpan<MediaSample> samples, out long earliest)
    {
        earliest = long.MaxValue;
        long duration = 0;
        var time = track.DecodeTime - track.Track.StartTime;
        foreach (ref readonly var sample in samples)
        {
            var start = time + sample.CompositionOffset;
            if (start + sample.Duration > 0)
            {
                duration += sample.Duration;
                earliest = Math.Min(earliest, start);
            }
            time += sample.Duration;
        }
        if (earliest == long.MaxValue) earliest = 0;
        return (uint)Math.Min(duration, uint.MaxValue);
    }

    private static bool TryMove(SidxBox box, long newStart, long oldEnd, OffsetMap map)
    {
        var newEnd = newStart + box.Size;
        var old = oldEnd + box.FirstOffset;
        if (!map.TryMap(old, out var anchor)) return false;
        var first = anchor - newEnd;
        if (first < 0 || (box.Version == 0 && first > uint.MaxValue)) return false;
        var at = anchor;
        for (var i = 0; i < box.Count; i++)
        {
            var reference = box[i];
            old += reference.Size;
            if (!map.TryMap(old, out var next) || next - at is < 0 or > int.MaxValue) return false;
            box[i] = reference with { Size = (uint)(next - at) };
            at = next;
        }
        box.FirstOffset = first;
        return true;
    }

    // An index that fits no box boundary would lead players astray: its bytes become free space.
    private static RawBox Blank(SidxBox box) => new(BoxType.Free, new byte[box.Size - 8]);

    private void Patch(long position, Box box)
    {
        _scratch.Clear();
        box.Write(_scratch);
        output.Patch(position, _scratch.Written);
    }
}
