using System.Buffers.Binary;

namespace DrmHub.Cenc.Bmff.Boxes;

/// <summary>Track header (ISO/IEC 14496-12, 8.3.2).</summary>
public sealed class TkhdBox : FullBox
{
    private readonly ReadOnlyMemory<byte> _rest;
    private readonly uint _reserved;

    internal TkhdBox(ref BoxReader reader)
        : base(BoxType.Tkhd, ref reader)
    {
        if (Version > 1) throw reader.Path.Error($"version {Version} is unknown");
        CreationTime = Version == 1 ? reader.U64() : reader.U32();
        ModificationTime = Version == 1 ? reader.U64() : reader.U32();
        TrackId = reader.U32();
        _reserved = reader.U32();
        Duration = Version == 1 ? reader.U64() : reader.U32();
        _rest = reader.Bytes(60);
    }

    public ulong CreationTime { get; }

    public ulong ModificationTime { get; }

    public uint TrackId { get; }

    /// <summary>In ticks of the movie timescale.</summary>
    public ulong Duration { get; internal set; }

    /// <summary>Presentation width in whole pixels; 0 for audio.</summary>
    public int Width => BinaryPrimitives.ReadUInt16BigEndian(_rest.Span[52..]);

    public int Height => BinaryPrimitives.ReadUInt16BigEndian(_rest.Span[56..]);

    internal override long FieldsSize => (Version == 1 ? 32 : 20) + 60;

    internal override void WriteFields(BoxWriter writer)
    {
        TimeField.Write(writer, Version, CreationTime);
        TimeField.Write(writer, Version, ModificationTime);
        writer.U32(TrackId);
        writer.U32(_reserved);
        TimeField.Write(writer, Version, Duration);
        writer.Bytes(_rest.Span);
    }
}
