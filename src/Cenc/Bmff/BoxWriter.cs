using System.Buffers.Binary;

namespace DrmHub.Cenc.Bmff;

/// <summary>A growing big-endian buffer that boxes are written into. Reusable: <see cref="Clear"/> keeps the memory.</summary>
public sealed class BoxWriter
{
    private byte[] _buffer;

    public BoxWriter(int capacity = 1024)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        _buffer = new byte[capacity];
    }

    /// <summary>Bytes written so far.</summary>
    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, Length);

    public ReadOnlyMemory<byte> WrittenMemory => _buffer.AsMemory(0, Length);

    public void Clear() => Length = 0;

    public byte[] ToArray() => Written.ToArray();

    public void U8(byte value) => Claim(1)[0] = value;

    public void U16(ushort value) => BinaryPrimitives.WriteUInt16BigEndian(Claim(2), value);

    public void U32(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Claim(4), value);

    public void I32(int value) => BinaryPrimitives.WriteInt32BigEndian(Claim(4), value);

    public void U64(ulong value) => BinaryPrimitives.WriteUInt64BigEndian(Claim(8), value);

    public void I64(long value) => BinaryPrimitives.WriteInt64BigEndian(Claim(8), value);

    public void Bytes(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Claim(bytes.Length));

    public void KeyId(KeyId keyId) => keyId.CopyTo(Claim(Cenc.KeyId.Size));

    /// <summary>Adds <paramref name="count"/> bytes and returns them to be filled; valid until the next call.</summary>
    public Span<byte> Claim(int count)
    {
        var needed = Length + count;
        if (needed > _buffer.Length) Array.Resize(ref _buffer, Math.Max(needed, (int)Math.Min((long)_buffer.Length * 2, Array.MaxLength)));
        var span = _buffer.AsSpan(Length, count);
        Length = needed;
        return span;
    }
}
