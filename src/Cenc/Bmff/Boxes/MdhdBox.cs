namespace DrmHub.Cenc.Bmff.Boxes;

/// <summary>Media header (ISO/IEC 14496-12, 8.4.2): the timescale of a track.</summary>
public sealed class MdhdBox : FullBox
{
    private readonly ushort _language;
    private readonly ushort _preDefined;

    internal MdhdBox(ref BoxReader reader)
        : base(BoxType.Mdhd, ref reader)
    {
        if (Version > 1) throw reader.Path.Error($"version {Version} is unknown");
        CreationTime = Version == 1 ? reader.U64() : reader.U32();
        ModificationTime = Version == 1 ? reader.U64() : reader.U32();
        Timescale = reader.U32();
        Duration = Version == 1 ? reader.U64() : reader.U32();
        _language = reader.U16();
        _preDefined = reader.U16();
    }

    public ulong CreationTime { get; }

    public ulong ModificationTime { get; }

    /// <summary>Ticks a second.</summary>
    public uint Timescale { get; }

    public ulong Duration { get; internal set; }

    /// <summary>ISO 639-2/T code of three letters, such as <c>und</c>; null if the field holds something else (QuickTime).</summary>
    public string? Language
    {
        get
        {
            Span<char> letters = stackalloc char[3];
            for (var i = 0; i < 3; i++)
            {
                letters[i] = (char)(((_language >> (10 - (i * 5))) & 0x1F) + 0x60);
                if (letters[i] is < 'a' or > 'z') return null;
            }
            return new string(letters);
        }
    }

    internal override long FieldsSize => (Version == 1 ? 28 : 16) + 4;

    internal override void WriteFields(BoxWriter writer)
    {
        TimeField.Write(writer, Version, CreationTime);
        TimeField.Write(writer, Version, ModificationTime);
        writer.U32(Timescale);
        TimeField.Write(writer, Version, Duration);
        writer.U16(_language);
        writer.U16(_preDefined);
    }
}
