namespace DrmHub.Cenc.Bmff.Boxes;

/// <summary>Original format of a protected sample entry (ISO/IEC 14496-12, 8.12.2).</summary>
public sealed class FrmaBox : Box
{
    internal FrmaBox(ref BoxReader reader)
        : base(BoxType.Frma) => DataFormat = reader.U32();

    internal FrmaBox(uint dataFormat)
        : base(BoxType.Frma) => DataFormat = dataFormat;

    public uint DataFormat { get; }

    internal override long BodySize => 4;

    internal override void WriteBody(BoxWriter writer) => writer.U32(DataFormat);
}
