namespace DrmHub.Cenc.Encryption.Codecs;

/// <summary>One open bitstream unit (AV1 specification, 5.3): its header with the size field, and its payload.</summary>
internal readonly ref struct Av1Obu
{
    private const int MaxSizeBytes = 8;

    private Av1Obu(int type, int temporalId, int spatialId, int headerSize, ReadOnlySpan<byte> payload)
    {
        Type = type;
        TemporalId = temporalId;
        SpatialId = spatialId;
        HeaderSize = headerSize;
        Payload = payload;
    }

    public int Type { get; }

    public int TemporalId { get; }

    public int SpatialId { get; }

    public int HeaderSize { get; }

    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>Takes the first unit off; without a size field it is all that is left.</summary>
    public static Av1Obu Take(ref ReadOnlySpan<byte> rest)
    {
        var header = rest[0];
        if ((header & 0x80) != 0) throw new CencFormatException("An OBU has its forbidden bit set.");
        var position = 1;
        var extension = 0;
        if ((header & 4) != 0) extension = Byte(rest, position++);
        var size = (ulong)(rest.Length - position);
        if ((header & 2) != 0) size = ReadSize(rest, ref position);
        if (size > (ulong)(rest.Length - position)) throw new CencFormatException($"An OBU of {size} bytes has {rest.Length - position} left.");
        var obu = new Av1Obu((header >> 3) & 15, extension >> 5, (extension >> 3) & 3, position, rest.Slice(position, (int)size));
        rest = rest[(position + (int)size)..];
        return obu;
    }

    // leb128, 4.10.5.
    private static ulong ReadSize(ReadOnlySpan<byte> rest, ref int position)
    {
        ulong size = 0;
        for (var i = 0; i < MaxSizeBytes; i++)
        {
            var value = Byte(rest, position++);
            size |= (ulong)(value & 0x7F) << (7 * i);
            if ((value & 0x80) == 0) return size;
        }

        throw new CencFormatException($"The size of an OBU takes more than {MaxSizeBytes} bytes.");
    }

    private static byte Byte(ReadOnlySpan<byte> rest, int position) =>
        position < rest.Length ? rest[position] : throw new CencFormatException("An OBU ends inside its header.");
}
