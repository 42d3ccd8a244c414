using System.Buffers.Binary;

namespace DrmHub.Cenc.Encryption.Codecs;

/// <summary>Walks the NAL units of a sample, each behind a big-endian length of 1, 2 or 4 bytes (ISO/IEC 14496-15, 4.3.2).</summary>
internal ref struct NalUnits
{
    private readonly ReadOnlySpan<byte> _sample;
    private readonly int _lengthSize;
    private int _position;

    public NalUnits(ReadOnlySpan<byte> sample, int lengthSize)
    {
        if (sample.IsEmpty) throw new CencFormatException("A video sample has no bytes.");
        _sample = sample;
        _lengthSize = lengthSize;
    }

    /// <summary>The NAL unit, without its length.</summary>
    public ReadOnlySpan<byte> Current { get; private set; }

    public static int CheckLengthSize(int size) =>
        size is 1 or 2 or 4 ? size : throw new CencFormatException($"NAL unit lengths of {size} bytes are not allowed.");

    public bool MoveNext()
    {
        var rest = _sample[_position..];
        if (rest.IsEmpty) return false;
        if (rest.Length < _lengthSize) throw Broken($"{rest.Length} stray bytes follow the last NAL unit");
        var length = _lengthSize switch
        {
            1 => rest[0],
            2 => BinaryPrimitives.ReadUInt16BigEndian(rest),
            _ => BinaryPrimitives.ReadUInt32BigEndian(rest),
        };
        if (length == 0) throw Broken("a NAL unit has length 0");
        if (length > (uint)(rest.Length - _lengthSize)) throw Broken($"a NAL unit of {length} bytes runs past the sample's end");
        Current = rest.Slice(_lengthSize, (int)length);
        _position += _lengthSize + (int)length;
        return true;
    }

    /// <summary>The error for the NAL unit that starts where the walk stands.</summary>
    private readonly CencFormatException Broken(string what) => new($"At byte {_position} of a sample of {_sample.Length} bytes, {what}.");
}
