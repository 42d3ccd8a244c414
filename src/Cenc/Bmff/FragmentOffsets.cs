using DrmHub.Cenc.Bmff.Boxes;

namespace DrmHub.Cenc.Bmff;

/// <summary>Moves the data offsets of a fragment whose <c>moof</c> grew or shrank, and makes the <c>moof</c> the base of all of them.</summary>
internal static class FragmentOffsets
{
    /// <param name="moof">The changed fragment.</param>
    /// <param name="tracks">Its tracks with the offsets that the samples had in the input.</param>
    /// <param name="oldSize">Bytes of the <c>moof</c> in the input.</param>
    public static void Move(ContainerBox moof, IReadOnlyList<TrackFragment> tracks, long oldSize)
    {
        foreach (var track in tracks) Normalize(track);
        var growth = moof.Size - oldSize;
        foreach (var track in tracks)
        {
            var run = 0;
            foreach (var child in track.Traf.List)
            {
                if (child is not TrunBox trun) continue;
                var start = track.RunStarts[run++];
                if (trun.DataOffset is null) continue;
                if (trun.SampleCount == 0) continue;
                var offset = track.Samples.Span[start].Offset - moof.Offset + growth;
                if (offset is < int.MinValue or > int.MaxValue) throw new CencFormatException($"sample data lies {offset} bytes from its moof, too far for a run", "moof/traf/trun", trun.Offset);
                trun.SetDataOffset((int)offset);
            }
        }
    }

    // An absolute base would change with every box before it; the end of the previous track's data is a base that readers get wrong.
    private static void Normalize(TrackFragment track)
    {
        var tfhd = track.Traf.Find<TfhdBox>()!;
        var first = true;
        foreach (var child in track.Traf.List)
        {
            if (child is not TrunBox trun) continue;
            if (first && trun.DataOffset is null) trun.SetDataOffset(0);
            first = false;
        }
        if ((tfhd.Flags & TfhdBox.DefaultBaseIsMoof) == 0) tfhd.SetBaseToMoof();
    }
}
