namespace DrmHub.Cenc.Bmff.Boxes;

/// <summary>Movie fragment header (ISO/IEC 14496-12, 8.8.5).</summary>
public sealed class MfhdBox : FullBox
{
    internal MfhdBox(ref BoxReader reader)
        : base(BoxType.Mfhd, ref reader) => SequenceNumber = reader.U32();

    internal MfhdBox(uint sequenceNumber)
        : base(BoxType.Mfhd, 0, 0) => SequenceNumber = sequenceNumber;

    public uint SequenceNumber { get; }

    internal override long FieldsSize => 4;

    internal override void WriteFields(BoxWriter writer) => writer.U32(SequenceNumber);
}
