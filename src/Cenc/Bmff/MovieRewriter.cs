using System.Buffers;
using DrmHub.Cenc.Bmff.Boxes;

namespace DrmHub.Cenc.Bmff;

/// <summary>
/// Streams a fragmented file through a transform: <c>moov</c> and each <c>moof</c> are taken apart and written anew, everything else is
/// copied. Memory holds one fragment at most; a fragment above the limit is read through a window, twice.
/// </summary>
/// <param name="input">Fragmented.</param>
/// <param name="output">Gets every box.</param>
/// <param name="transform">What happens to the samples.</param>
/// <param name="spool">Holds a fragment above the limit of an input that cannot seek.</param>
/// <param name="progress">Told the bytes of input that are done.</param>
internal sealed class MovieRewriter(MediaInput input, MediaOutput output, IMovieTransform transform, PipeSpool spool, IProgress<long>? progress) : IDisposable
{
    private readonly BoxWriter _scratch = new(4096);
    private readonly OffsetMap _map = new();
    private readonly SegmentIndexes _indexes = new(output);
    private FragmentReader? _reader;
    private byte[] _region = [];
    private byte[] _moofBytes = [];
    private bool _indexDecided;
    private bool _begun;

    /// <summary>Fragments to come, where an index over them is wanted; 0 for none.</summary>
    public int FragmentsToIndex { get; set; }

    public Movie? Movie { get; private set; }

    /// <summary>Uses a movie that was begun with an earlier input (media segments after their init segment).</summary>
    public void Continue(Movie movie)
    {
        Movie = movie;
        _reader?.Dispose();
        _reader = new FragmentReader(movie, input.Limits, SampleBudget.Of(input));
    }

    /// <summary>Rewrites all boxes up to the end of the input.</summary>
    public void Run()
    {
        while (input.TryNext(out var box))
        {
            Handle(box);
            _map.Add(input.Position, output.Position);
            progress?.Report(input.Position);
        }
        Finish();
    }

    public void Finish()
    {
        _indexes.Finish(_map);
        output.Flush();
    }

    /// <summary>Begins the movie and writes its <c>moov</c>.</summary>
    public void Begin(Movie movie)
    {
        if (_begun) throw new CencFormatException("there is a second moov", "moov", movie.Moov.Offset);
        _begun = true;
        Continue(movie);
        transform.Begin(movie);
        output.Write(movie.Moov, _scratch);
    }

    /// <summary>Writes a fragment whose region (all bytes from the end of its <c>moof</c> to the end of its <c>mdat</c>) is in memory.</summary>
    /// <param name="region">A buffer of the shared pool, which the output may take over.</param>
    /// <returns>The buffer to go on with.</returns>
    public byte[] WriteFragment(ContainerBox moof, IReadOnlyList<TrackFragment> tracks, byte[] region, long regionStart, int regionLength)
    {
        var data = FragmentData.InMemory(region, regionStart, regionLength);
        Plan(moof, tracks, data, regionStart);
        foreach (var track in tracks)
        {
            foreach (ref readonly var sample in track.Samples.Span)
            {
                if (sample.Protection >= 0) transform.Process(track, sample, data.Slice(sample.Offset, sample.Size));
            }
        }
        // Last, because it waits until the fragment before is written: up to here both went on at the same time.
        output.Write(moof, _scratch);
        _indexes.AddFragment(tracks, output.Position + regionLength);
        return output.WriteRented(region, regionLength);
    }

    public void Dispose()
    {
        _reader?.Dispose();
        if (_region.Length > 0) ArrayPool<byte>.Shared.Return(_region);
    }

    /// <summary>Decides about an index when the first box of the first fragment is about to be written.</summary>
    public void BeforeMedia()
    {
        if (_indexDecided || Movie is null) return;
        _indexDecided = true;
        if (FragmentsToIndex == 0) return;
        if (Movie.MainTrack is { } track) _indexes.Make(track, FragmentsToIndex);
    }

    private void Handle(in TopLevelBox box)
    {
        if (box.Type is BoxType.Styp or BoxType.Prft or BoxType.Emsg or BoxType.Moof) BeforeMedia();
        _map.Add(box.Offset, output.Position);
        switch (box.Type)
        {
            case BoxType.Moov:
                var movie = Movie.Read((ContainerBox)input.ReadBox(box), input.Limits);
                if (!movie.IsFragmented && !input.CanSeek) throw box.Error("announces no fragments: a progressive file needs a seekable input, not a pipe");
                Begin(movie);
                break;
            case BoxType.Moof:
                RewriteFragment(input.ReadBytes(box), box.Offset);
                break;
            case BoxType.Sidx:
                _indexes.Keep((SidxBox)input.ReadBox(box));
                break;
            case BoxType.Ssix:
                // Byte ranges inside subsegments: they would be wrong now, and no player needs them.
                input.Skip(box);
                break;
            case BoxType.Mfra:
                RewriteRandomAccess((ContainerBox)input.ReadBox(box));
                break;
            default:
                input.Copy(box, output);
                break;
        }
    }

    private void RewriteFragment(byte[] bytes, long offset)
    {
        var moof = (ContainerBox)Box.Parse(bytes, offset, input.Limits);
        _moofBytes = bytes;
        if (Movie is null || _reader is null) throw new CencFormatException("comes before any moov", "moof", moof.Offset);
        var tracks = _reader.Read(moof);
        var start = input.Position;
        var end = _reader.DataEnd;
        var length = 0;
        // The region grows box by box until it holds the end of the last sample.
        var endless = false;
        while (input.Position < end)
        {
            if (!input.TryNext(out var box)) throw new CencFormatException($"sample data ends at offset {end}, but the input ends at {input.Position}", "moof", moof.Offset);
            if (box.Type is BoxType.Moof or BoxType.Moov) throw box.Error($"stands where the sample data of the moof at offset {moof.Offset} should be");
            var size = box.Size ?? Math.Max(end - box.Offset, box.HeaderSize);
            if (length + size > input.Limits.MaxBufferedFragmentBytes)
            {
                if (input.CanSeek) RewriteLarge(moof, tracks, input, start, box.Offset + size);
                else RewriteSpooled(moof, tracks, start, length, box, size);
                return;
            }
            Append(box, size, ref length);
            endless |= box.Size is null;
        }
        Check(tracks, start, start + length);
        _region = WriteFragment(moof, tracks, _region, start, length);
        if (endless) input.CopyRest(output);
    }

    private void Append(in TopLevelBox box, long size, ref int length)
    {
        // Memory follows the bytes that arrive: on a pipe the size is only a claim.
        var target = length + (int)size;
        input.HeaderOf(box).CopyTo(Room(length, length + box.HeaderSize));
        var filled = length + box.HeaderSize;
        while (filled < target)
        {
            var step = input.CanSeek ? target : Math.Min(target, filled + Math.Max(1 << 12, filled));
            input.ReadExactly(Room(filled, step), box);
            filled = step;
        }
        length = target;
    }

    private Span<byte> Room(int from, int to)
    {
        if (to > _region.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(to, 1 << 12));
            _region.AsSpan(0, from).CopyTo(larger);
            if (_region.Length > 0) ArrayPool<byte>.Shared.Return(_region);
            _region = larger;
        }
        return _region.AsSpan(from, to - from);
    }

    private static void Check(IReadOnlyList<TrackFragment> tracks, long start, long end)
    {
        foreach (var track in tracks)
        {
            foreach (ref readonly var sample in track.Samples.Span)
            {
                if (sample.Size > 0 && (sample.Offset < start || sample.Offset + sample.Size > end))
                    throw new CencFormatException($"a sample at {sample.Offset} lies outside the media data at {start} to {end}", "moof/traf", track.Traf.Offset);
            }
        }
    }

    private void RewriteSpooled(ContainerBox moof, IReadOnlyList<TrackFragment> tracks, long start, int held, in TopLevelBox box, long size)
    {
        if (!spool.IsOffered) throw box.Error($"a fragment of more than {input.Limits.MaxBufferedFragmentBytes} bytes needs a seekable input, not a pipe");
        var stream = spool.Empty();
        stream.Write(_region.AsSpan(0, held));
        using (var target = new MediaOutput(stream)) input.CopyPart(box, size, target);
        stream.Position = 0;
        RewriteLarge(moof, tracks, input.Part(stream, start), start, box.Offset + size);
        if (box.Size is null) input.CopyRest(output);
    }

    private void RewriteLarge(ContainerBox moof, IReadOnlyList<TrackFragment> tracks, MediaInput source, long start, long end)
    {
        if (_reader!.DataEnd > end) throw new CencFormatException("the samples of a large fragment lie in more than one mdat", "moof", moof.Offset);
        Check(tracks, start, end);
        Plan(moof, tracks, FragmentData.Windowed(source, start, end), start);
        output.Write(moof, _scratch);
        new SamplePump(source, output, transform).Run(tracks, start, end);
        _indexes.AddFragment(tracks, output.Position);
    }

    private void Plan(ContainerBox moof, IReadOnlyList<TrackFragment> tracks, FragmentData data, long regionStart)
    {
        // The region may not start at the end of the moof: a fragment that was made has no bytes in an input.
        var oldSize = regionStart - moof.Offset;
        transform.Plan(new Fragment(moof, tracks, data) { MoofBytes = _moofBytes });
        FragmentOffsets.Move(moof, tracks, oldSize);
        AuxOffsets.Set(moof);
    }

    private void RewriteRandomAccess(ContainerBox mfra)
    {
        foreach (var tfra in mfra.All<TfraBox>())
        {
            for (var i = 0; i < tfra.Count; i++)
            {
                if (tfra[i] > long.MaxValue || !_map.TryMap((long)tfra[i], out var moved)) return;
                if (tfra.Version == 0 && moved > uint.MaxValue) return;
                tfra[i] = (ulong)moved;
            }
        }
        output.Write(mfra, _scratch);
    }
}
