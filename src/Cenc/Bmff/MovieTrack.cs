using DrmHub.Cenc.Bmff.Boxes;

namespace DrmHub.Cenc.Bmff;

/// <summary>A track of a movie, with its sample descriptions.</summary>
internal sealed class MovieTrack
{
    private MovieTrack(ContainerBox trak, ContainerBox stbl, TkhdBox tkhd, MdhdBox mdhd, uint handler)
    {
        Trak = trak;
        Stbl = stbl;
        Header = tkhd;
        Media = mdhd;
        Handler = handler;
    }

    public ContainerBox Trak { get; }

    public ContainerBox Stbl { get; }

    public TkhdBox Header { get; }

    public MdhdBox Media { get; }

    public uint Id => Header.TrackId;

    public uint Handler { get; }

    public bool IsVideo => Handler == BoxType.Vide;

    public bool IsAudio => Handler == BoxType.Soun;

    public uint Timescale => Media.Timescale;

    /// <summary>Null in a progressive file.</summary>
    public TrexBox? Trex { get; private init; }

    /// <summary>In the order of the sample description indexes, from 1.</summary>
    public required IReadOnlyList<TrackEntry> Entries { get; init; }

    public IReadOnlyList<Edit> Edits => Trak.Find(BoxType.Edts)?.Find<ElstBox>()?.Edits ?? [];

    /// <summary>The media time at which the presentation starts: the first edit that is not empty; 0 without edits.</summary>
    public long StartTime
    {
        get
        {
            foreach (var edit in Edits)
            {
                if (edit.MediaTime >= 0) return edit.MediaTime;
            }
            return 0;
        }
    }

    public static MovieTrack Read(ContainerBox trak, ContainerBox? mvex, BmffLimits limits)
    {
        var tkhd = trak.Find<TkhdBox>() ?? throw Movie.Missing("tkhd", trak);
        var mdia = trak.Find(BoxType.Mdia) ?? throw Movie.Missing("mdia", trak);
        var mdhd = mdia.Find<MdhdBox>() ?? throw Movie.Missing("mdhd", mdia);
        if (mdhd.Timescale == 0) throw new CencFormatException("the timescale is 0", "mdhd", mdhd.Offset);
        var handler = mdia.Find<HdlrBox>()?.HandlerType ?? throw Movie.Missing("hdlr", mdia);
        var stbl = mdia.Find(BoxType.Minf)?.Find(BoxType.Stbl) ?? throw Movie.Missing("stbl", mdia);
        var stsd = stbl.Find<StsdBox>() ?? throw Movie.Missing("stsd", stbl);
        return new MovieTrack(trak, stbl, tkhd, mdhd, handler)
        {
            Trex = mvex?.All<TrexBox>().FirstOrDefault(trex => trex.TrackId == tkhd.TrackId),
            Entries = [.. stsd.Entries.Select(entry => TrackEntry.Read(entry, handler, limits))],
        };
    }

    /// <summary>The description with this index, from 1.</summary>
    public TrackEntry Entry(uint index, long offset) =>
        index >= 1 && index <= Entries.Count ? Entries[(int)index - 1]
        : throw new CencFormatException($"track {Id} has no sample description {index}", "stsd", offset);

    /// <summary>Puts other descriptions in place of the ones there.</summary>
    public void ReplaceEntries(IEnumerable<RawBox> entries)
    {
        var index = Stbl.List.FindIndex(box => box is StsdBox);
        Stbl.List[index] = new StsdBox(((StsdBox)Stbl.List[index]).Version, entries);
    }
}
