using System.Buffers.Binary;

namespace DrmHub.Cenc.Bmff.Boxes;

/// <summary>
/// Where the auxiliary information lies (ISO/IEC 14496-12, 8.7.9): one offset for all of it, or one for each run or chunk. Counted from
/// the start of the file in <c>stbl</c>, and from the base of the data offsets (normally the <c>moof</c>) in <c>traf</c>.
/// </summary>
public sealed class SaioBox : FullBox
{
    private readonly uint _parameter;
    private ReadOnlyMemory<byte> _offsets;

    internal SaioBox(ref BoxReader reader)
        : base(BoxType.Saio, ref reader)
    {
        if ((Flags & 1) != 0)
        {
            AuxInfoType = reader.U32();
            _parameter = reader.U32();
        }
        var count = reader.U32();
        _offsets = reader.Table(count, Version == 0 ? 4 : 8);
        Count = (int)count;
    }

    /// <summary>One 32-bit offset.</summary>
    internal SaioBox(uint offset)
        : base(BoxType.Saio, 0, 0)
    {
        Count = 1;
        SetSingle(offset);
    }

    /// <summary>The scheme, where the box names it.</summary>
    public uint? AuxInfoType { get; }

    public int Count { get; }

    public ulong this[int index] => Version == 0
        ? BinaryPrimitives.ReadUInt32BigEndian(_offsets.Span[(index * 4)..])
        : BinaryPrimitives.ReadUInt64BigEndian(_offsets.Span[(index * 8)..]);

    /// <summary>Sets the one offset of a box that was made with it.</summary>
    internal void SetSingle(uint offset)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, offset);
        _offsets = bytes;
    }

    internal override long FieldsSize => ((Flags & 1) != 0 ? 8 : 0) + 4 + _offsets.Length;

    internal override void WriteFields(BoxWriter writer)
    {
        if ((Flags & 1) != 0)
        {
            writer.U32(AuxInfoType ?? 0);
            writer.U32(_parameter);
        }
        writer.U32((uint)Count);
        writer.Bytes(_offsets.Span);
    }
}
