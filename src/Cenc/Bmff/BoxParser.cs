using DrmHub.Cenc.Bmff.Boxes;

namespace DrmHub.Cenc.Bmff;

/// <summary>Reads one box and all below it. Which class a code has is decided here alone.</summary>
internal static class BoxParser
{
    public static Box Read(ref BoxReader reader)
    {
        var offset = reader.Offset;
        if (reader.Remaining < 8) throw reader.Path.Error($"{reader.Remaining} bytes are left where a box should start");
        long size = reader.U32();
        var type = reader.U32();
        var header = 8;
        reader.Path.Enter(type, offset);
        if (size == 1)
        {
            size = reader.Long64("a box size");
            header = 16;
        }
        // Size 0 ("to the end of the file") is legal for the last box of a file only, which is never read here.
        if (size < header) throw reader.Path.Error($"a size of {size} is smaller than the header");
        if (size - header > reader.Remaining) throw reader.Path.Error($"says {size} bytes, but only {reader.Remaining + header} are there");
        var content = new BoxReader(reader.Path, reader.Bytes((int)(size - header)), offset + header);
        var box = ReadContent(type, ref content);
        box.Offset = offset;
        box.WideHeader = header == 16;
        if (content.Remaining > 0) box.Trailing = content.Rest();
        reader.Path.Leave();
        return box;
    }

    private static Box ReadContent(uint type, ref BoxReader r) => type switch
    {
        BoxType.Moov or BoxType.Trak or BoxType.Mdia or BoxType.Minf or BoxType.Stbl or BoxType.Edts or BoxType.Mvex or BoxType.Moof
            or BoxType.Traf or BoxType.Mfra or BoxType.Sinf or BoxType.Schi => new ContainerBox(type, ref r),
        BoxType.Mvhd => new MvhdBox(ref r),
        BoxType.Tkhd => new TkhdBox(ref r),
        BoxType.Mdhd => new MdhdBox(ref r),
        BoxType.Hdlr when r.Path.Parent == BoxType.Mdia => new HdlrBox(ref r),
        BoxType.Elst => new ElstBox(ref r),
        BoxType.Stsd => new StsdBox(ref r),
        BoxType.Stts => new SttsBox(ref r),
        BoxType.Ctts => new CttsBox(ref r),
        BoxType.Stss => new StssBox(ref r),
        BoxType.Stsc => new StscBox(ref r),
        BoxType.Stsz => new StszBox(ref r),
        BoxType.Stz2 => new Stz2Box(ref r),
        BoxType.Stco => new StcoBox(ref r),
        BoxType.Co64 => new Co64Box(ref r),
        BoxType.Sgpd => new SgpdBox(ref r),
        BoxType.Sbgp => new SbgpBox(ref r),
        BoxType.Saiz => new SaizBox(ref r),
        BoxType.Saio => new SaioBox(ref r),
        BoxType.Senc => new SencBox(ref r),
        BoxType.Uuid when PiffSencBox.Matches(r.Peek) => new PiffSencBox(ref r),
        BoxType.Uuid when PiffTencBox.Matches(r.Peek) => new PiffTencBox(ref r),
        BoxType.Mehd => new MehdBox(ref r),
        BoxType.Trex => new TrexBox(ref r),
        BoxType.Mfhd => new MfhdBox(ref r),
        BoxType.Tfhd => new TfhdBox(ref r),
        BoxType.Tfdt => new TfdtBox(ref r),
        BoxType.Trun => new TrunBox(ref r),
        BoxType.Tfra => new TfraBox(ref r),
        BoxType.Sidx => new SidxBox(ref r),
        BoxType.Pssh => new RawPsshBox(ref r),
        BoxType.Frma => new FrmaBox(ref r),
        BoxType.Schm => new SchmBox(ref r),
        BoxType.Tenc => new TencBox(ref r),
        _ => new RawBox(type, r.Rest()),
    };
}
