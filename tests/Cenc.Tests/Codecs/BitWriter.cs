using System.Numerics;

namespace DrmHub.Cenc.Tests.Codecs;

/// <summary>Writes the bits of parameter sets and slice headers, and makes NAL units of them.</summary>
internal sealed class BitWriter
{
    private readonly List<bool> _bits = [];

    public int Count => _bits.Count;

    public bool Flag(bool value)
    {
        _bits.Add(value);
        return value;
    }

    public void Bits(long value, int count)
    {
        for (var i = count - 1; i >= 0; i--) _bits.Add(((value >> i) & 1) != 0);
    }

    public int Ue(int value)
    {
        var length = BitOperations.Log2((uint)value + 1);
        Bits(0, length);
        Bits(value + 1L, length + 1);
        return value;
    }

    public void Se(int value) => Ue(value > 0 ? (2 * value) - 1 : -2 * value);

    public void CopyTo(BitWriter other) => other._bits.AddRange(_bits);

    /// <summary>A one and zeros up to the byte: rbsp_trailing_bits, byte_alignment.</summary>
    public void Align()
    {
        Flag(true);
        while (Count % 8 != 0) Flag(false);
    }

    public byte[] ToBytes()
    {
        var bytes = new byte[(Count + 7) / 8];
        for (var i = 0; i < Count; i++) bytes[i / 8] |= (byte)(_bits[i] ? 0x80 >> (i % 8) : 0);
        return bytes;
    }

    /// <summary>The bits, then bytes as they are, with emulation prevention.</summary>
    public byte[] ToNalUnit(params ReadOnlySpan<byte> tail)
    {
        byte[] plain = [.. ToBytes(), .. tail];
        var unit = new List<byte>();
        var zeros = 0;
        foreach (var value in plain)
        {
            if (zeros == 2 && value <= 3)
            {
                unit.Add(3);
                zeros = 0;
            }

            unit.Add(value);
            zeros = value == 0 ? zeros + 1 : 0;
        }

        return [.. unit];
    }

    /// <summary>How many stored bytes hold the first bytes of the plain form; a prevention byte behind the last one does not count.</summary>
    public static int StoredLength(ReadOnlySpan<byte> unit, int plainLength)
    {
        int at = 0, zeros = 0;
        for (; plainLength > 0; plainLength--, at++)
        {
            if (zeros >= 2 && unit[at] == 3)
            {
                at++;
                zeros = 0;
            }

            zeros = unit[at] == 0 ? zeros + 1 : 0;
        }

        return at;
    }
}
