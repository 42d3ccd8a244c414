using System.Buffers;

namespace DrmHub.Cenc.Bmff;

/// <summary>
/// Copies a range of the input and transforms the samples in it on the way, in the order of their offsets whatever track they are of.
/// Memory: one megabyte, or the largest sample.
/// </summary>
internal sealed class SamplePump(MediaInput input, MediaOutput output, IMovieTransform transform, IProgress<long>? progress = null)
{
    private const int BufferSize = 1 << 20;
    private byte[] _buffer = [];
    private long _start;
    private int _length;

    public void Run(IReadOnlyList<TrackFragment> tracks, long start, long end)
    {
        _buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            input.Seek(start);
            _start = start;
            _length = 0;
            var cursors = tracks.Select(track => new Cursor(track)).ToArray();
            while (Next(cursors, start, end) is { } cursor)
            {
                ref readonly var sample = ref cursor.Current;
                if (sample.Protection >= 0 && sample.Size > 0)
                {
                    if (sample.Offset < cursor.Done(cursors)) throw new CencFormatException($"two samples share the bytes at {sample.Offset}", "mdat", start);
                    Hold(sample.Offset, sample.Size, end);
                    transform.Process(cursor.Track, sample, _buffer.AsSpan((int)(sample.Offset - _start), sample.Size));
                    cursor.DoneUntil = sample.Offset + sample.Size;
                }
                cursor.Index++;
            }
            CopyUntil(end, end);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(_buffer);
        }
    }

    private static Cursor? Next(Cursor[] cursors, long start, long end)
    {
        Cursor? first = null;
        foreach (var cursor in cursors)
        {
            // Samples of a progressive file may lie in another range of it: each run takes its own.
            while (!cursor.AtEnd && (cursor.Current.Offset < start || cursor.Current.Offset >= end)) cursor.Index++;
            if (!cursor.AtEnd && (first is null || cursor.Current.Offset < first.Current.Offset)) first = cursor;
        }
        return first;
    }

    // Makes the buffer hold a sample; what lies before it goes out.
    private void Hold(long offset, int size, long end)
    {
        if (offset + size <= _start + _length) return;
        CopyUntil(offset, end);
        if (size > _buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(size);
            _buffer.AsSpan(0, _length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }
        var wanted = (int)Math.Min(_buffer.Length, end - _start);
        _length += input.Read(_buffer.AsSpan(_length, wanted - _length));
        if (_length < size) throw new CencFormatException($"the input ends at offset {_start + _length}, inside a sample", "mdat", offset);
    }

    private void CopyUntil(long offset, long end)
    {
        while (true)
        {
            var ready = (int)Math.Min(_length, offset - _start);
            output.Write(_buffer.AsSpan(0, ready));
            _buffer.AsSpan(ready, _length - ready).CopyTo(_buffer);
            _start += ready;
            _length -= ready;
            progress?.Report(_start);
            if (_start == offset) return;
            _length = input.Read(_buffer.AsSpan(0, (int)Math.Min(_buffer.Length, end - _start)));
            if (_length == 0) throw new CencFormatException($"the input ends at offset {_start}", "mdat", _start);
        }
    }

    /// <summary>Walks a track's samples by offset. Nearly always that is their order; else an index puts them so.</summary>
    private sealed class Cursor
    {
        private readonly int[]? _order;

        public Cursor(TrackFragment track)
        {
            Track = track;
            var samples = track.Samples.Span;
            for (var i = 1; i < samples.Length; i++)
            {
                if (samples[i].Offset >= samples[i - 1].Offset) continue;
                _order = new int[samples.Length];
                for (var k = 0; k < samples.Length; k++) _order[k] = k;
                Array.Sort(_order, (one, other) => Track.Samples.Span[one].Offset.CompareTo(Track.Samples.Span[other].Offset));
                break;
            }
        }

        public TrackFragment Track { get; }

        public int Index { get; set; }

        public long DoneUntil { get; set; }

        public bool AtEnd => Index == Track.Samples.Count;

        public ref readonly MediaSample Current => ref Track.Samples.Span[_order is null ? Index : _order[Index]];

        public long Done(Cursor[] all)
        {
            var done = DoneUntil;
            foreach (var other in all) done = Math.Max(done, other.DoneUntil);
            return done;
        }
    }
}
