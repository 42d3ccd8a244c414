namespace DrmHub.Cenc.Bmff.Boxes;

/// <summary>
/// Sample encryption (ISO/IEC 23001-7, 7.2): IV and subsamples of each sample. The size of the IVs stands elsewhere (<c>tenc</c>,
/// <c>seig</c>), so the entries stay raw here.
/// </summary>
public sealed class SencBox : FullBox
{
    internal const uint HasSubsamples = 2;

    internal SencBox(ref BoxReader reader)
        : base(BoxType.Senc, ref reader)
    {
        SampleCount = reader.U32();
        Entries = reader.Rest();
    }

    internal SencBox(bool subsamples, int sampleCount, ReadOnlyMemory<byte> entries)
        : base(BoxType.Senc, 0, subsamples ? HasSubsamples : 0)
    {
        SampleCount = (uint)sampleCount;
        Entries = entries;
    }

    public uint SampleCount { get; }

    public ReadOnlyMemory<byte> Entries { get; }

    internal override long FieldsSize => 4 + Entries.Length;

    internal override void WriteFields(BoxWriter writer)
    {
        writer.U32(SampleCount);
        writer.Bytes(Entries.Span);
    }
}
