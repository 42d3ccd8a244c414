namespace DrmHub.Cenc.Bmff.Boxes;

/// <summary>Handler reference of a track (ISO/IEC 14496-12, 8.4.3): video, sound or something else.</summary>
public sealed class HdlrBox : FullBox
{
    private readonly uint _preDefined;
    private readonly ReadOnlyMemory<byte> _rest;

    internal HdlrBox(ref BoxReader reader)
        : base(BoxType.Hdlr, ref reader)
    {
        _preDefined = reader.U32();
        HandlerType = reader.U32();
        _rest = reader.Rest();
    }

    /// <summary><see cref="BoxType.Vide"/>, <see cref="BoxType.Soun"/> or another code.</summary>
    public uint HandlerType { get; }

    internal override long FieldsSize => 8 + _rest.Length;

    internal override void WriteFields(BoxWriter writer)
    {
        writer.U32(_preDefined);
        writer.U32(HandlerType);
        writer.Bytes(_rest.Span);
    }
}
