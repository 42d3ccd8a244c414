namespace DrmHub.Cenc.Bmff.Boxes;

/// <summary>Movie header (ISO/IEC 14496-12, 8.2.2): the timescale of edit lists and of the movie's duration.</summary>
public sealed class MvhdBox : FullBox
{
    private readonly ReadOnlyMemory<byte> _rest;

    internal MvhdBox(ref BoxReader reader)
        : base(BoxType.Mvhd, ref reader)
    {
        if (Version > 1) throw reader.Path.Error($"version {Version} is unknown");
        CreationTime = Version == 1 ? reader.U64() : reader.U32();
        ModificationTime = Version == 1 ? reader.U64() : reader.U32();
        Timescale = reader.U32();
        Duration = Version == 1 ? reader.U64() : reader.U32();
        _rest = reader.Bytes(80);
    }

    /// <summary>Seconds since 1904-01-01 UTC.</summary>
    public ulong CreationTime { get; }

    public ulong ModificationTime { get; }

    /// <summary>Ticks a second.</summary>
    public uint Timescale { get; }

    /// <summary>Of the longest track, in ticks; 0 in fragmented files, all ones for unknown.</summary>
    public ulong Duration { get; internal set; }

    internal override long FieldsSize => (Version == 1 ? 28 : 16) + 80;

    internal override void WriteFields(BoxWriter writer)
    {
        TimeField.Write(writer, Version, CreationTime);
        TimeField.Write(writer, Version, ModificationTime);
        writer.U32(Timescale);
        TimeField.Write(writer, Version, Duration);
        writer.Bytes(_rest.Span);
    }
}
