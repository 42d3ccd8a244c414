using System.Buffers;
using System.Buffers.Binary;
using DrmHub.Cenc.Bmff.Boxes;

namespace DrmHub.Cenc.Bmff.Fragmenting;

/// <summary>
/// Turns a progressive file (<c>moov</c> before or behind <c>mdat</c>) into a fragmented one and hands each fragment to a rewriter, so that
/// it can be encrypted on the way. Memory: the sample tables and one fragment.
/// </summary>
internal sealed class ProgressiveFragmenter(MediaInput input, MediaOutput output, MovieRewriter rewriter, TimeSpan duration, IProgress<long>? progress)
{
    private const int MdatHeader = 8;
    private byte[] _region = [];

    public void Run(Movie movie)
    {
        var samples = new List<TrackFragment>();
        var budget = SampleBudget.Of(input);
        var cutters = new List<TrackCutter>();
        try
        {
            foreach (var track in movie.Tracks) samples.Add(SampleTable.Read(track, input.Limits, budget, input.Length));
            var main = samples.FindIndex(track => track.Track == movie.MainTrack);
            if (main < 0 || samples[main].Samples.Count == 0) main = samples.FindIndex(track => track.Samples.Count > 0);
            var shifts = new long[samples.Count];
            // Before the header is rewritten: cuts go by the edit lists of the input.
            var cuts = main < 0 ? null : new FragmentCuts(samples[main], duration, input.Limits.MaxBufferedFragmentBytes);
            var tables = samples.Select(track => new ContainerBox(BoxType.Stbl, [.. track.Traf.List])).ToList();
            var fileType = FragmentedHeader.FileType(movie);
            var fragmented = FragmentedHeader.Rewrite(movie, samples, shifts, input.Limits);
            for (var i = 0; i < samples.Count; i++)
            {
                samples[i].Traf = tables[i];
                cutters.Add(new TrackCutter(samples[i], fragmented.Tracks[i], shifts[i]) { IsMain = i == main });
            }
            output.Write(fileType, new BoxWriter(64));
            rewriter.Begin(fragmented);
            if (cuts is not null) WriteFragments(cuts, cutters, samples[main].Samples.Count);
            rewriter.Finish();
        }
        finally
        {
            foreach (var track in samples) track.Dispose();
            if (_region.Length > 0) ArrayPool<byte>.Shared.Return(_region);
        }
    }

    private void WriteFragments(FragmentCuts cuts, List<TrackCutter> cutters, int mainCount)
    {
        rewriter.FragmentsToIndex = cuts.Count;
        rewriter.BeforeMedia();
        var source = new List<(long Offset, int Size)>();
        for (var i = 0; i < cuts.Count; i++)
        {
            source.Clear();
            var moof = new ContainerBox(BoxType.Moof, new MfhdBox((uint)i + 1)) { Offset = 0 };
            var parts = new List<TrackFragment>();
            foreach (var cutter in cutters) parts.AddRange(cutter.Cut(cuts.MainEnd(i, mainCount), cuts.EndTime(i), source));
            foreach (var part in parts) moof.List.Add(part.Traf);
            var length = Gather(source);
            Place(parts, moof.Size + MdatHeader);
            _region = rewriter.WriteFragment(moof, parts, _region, moof.Size, length);
            foreach (var part in parts) part.Dispose();
            progress?.Report(input.Position);
        }
    }

    // Samples lie in the new mdat one behind the other, track after track.
    private static void Place(List<TrackFragment> parts, long position)
    {
        foreach (var part in parts)
        {
            foreach (ref var sample in part.Samples.Span)
            {
                sample.Offset = position;
                position += sample.Size;
            }
        }
    }

    private int Gather(List<(long Offset, int Size)> source)
    {
        long total = MdatHeader;
        foreach (var (_, size) in source) total += size;
        if (total > Array.MaxLength) throw new CencFormatException($"a fragment of {total} bytes cannot be held in memory", "mdat", 0);
        if (_region.Length < total)
        {
            if (_region.Length > 0) ArrayPool<byte>.Shared.Return(_region);
            _region = ArrayPool<byte>.Shared.Rent((int)total);
        }
        BinaryPrimitives.WriteUInt32BigEndian(_region, (uint)total);
        BinaryPrimitives.WriteUInt32BigEndian(_region.AsSpan(4), BoxType.Mdat);
        var position = MdatHeader;
        for (var i = 0; i < source.Count;)
        {
            // Neighbours in the input are read at once.
            var (offset, size) = source[i++];
            while (i < source.Count && source[i].Offset == offset + size) size += source[i++].Size;
            if (input.Position != offset) input.Seek(offset);
            if (input.Read(_region.AsSpan(position, size)) < size) throw new CencFormatException("the input ends inside a sample", "mdat", offset);
            position += size;
        }
        return (int)total;
    }
}
