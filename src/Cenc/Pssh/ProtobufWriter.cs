using System.Buffers;

namespace DrmHub.Cenc.Pssh;

/// <summary>Writes the fields of one protocol buffers message, in the order of the calls, in the shortest form of each varint.</summary>
internal sealed class ProtobufWriter
{
    private readonly ArrayBufferWriter<byte> _buffer = new();

    public void Varint(uint field, ulong value)
    {
        Tag(field, ProtobufWireType.Varint);
        WriteVarint(value);
    }

    public void Bytes(uint field, ReadOnlySpan<byte> value)
    {
        Tag(field, ProtobufWireType.LengthDelimited);
        WriteVarint((ulong)value.Length);
        _buffer.Write(value);
    }

    /// <summary>Repeats whole fields, tags included.</summary>
    public void Raw(ReadOnlySpan<byte> fields) => _buffer.Write(fields);

    public byte[] ToArray() => _buffer.WrittenSpan.ToArray();

    private void Tag(uint field, ProtobufWireType type) => WriteVarint(((ulong)field << 3) | (uint)type);

    private void WriteVarint(ulong value)
    {
        var span = _buffer.GetSpan(10);
        var length = 0;
        while (value >= 0x80)
        {
            span[length++] = (byte)((value & 0x7F) | 0x80);
            value >>= 7;
        }

        span[length++] = (byte)value;
        _buffer.Advance(length);
    }
}
