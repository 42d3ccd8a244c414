using System.Numerics;

namespace DrmHub.Cenc.Encryption.Codecs;

/// <summary>
/// Reads the bits of a NAL unit's payload as it is stored, stepping over emulation prevention bytes (ITU-T H.264 and H.265, 7.3.1.1).
/// A byte is fetched only when a bit of it is needed: so a 03 behind the last byte of a header does not count as part of it.
/// </summary>
internal ref struct RbspReader(ReadOnlySpan<byte> payload)
{
    private readonly ReadOnlySpan<byte> _payload = payload;
    private int _zeros;
    private uint _current;
    private int _bitsLeft;

    /// <summary>Stored bytes touched so far, prevention bytes included: the bits read, rounded up to a byte.</summary>
    public int BytePosition { get; private set; }

    public bool IsByteAligned => _bitsLeft == 0;

    public bool Flag() => Bit() != 0;

    /// <summary>u(n) for n of 0 to 32.</summary>
    public uint Bits(int count)
    {
        uint value = 0;
        while (count > 0)
        {
            if (_bitsLeft == 0) Fetch();
            var take = Math.Min(count, _bitsLeft);
            _bitsLeft -= take;
            value = (value << take) | ((_current >> _bitsLeft) & ((1u << take) - 1));
            count -= take;
        }

        return value;
    }

    public void Skip(long count)
    {
        for (; count > 0; count -= 32) Bits((int)Math.Min(count, 32));
    }

    /// <summary>ue(v), at most 2^32 - 2.</summary>
    public uint Ue()
    {
        var zeros = 0;
        while (Bit() == 0)
        {
            if (++zeros > 31) throw new CencFormatException("An Exp-Golomb code has more than 31 leading zeros.");
        }

        return (uint)(((1UL << zeros) | Bits(zeros)) - 1);
    }

    /// <summary>ue(v) with an upper bound that the syntax or a level sets.</summary>
    public int Ue(int max, string name)
    {
        var value = Ue();
        if (value > (uint)max) throw new CencFormatException($"{name} is {value}; the most is {max}.");
        return (int)value;
    }

    /// <summary>se(v).</summary>
    public long Se()
    {
        long value = Ue();
        return (value & 1) != 0 ? (value + 1) / 2 : -(value / 2);
    }

    /// <summary>Ceil(Log2(n)) for n of 1 or more: the size of a field that holds 0 to n - 1.</summary>
    public static int CeilLog2(uint n) => n <= 1 ? 0 : 32 - BitOperations.LeadingZeroCount(n - 1);

    private uint Bit()
    {
        if (_bitsLeft == 0) Fetch();
        return (_current >> --_bitsLeft) & 1;
    }

    private void Fetch()
    {
        if (_zeros >= 2 && BytePosition < _payload.Length && _payload[BytePosition] == 3)
        {
            BytePosition++;
            _zeros = 0;
        }

        if (BytePosition >= _payload.Length) throw new CencFormatException("A NAL unit ends inside its header or parameter set.");
        _current = _payload[BytePosition++];
        _zeros = _current == 0 ? _zeros + 1 : 0;
        _bitsLeft = 8;
    }
}
