using System.Buffers.Binary;

namespace DrmHub.Cenc.Bmff.Boxes;

/// <summary>Compact sample sizes of 4, 8 or 16 bits (ISO/IEC 14496-12, 8.7.3.3).</summary>
public sealed class Stz2Box : FullBox
{
    private readonly uint _fieldSize;
    private readonly ReadOnlyMemory<byte> _sizes;

    internal Stz2Box(ref BoxReader reader)
        : base(BoxType.Stz2, ref reader)
    {
        _fieldSize = reader.U32();
        SampleCount = reader.U32();
        if (FieldBits is not (4 or 8 or 16)) throw reader.Path.Error($"a field size of {FieldBits} bits is unknown");
        var bytes = (((long)SampleCount * FieldBits) + 7) / 8;
        if (bytes > reader.Remaining) throw reader.Path.Error($"{SampleCount} sizes of {FieldBits} bits do not fit into {reader.Remaining} bytes");
        _sizes = reader.Bytes((int)bytes);
    }

    public uint SampleCount { get; }

    public int FieldBits => (int)(_fieldSize & 0xFF);

    public uint this[int index] => FieldBits switch
    {
        4 => (uint)(_sizes.Span[index / 2] >> ((index & 1) == 0 ? 4 : 0)) & 0xF,
        8 => _sizes.Span[index],
        _ => BinaryPrimitives.ReadUInt16BigEndian(_sizes.Span[(index * 2)..]),
    };

    internal override long FieldsSize => 8 + _sizes.Length;

    internal override void WriteFields(BoxWriter writer)
    {
        writer.U32(_fieldSize);
        writer.U32(SampleCount);
        writer.Bytes(_sizes.Span);
    }
}
