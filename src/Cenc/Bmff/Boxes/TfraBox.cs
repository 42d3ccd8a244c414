using System.Buffers.Binary;

namespace DrmHub.Cenc.Bmff.Boxes;

/// <summary>Random access points of a track with the offsets of their fragments (ISO/IEC 14496-12, 8.8.10).</summary>
public sealed class TfraBox : FullBox
{
    private readonly uint _trackId;
    private readonly uint _lengths;
    private readonly byte[] _entries;

    internal TfraBox(ref BoxReader reader)
        : base(BoxType.Tfra, ref reader)
    {
        if (Version > 1) throw reader.Path.Error($"version {Version} is unknown");
        _trackId = reader.U32();
        _lengths = reader.U32();
        var count = reader.U32();
        _entries = reader.Table(count, EntrySize).ToArray();
        Count = (int)count;
    }

    public int Count { get; }

    private int EntrySize => (Version == 1 ? 16 : 8) + 3 + (int)((_lengths >> 4) & 3) + (int)((_lengths >> 2) & 3) + (int)(_lengths & 3);

    internal override long FieldsSize => 12 + _entries.Length;

    /// <summary>Offset of the <c>moof</c> that holds a point.</summary>
    internal ulong this[int index]
    {
        get => Version == 1 ? BinaryPrimitives.ReadUInt64BigEndian(At(index)) : BinaryPrimitives.ReadUInt32BigEndian(At(index));
        set
        {
            if (Version == 1) BinaryPrimitives.WriteUInt64BigEndian(At(index), value);
            else BinaryPrimitives.WriteUInt32BigEndian(At(index), (uint)value);
        }
    }

    internal override void WriteFields(BoxWriter writer)
    {
        writer.U32(_trackId);
        writer.U32(_lengths);
        writer.U32((uint)Count);
        writer.Bytes(_entries);
    }

    private Span<byte> At(int index) => _entries.AsSpan((index * EntrySize) + (Version == 1 ? 8 : 4));
}
