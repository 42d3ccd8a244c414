using DrmHub.Cenc.Bmff.Boxes;

namespace DrmHub.Cenc.Bmff.Fragmenting;

/// <summary>Makes the <c>ftyp</c> and <c>moov</c> of a fragmented file out of a progressive <c>moov</c>: tables emptied, <c>mvex</c> added.</summary>
internal static class FragmentedHeader
{
    /// <summary>mp41, then the brands that Shaka Packager lists; the CMAF brand for a single track, as CMAF asks.</summary>
    public static RawBox FileType(Movie movie)
    {
        var writer = new BoxWriter(64);
        writer.U32(BoxType.Parse("mp41"));
        writer.U32(0);
        foreach (var brand in new[] { "iso8", "isom", "mp41", "dash" }) writer.U32(BoxType.Parse(brand));
        foreach (var track in movie.Tracks)
        {
            if (track.IsVideo && track.Entries.Count > 0) writer.U32(track.Entries[0].Format);
        }
        if (movie.Tracks.Count == 1) writer.U32(BoxType.Parse("cmfc"));
        return new RawBox(BoxType.Ftyp, writer.WrittenMemory);
    }

    /// <summary>Changes the tree of <paramref name="movie"/>.</summary>
    /// <param name="movie">A progressive movie whose samples were read already.</param>
    /// <param name="samples">Its tracks' samples.</param>
    /// <param name="shifts">Receives how far each track's times move, in its ticks.</param>
    /// <param name="limits">Bounds.</param>
    public static Movie Rewrite(Movie movie, IReadOnlyList<TrackFragment> samples, long[] shifts, BmffLimits limits)
    {
        var moov = movie.Moov;
        var mvhd = moov.Find<MvhdBox>()!;
        var mvex = new ContainerBox(BoxType.Mvex, new MehdBox(mvhd.Duration));
        mvhd.Duration = 0;
        for (var i = 0; i < movie.Tracks.Count; i++)
        {
            var track = movie.Tracks[i];
            track.Header.Duration = 0;
            track.Media.Duration = 0;
            shifts[i] = RewriteEdits(track, movie.Timescale);
            EmptyTables(track.Stbl);
            mvex.List.Add(new TrexBox(track.Id, samples[i].Samples.Count > 0 ? samples[i].Samples.Span[0].Duration : 0));
        }
        moov.List.Insert(moov.List.FindLastIndex(box => box.Type == BoxType.Trak) + 1, mvex);
        return Movie.Read(moov, limits);
    }

    // Sample groups keep their descriptions here; who belongs to which group is said in each fragment.
    private static void EmptyTables(ContainerBox stbl)
    {
        var kept = stbl.List.Where(box => box is StsdBox or SgpdBox || BoxType.Name(box.Type) == "cslg").ToList();
        stbl.List.Clear();
        stbl.List.AddRange(kept.Where(box => box is StsdBox));
        stbl.List.AddRange([new SttsBox(), new StscBox(), new StszBox(), new StcoBox(0, default)]);
        stbl.List.AddRange(kept.Where(box => box is not StsdBox));
    }

    // A leading empty edit becomes a later decoding time, which players of fragments understand better. The edit behind it stays with
    // its length, which says where padding starts. Lists of several edits stay as they are.
    private static long RewriteEdits(MovieTrack track, uint movieTimescale)
    {
        if (track.Edits is not [{ MediaTime: -1 } empty, { MediaTime: >= 0 } media] || movieTimescale == 0) return 0;
        var shift = (long)UInt128.Min((UInt128)empty.SegmentDuration * track.Timescale / movieTimescale, 1UL << 48);
        var edts = track.Trak.Find(BoxType.Edts)!;
        var index = edts.List.FindIndex(box => box is ElstBox);
        edts.List[index] = new ElstBox(((ElstBox)edts.List[index]).Version, media);
        return shift;
    }
}
