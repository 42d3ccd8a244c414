namespace DrmHub.Cenc.Bmff.Boxes;

/// <summary>Sizes of the samples' auxiliary information (ISO/IEC 14496-12, 8.7.8): 8 bits each, or one for all.</summary>
public sealed class SaizBox : FullBox
{
    private readonly uint _parameter;
    private readonly ReadOnlyMemory<byte> _sizes;

    internal SaizBox(ref BoxReader reader)
        : base(BoxType.Saiz, ref reader)
    {
        if ((Flags & 1) != 0)
        {
            AuxInfoType = reader.U32();
            _parameter = reader.U32();
        }
        DefaultSize = reader.U8();
        SampleCount = reader.U32();
        // A default of 0 with no table at all is what Bento4 writes for samples without information (count 0).
        if (DefaultSize == 0) _sizes = reader.Table(SampleCount, 1);
    }

    internal SaizBox(byte defaultSize, int sampleCount, ReadOnlyMemory<byte> sizes)
        : base(BoxType.Saiz, 0, 0)
    {
        DefaultSize = defaultSize;
        SampleCount = (uint)sampleCount;
        _sizes = sizes;
    }

    /// <summary>The scheme, where the box names it.</summary>
    public uint? AuxInfoType { get; }

    public byte DefaultSize { get; }

    public uint SampleCount { get; }

    public byte this[int index] => DefaultSize != 0 ? DefaultSize : _sizes.Span[index];

    internal override long FieldsSize => ((Flags & 1) != 0 ? 8 : 0) + 5 + _sizes.Length;

    internal override void WriteFields(BoxWriter writer)
    {
        if ((Flags & 1) != 0)
        {
            writer.U32(AuxInfoType ?? 0);
            writer.U32(_parameter);
        }
        writer.U8(DefaultSize);
        writer.U32(SampleCount);
        writer.Bytes(_sizes.Span);
    }
}
