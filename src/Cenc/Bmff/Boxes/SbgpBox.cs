using System.Buffers.Binary;

namespace DrmHub.Cenc.Bmff.Boxes;

/// <summary>
/// Sample to group (ISO/IEC 14496-12, 8.9.2): runs of samples and the description each belongs to. Index 0 is "in no group";
/// in a fragment, indexes above 0x10000 count the descriptions of that fragment.
/// </summary>
public sealed class SbgpBox : FullBox
{
    public const uint FragmentLocal = 0x10000;

    private readonly ReadOnlyMemory<byte> _entries;
    private readonly uint _parameter;

    internal SbgpBox(ref BoxReader reader)
        : base(BoxType.Sbgp, ref reader)
    {
        GroupingType = reader.U32();
        if (Version > 0) _parameter = reader.U32();
        var count = reader.U32();
        _entries = reader.Table(count, 8);
        Count = (int)count;
    }

    internal SbgpBox(uint groupingType, params ReadOnlySpan<(uint Samples, uint Index)> runs)
        : base(BoxType.Sbgp, 0, 0)
    {
        GroupingType = groupingType;
        Count = runs.Length;
        var entries = new byte[runs.Length * 8];
        for (var i = 0; i < runs.Length; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(entries.AsSpan(i * 8), runs[i].Samples);
            BinaryPrimitives.WriteUInt32BigEndian(entries.AsSpan((i * 8) + 4), runs[i].Index);
        }
        _entries = entries;
    }

    public uint GroupingType { get; }

    public int Count { get; }

    public (uint Samples, uint Index) this[int index]
    {
        get
        {
            var entry = _entries.Span.Slice(index * 8, 8);
            return (BinaryPrimitives.ReadUInt32BigEndian(entry), BinaryPrimitives.ReadUInt32BigEndian(entry[4..]));
        }
    }

    internal override long FieldsSize => 8 + (Version > 0 ? 4 : 0) + _entries.Length;

    internal override void WriteFields(BoxWriter writer)
    {
        writer.U32(GroupingType);
        if (Version > 0) writer.U32(_parameter);
        writer.U32((uint)Count);
        writer.Bytes(_entries.Span);
    }
}
