using System.Buffers.Binary;

namespace DrmHub.Cenc.Bmff.Boxes;

/// <summary>Sample sizes (ISO/IEC 14496-12, 8.7.3.2): one for all, or a table.</summary>
public sealed class StszBox : FullBox
{
    private readonly ReadOnlyMemory<byte> _sizes;

    internal StszBox(ref BoxReader reader)
        : base(BoxType.Stsz, ref reader)
    {
        DefaultSize = reader.U32();
        SampleCount = reader.U32();
        if (DefaultSize == 0) _sizes = reader.Table(SampleCount, 4);
    }

    internal StszBox()
        : base(BoxType.Stsz, 0, 0)
    {
    }

    /// <summary>0 if the sizes differ.</summary>
    public uint DefaultSize { get; }

    public uint SampleCount { get; }

    public uint this[int index] => DefaultSize != 0 ? DefaultSize : BinaryPrimitives.ReadUInt32BigEndian(_sizes.Span.Slice(index * 4, 4));

    internal override long FieldsSize => 8 + _sizes.Length;

    internal override void WriteFields(BoxWriter writer)
    {
        writer.U32(DefaultSize);
        writer.U32(SampleCount);
        writer.Bytes(_sizes.Span);
    }
}
