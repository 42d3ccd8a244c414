using System.Numerics;

namespace DrmHub.Cenc.Encryption.Codecs;

/// <summary>Reads bits, most significant first, as AV1 and VP9 headers are written (AV1 specification 4.10, VP9 specification 4.10).</summary>
internal ref struct BitReader(ReadOnlySpan<byte> data)
{
    private readonly ReadOnlySpan<byte> _data = data;
    private long _position;

    /// <summary>Bytes that the bits read so far touch.</summary>
    public readonly int BytePosition => (int)((_position + 7) / 8);

    public bool Flag() => Bits(1) != 0;

    /// <summary>f(n) for n of 0 to 32.</summary>
    public uint Bits(int count)
    {
        if (_position + count > _data.Length * 8L) throw new CencFormatException("A frame ends inside its header.");
        uint value = 0;
        while (count > 0)
        {
            var inByte = (int)(_position & 7);
            var take = Math.Min(count, 8 - inByte);
            var bits = ((uint)_data[(int)(_position >> 3)] >> (8 - inByte - take)) & ((1u << take) - 1);
            value = (value << take) | bits;
            _position += take;
            count -= take;
        }

        return value;
    }

    public int Int(int count) => (int)Bits(count);

    public void Skip(int count)
    {
        for (; count > 0; count -= 32) Bits(Math.Min(count, 32));
    }

    /// <summary>su(n) of AV1: two's complement in n bits.</summary>
    public int Signed(int count)
    {
        var value = Int(count);
        return value >= 1 << (count - 1) ? value - (1 << count) : value;
    }

    /// <summary>ns(n) of AV1: a number below n in as few bits as it takes.</summary>
    public int NonSymmetric(int n)
    {
        var width = 32 - BitOperations.LeadingZeroCount((uint)n);
        var shorter = (1 << width) - n;
        var value = Int(width - 1);
        return value < shorter ? value : (value << 1) - shorter + Int(1);
    }

    /// <summary>uvlc() of AV1, skipped.</summary>
    public void SkipVariableLength()
    {
        var zeros = 0;
        while (!Flag())
        {
            if (++zeros == 32) return;
        }

        Skip(zeros);
    }
}
