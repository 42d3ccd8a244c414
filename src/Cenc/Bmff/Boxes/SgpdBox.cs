using System.Buffers.Binary;

namespace DrmHub.Cenc.Bmff.Boxes;

/// <summary>
/// Sample group descriptions (ISO/IEC 14496-12, 8.9.3). Version 0 has no entry lengths: its entries can only be told apart by who
/// knows the grouping type, so <see cref="TryGetEntry"/> takes the length that type would have.
/// </summary>
public sealed class SgpdBox : FullBox
{
    private readonly ReadOnlyMemory<byte> _entries;

    internal SgpdBox(ref BoxReader reader)
        : base(BoxType.Sgpd, ref reader)
    {
        GroupingType = reader.U32();
        if (Version > 0) DefaultLengthOrIndex = reader.U32();
        Count = reader.U32();
        // Version 2 and above replaced the default length by a default index, but kept the per-entry lengths out: P and F read the
        // field as a length in version 1 only.
        _entries = reader.Rest();
        if (Version == 1 && DefaultLengthOrIndex > 0 && Count > _entries.Length / DefaultLengthOrIndex)
        {
            throw reader.Path.Error($"{Count} group entries of {DefaultLengthOrIndex} bytes do not fit into {_entries.Length} bytes");
        }
    }

    /// <summary>A version 1 box whose entries have one length.</summary>
    internal SgpdBox(uint groupingType, int entryLength, int count, ReadOnlyMemory<byte> entries)
        : base(BoxType.Sgpd, 1, 0)
    {
        GroupingType = groupingType;
        DefaultLengthOrIndex = (uint)entryLength;
        Count = (uint)count;
        _entries = entries;
    }

    public uint GroupingType { get; }

    public uint Count { get; }

    /// <summary>Version 1: length of each entry, 0 if each has its own. Version 2: the description that ungrouped samples have.</summary>
    public uint DefaultLengthOrIndex { get; }

    /// <summary>Finds an entry by number, from 1.</summary>
    /// <param name="number">From 1.</param>
    /// <param name="lengthOf">Length of an entry that starts at these bytes, for boxes that carry no lengths.</param>
    /// <param name="entry">The entry's bytes.</param>
    internal bool TryGetEntry(uint number, Func<ReadOnlyMemory<byte>, int> lengthOf, out ReadOnlyMemory<byte> entry)
    {
        entry = default;
        if (number == 0 || number > Count) return false;
        long position = 0;
        for (uint i = 1; ; i++)
        {
            long length;
            if (Version == 1 && DefaultLengthOrIndex > 0)
            {
                position = (long)(number - 1) * DefaultLengthOrIndex;
                length = DefaultLengthOrIndex;
                i = number;
            }
            else if (Version == 1)
            {
                if (position + 4 > _entries.Length) return false;
                length = BinaryPrimitives.ReadUInt32BigEndian(_entries.Span[(int)position..]);
                position += 4;
            }
            else
            {
                if (position >= _entries.Length) return false;
                length = lengthOf(_entries[(int)position..]);
                if (length <= 0) return false;
            }
            if (position + length > _entries.Length) return false;
            if (i == number)
            {
                entry = _entries.Slice((int)position, (int)length);
                return true;
            }
            position += length;
        }
    }

    internal override long FieldsSize => 8 + (Version > 0 ? 4 : 0) + _entries.Length;

    internal override void WriteFields(BoxWriter writer)
    {
        writer.U32(GroupingType);
        if (Version > 0) writer.U32(DefaultLengthOrIndex);
        writer.U32(Count);
        writer.Bytes(_entries.Span);
    }
}
