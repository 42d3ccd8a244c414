using System.Buffers.Binary;

namespace DrmHub.Cenc.Tests.Fuzz;

/// <summary>Breaks valid files in the ways that hurt parsers: lying sizes and counts, cut ends, moved and doubled boxes, flipped bits.</summary>
internal sealed class Mutator(IReadOnlyList<byte[]> corpus, int seed)
{
    private static readonly uint[] s_numbers = [0, 1, 2, 7, 8, 9, 15, 16, 17, 0x7F, 0xFF, 0x100, 0xFFFF, 0x10000, 0x10001, 0x00FFFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFF0, 0xFFFFFFFF];
    private static readonly string[] s_types =
        ["moov", "moof", "mdat", "traf", "trun", "senc", "saiz", "saio", "sgpd", "sbgp", "tenc", "sinf", "uuid", "sidx", "stsd", "encv", "enca", "stsz", "stco", "stsc", "co64", "stz2", "mfra", "tfra", "pssh", "elst"];

    private readonly Random _random = new(seed);

    public byte[] Next()
    {
        var bytes = (byte[])corpus[_random.Next(corpus.Count)].Clone();
        for (var i = _random.Next(1, 4); i > 0 && bytes.Length > 16; i--) bytes = Mutate(bytes);
        return bytes;
    }

    private byte[] Mutate(byte[] bytes)
    {
        // Headers come first in a file, and hold most of what can lie.
        var at = _random.Next(3) == 0 ? _random.Next(bytes.Length) : _random.Next(Math.Min(bytes.Length, 1500));
        switch (_random.Next(12))
        {
            case 0:
                bytes[at] ^= (byte)(1 << _random.Next(8));
                return bytes;
            case 1:
                bytes[at] = (byte)_random.Next(256);
                return bytes;
            case 2 or 3 or 4:
                if (at + 4 <= bytes.Length) BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(at), s_numbers[_random.Next(s_numbers.Length)]);
                return bytes;
            case 5:
                if (at + 8 <= bytes.Length) BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(at), ulong.MaxValue >> _random.Next(64));
                return bytes;
            case 6:
                return bytes[..(_random.Next(4) == 0 ? at : Math.Max(16, bytes.Length - _random.Next(64)))];
            case 7:
                return Field(bytes);
            case 8:
                System.Text.Encoding.ASCII.GetBytes(s_types[_random.Next(s_types.Length)]).AsSpan(0, Math.Min(4, bytes.Length - at)).CopyTo(bytes.AsSpan(at));
                return bytes;
            case 9:
                return Splice(bytes, at);
            case 10:
                var length = Math.Min(_random.Next(1, 64), bytes.Length - at);
                return [.. bytes[..at], .. bytes[(at + length)..]];
            default:
                return Field(bytes);
        }
    }

    // Finds a box and changes one of its first words, or its size.
    private byte[] Field(byte[] bytes)
    {
        var type = System.Text.Encoding.ASCII.GetBytes(s_types[_random.Next(s_types.Length)]);
        var at = bytes.AsSpan().IndexOf(type);
        if (at < 4) return bytes;
        var target = at - 4 + (4 * _random.Next(12)) + _random.Next(2);
        if (target + 4 <= bytes.Length) BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(target), s_numbers[_random.Next(s_numbers.Length)]);
        return bytes;
    }

    private byte[] Splice(byte[] bytes, int at)
    {
        var other = corpus[_random.Next(corpus.Count)];
        var from = _random.Next(other.Length);
        var length = Math.Min(_random.Next(1, 200), other.Length - from);
        return [.. bytes[..at], .. other[from..(from + length)], .. bytes[at..]];
    }
}
