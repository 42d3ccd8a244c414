using System.Text;

namespace DrmHub.Sandbox.Wire;

/// <summary>Writes one protocol buffers message, field by field in the order of the calls. A null value writes nothing.</summary>
internal sealed class ProtoBuilder
{
    private readonly List<byte> _bytes = [];

    public ProtoBuilder Varint(int field, ulong? value)
    {
        if (value is not { } number) return this;
        WriteVarint((ulong)field << 3);
        WriteVarint(number);
        return this;
    }

    public ProtoBuilder Varint(int field, long? value) => Varint(field, value is { } number ? checked((ulong)number) : null);

    public ProtoBuilder Flag(int field, bool value) => Varint(field, value ? 1UL : 0UL);

    public ProtoBuilder Bytes(int field, ReadOnlySpan<byte> value)
    {
        WriteVarint(((ulong)field << 3) | 2);
        WriteVarint((ulong)value.Length);
        _bytes.AddRange(value);
        return this;
    }

    public ProtoBuilder Bytes(int field, byte[]? value) => value is null ? this : Bytes(field, value.AsSpan());

    public ProtoBuilder Text(int field, string? value) => value is null ? this : Bytes(field, Encoding.UTF8.GetBytes(value).AsSpan());

    public ProtoBuilder Message(int field, ProtoBuilder? value) => value is null ? this : Bytes(field, value.ToArray().AsSpan());

    public byte[] ToArray() => [.. _bytes];

    private void WriteVarint(ulong value)
    {
        for (; value >= 0x80; value >>= 7) _bytes.Add((byte)((value & 0x7F) | 0x80));
        _bytes.Add((byte)value);
    }
}
