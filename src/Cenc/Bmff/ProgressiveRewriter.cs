using System.Buffers.Binary;
using DrmHub.Cenc.Bmff.Boxes;

namespace DrmHub.Cenc.Bmff;

/// <summary>
/// Rewrites a progressive file in place: the same layout, <c>moov</c> at the end where it was, samples transformed on the way through
/// <c>mdat</c>, chunk offsets moved by what <c>moov</c> gained or lost. The input is read twice, so it must be seekable.
/// </summary>
internal sealed class ProgressiveRewriter(MediaInput input, MediaOutput output, IMovieTransform transform, IProgress<long>? progress)
{
    public void Run(FileLayout layout, Movie movie)
    {
        var moov = movie.Moov;
        var oldSize = moov.Size;
        var tracks = new List<TrackFragment>();
        var budget = SampleBudget.Of(input);
        try
        {
            foreach (var track in movie.Tracks)
            {
                if (track.Entries.Any(entry => entry.IsProtected)) tracks.Add(SampleTable.Read(track, input.Limits, budget, input.Length));
            }
            transform.Begin(movie);
            transform.Plan(new Fragment(moov, tracks, FragmentData.Windowed(input, 0, input.Length)));
            MoveChunks(movie, moov.Offset, moov.Size - oldSize);
            input.Seek(0);
            Copy(moov, tracks);
            output.Flush();
        }
        finally
        {
            foreach (var track in tracks) track.Dispose();
        }
    }

    private void Copy(ContainerBox moov, List<TrackFragment> tracks)
    {
        while (input.TryNext(out var box))
        {
            var end = box.Offset + box.Size!.Value;
            if (box.Type == BoxType.Moov)
            {
                if (box.Offset != moov.Offset) throw box.Error("is a second moov");
                output.Write(moov, new BoxWriter((int)moov.Size));
                input.Skip(box);
            }
            else if (box.Type == BoxType.Mdat)
            {
                output.Write(input.HeaderOf(box));
                new SamplePump(input, output, transform, progress).Run(tracks, box.Offset + box.HeaderSize, end);
            }
            else
            {
                input.Copy(box, output);
            }
        }
    }

    private static void MoveChunks(Movie movie, long after, long growth)
    {
        foreach (var track in movie.Tracks)
        {
            var boxes = track.Stbl.List;
            for (var i = 0; i < boxes.Count; i++)
            {
                boxes[i] = boxes[i] switch
                {
                    StcoBox stco => new StcoBox(stco.Count, Moved32(stco, after, growth)),
                    Co64Box co64 => new Co64Box(co64.Count, Moved64(co64, after, growth)),
                    var other => other,
                };
            }
        }
    }

    private static byte[] Moved32(StcoBox stco, long after, long growth)
    {
        var table = stco.Entries.ToArray();
        for (var i = 0; i < stco.Count; i++)
        {
            var moved = stco[i] > after ? stco[i] + growth : stco[i];
            if (moved is < 0 or > uint.MaxValue) throw new CencFormatException($"chunk {i + 1} moves to {moved}, which does not fit", "stco", stco.Offset);
            BinaryPrimitives.WriteUInt32BigEndian(table.AsSpan(i * 4), (uint)moved);
        }
        return table;
    }

    private static byte[] Moved64(Co64Box co64, long after, long growth)
    {
        var table = co64.Entries.ToArray();
        for (var i = 0; i < co64.Count; i++)
        {
            if (co64[i] >= 1UL << 60) throw new CencFormatException($"chunk {i + 1} starts at {co64[i]}", "co64", co64.Offset);
            var offset = (long)co64[i];
            BinaryPrimitives.WriteInt64BigEndian(table.AsSpan(i * 8), offset > after ? Math.Max(0, offset + growth) : offset);
        }
        return table;
    }
}
