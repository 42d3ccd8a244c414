namespace DrmHub.Cenc.Bmff.Boxes;

/// <summary>Scheme type (ISO/IEC 14496-12, 8.12.5). With flag 1 a URI follows; it stays among the trailing bytes.</summary>
public sealed class SchmBox : FullBox
{
    internal SchmBox(ref BoxReader reader)
        : base(BoxType.Schm, ref reader)
    {
        SchemeType = reader.U32();
        SchemeVersion = reader.U32();
    }

    internal SchmBox(ProtectionScheme scheme)
        : base(BoxType.Schm, 0, 0)
    {
        SchemeType = (uint)scheme;
        SchemeVersion = 0x00010000;
    }

    public uint SchemeType { get; }

    public uint SchemeVersion { get; }

    internal override long FieldsSize => 8;

    internal override void WriteFields(BoxWriter writer)
    {
        writer.U32(SchemeType);
        writer.U32(SchemeVersion);
    }
}
