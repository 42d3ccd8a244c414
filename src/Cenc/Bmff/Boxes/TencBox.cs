namespace DrmHub.Cenc.Bmff.Boxes;

/// <summary>
/// Track encryption (ISO/IEC 23001-7, 8.2). Version 0: reserved byte; version 1: pattern byte, also where the pattern is 0:0
/// (whole blocks of audio in cbcs).
/// </summary>
public sealed class TencBox : FullBox
{
    private readonly byte _reserved;
    private readonly byte _patternByte;

    internal TencBox(ref BoxReader reader)
        : base(BoxType.Tenc, ref reader)
    {
        _reserved = reader.U8();
        _patternByte = reader.U8();
        Parameters = EncryptionParameters.Read(ref reader, Version == 0 ? (byte)0 : _patternByte);
    }

    internal TencBox(byte version, EncryptionParameters parameters)
        : base(BoxType.Tenc, version, 0)
    {
        _patternByte = parameters.PatternByte;
        Parameters = parameters;
    }

    internal EncryptionParameters Parameters { get; }

    public KeyId DefaultKeyId => Parameters.KeyId;

    internal override long FieldsSize => 2 + Parameters.Size;

    internal override void WriteFields(BoxWriter writer)
    {
        writer.U8(_reserved);
        writer.U8(_patternByte);
        Parameters.Write(writer);
    }
}
