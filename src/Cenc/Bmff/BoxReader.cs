using System.Buffers.Binary;

namespace DrmHub.Cenc.Bmff;

/// <summary>
/// The only way in which box bytes are read: big-endian, bounds-checked, over a slice that ends where its box ends. The first
/// complaint is thrown as <see cref="CencFormatException"/>, so nothing is ever read past it.
/// </summary>
internal ref struct BoxReader
{
    private readonly ReadOnlySpan<byte> _span;
    private int _position;

    /// <param name="path">The open boxes, for error messages.</param>
    /// <param name="memory">The content of the innermost open box.</param>
    /// <param name="offset">Offset of <paramref name="memory"/> in the input.</param>
    public BoxReader(BoxPath path, ReadOnlyMemory<byte> memory, long offset)
    {
        Path = path;
        Memory = memory;
        Start = offset;
        _span = memory.Span;
    }

    public BoxPath Path { get; }

    public ReadOnlyMemory<byte> Memory { get; }

    private long Start { get; }

    public readonly int Remaining => _span.Length - _position;

    /// <summary>Offset in the input of the next byte.</summary>
    public readonly long Offset => Start + _position;

    public readonly ReadOnlySpan<byte> Peek => _span[_position..];

    public byte U8()
    {
        Need(1);
        return _span[_position++];
    }

    public ushort U16()
    {
        Need(2);
        var value = BinaryPrimitives.ReadUInt16BigEndian(_span[_position..]);
        _position += 2;
        return value;
    }

    public short I16() => unchecked((short)U16());

    public uint U32()
    {
        Need(4);
        var value = BinaryPrimitives.ReadUInt32BigEndian(_span[_position..]);
        _position += 4;
        return value;
    }

    public int I32() => unchecked((int)U32());

    public ulong U64()
    {
        Need(8);
        var value = BinaryPrimitives.ReadUInt64BigEndian(_span[_position..]);
        _position += 8;
        return value;
    }

    /// <summary>A 64-bit offset, size or time. Values of 2^60 and more are refused, so that sums of a few stay in range.</summary>
    public long Long64(string what)
    {
        var value = U64();
        if (value >= 1UL << 60) throw Path.Error($"{what} of {value} is out of range");
        return (long)value;
    }

    public long I64() => unchecked((long)U64());

    public ReadOnlyMemory<byte> Bytes(int count)
    {
        Need(count);
        var slice = Memory.Slice(_position, count);
        _position += count;
        return slice;
    }

    /// <summary>A table of fixed-size entries. The count is checked against the bytes that are there before anything is made of it.</summary>
    public ReadOnlyMemory<byte> Table(uint count, int entrySize)
    {
        if ((long)count * entrySize > Remaining) throw Path.Error($"a table of {count} entries of {entrySize} bytes does not fit into {Remaining} bytes");
        return Bytes((int)(count * entrySize));
    }

    public ReadOnlyMemory<byte> Rest() => Bytes(Remaining);

    private readonly void Need(int count)
    {
        if ((uint)count > (uint)Remaining) throw Path.Error($"needs {count} more bytes, has {Remaining}");
    }
}
