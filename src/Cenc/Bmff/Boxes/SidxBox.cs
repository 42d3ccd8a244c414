using System.Buffers.Binary;

namespace DrmHub.Cenc.Bmff.Boxes;

/// <summary>One subsegment of a segment index.</summary>
/// <param name="ToIndex">The reference leads to another <c>sidx</c> in place of media.</param>
/// <param name="Size">In bytes, 31 bits.</param>
/// <param name="Duration">In ticks of the index.</param>
/// <param name="Sap">The word with starts_with_SAP (1 bit), SAP type (3 bits) and SAP delta (28 bits).</param>
public readonly record struct SegmentReference(bool ToIndex, uint Size, uint Duration, uint Sap);

/// <summary>Segment index (ISO/IEC 14496-12, 8.16.3). Offsets count from the first byte behind this box.</summary>
public sealed class SidxBox : FullBox
{
    private readonly ushort _reserved;
    private readonly byte[] _references;

    internal SidxBox(ref BoxReader reader)
        : base(BoxType.Sidx, ref reader)
    {
        if (Version > 1) throw reader.Path.Error($"version {Version} is unknown");
        ReferenceId = reader.U32();
        Timescale = reader.U32();
        EarliestTime = Version == 0 ? reader.U32() : reader.U64();
        FirstOffset = Version == 0 ? reader.U32() : reader.Long64("a first offset");
        _reserved = reader.U16();
        Count = reader.U16();
        _references = reader.Table((uint)Count, 12).ToArray();
    }

    /// <summary>An index to be filled: of version 1, so that whatever time it starts at fits.</summary>
    internal SidxBox(uint referenceId, uint timescale, int count)
        : base(BoxType.Sidx, 1, 0)
    {
        ReferenceId = referenceId;
        Timescale = timescale;
        Count = count;
        _references = new byte[count * 12];
    }

    public uint ReferenceId { get; }

    public uint Timescale { get; }

    /// <summary>Presentation time of the first subsegment, in ticks.</summary>
    public ulong EarliestTime { get; internal set; }

    public long FirstOffset { get; internal set; }

    public int Count { get; }

    public SegmentReference this[int index]
    {
        get
        {
            var entry = _references.AsSpan(index * 12, 12);
            var size = BinaryPrimitives.ReadUInt32BigEndian(entry);
            return new SegmentReference(size >> 31 != 0, size & 0x7FFFFFFF, BinaryPrimitives.ReadUInt32BigEndian(entry[4..]), BinaryPrimitives.ReadUInt32BigEndian(entry[8..]));
        }

        internal set
        {
            var entry = _references.AsSpan(index * 12, 12);
            BinaryPrimitives.WriteUInt32BigEndian(entry, value.Size | (value.ToIndex ? 1u << 31 : 0));
            BinaryPrimitives.WriteUInt32BigEndian(entry[4..], value.Duration);
            BinaryPrimitives.WriteUInt32BigEndian(entry[8..], value.Sap);
        }
    }

    internal override long FieldsSize => 8 + (Version == 0 ? 8 : 16) + 4 + _references.Length;

    internal override void WriteFields(BoxWriter writer)
    {
        writer.U32(ReferenceId);
        writer.U32(Timescale);
        TimeField.Write(writer, Version, EarliestTime);
        TimeField.Write(writer, Version, (ulong)FirstOffset);
        writer.U16(_reserved);
        writer.U16((ushort)Count);
        writer.Bytes(_references);
    }
}
