using System.Buffers.Binary;

namespace DrmHub.Cenc.Encryption.Codecs;

/// <summary>
/// H.264 samples (ISO/IEC 14496-15): slices of types 1 and 5 are protected from the byte after the slice header on; every other NAL unit,
/// data partitions and layer extensions included, stays clear (ISO/IEC 23001-7, 9.5.2).
/// </summary>
internal sealed class AvcMapper : SubsampleMapper
{
    private const int Slice = 1, IdrSlice = 5, Sps = 7, Pps = 8;

    private readonly AvcParameterSets _sets = new();
    private readonly bool _align;
    private readonly int _lengthSize;

    /// <param name="configuration">AVCDecoderConfigurationRecord, 5.3.3.1.2.</param>
    /// <param name="align">Align ranges to 16 bytes.</param>
    public AvcMapper(ReadOnlySpan<byte> configuration, bool align)
    {
        _align = align;
        if (configuration.Length < 6 || configuration[0] != 1) throw new CencFormatException("avcC is not an AVC configuration of version 1.");
        _lengthSize = NalUnits.CheckLengthSize((configuration[4] & 3) + 1);
        var rest = configuration[5..];
        for (var left = TakeByte(ref rest) & 31; left > 0; left--)
        {
            var unit = TakeUnit(ref rest);
            if ((unit[0] & 31) == Sps) _sets.AddSps(unit[1..]);
        }

        for (int left = TakeByte(ref rest); left > 0; left--)
        {
            var unit = TakeUnit(ref rest);
            if ((unit[0] & 31) == Pps) _sets.AddPps(unit[1..]);
        }
    }

    public override bool UsesSubsamples => true;

    public override void Map(ReadOnlySpan<byte> sample, List<Subsample> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        var builder = new SubsampleBuilder(output, _align);
        var units = new NalUnits(sample, _lengthSize);
        while (units.MoveNext())
        {
            var unit = units.Current;
            var type = unit[0] & 31;
            if ((unit[0] & 0x80) != 0) throw new CencFormatException("A NAL unit has forbidden_zero_bit set.");
            builder.AddClear(_lengthSize);
            if (type is Slice or IdrSlice)
            {
                var header = 1 + AvcSliceHeader.Measure(unit[1..], type == IdrSlice, (unit[0] & 0x60) != 0, _sets);
                builder.AddClear(header);
                builder.AddProtected(unit.Length - header);
                continue;
            }

            if (type == Sps) _sets.AddSps(unit[1..]);
            else if (type == Pps) _sets.AddPps(unit[1..]);
            builder.AddClear(unit.Length);
        }

        builder.Finish();
    }

    private static byte TakeByte(ref ReadOnlySpan<byte> rest)
    {
        if (rest.IsEmpty) throw new CencFormatException("avcC ends early.");
        var value = rest[0];
        rest = rest[1..];
        return value;
    }

    private static ReadOnlySpan<byte> TakeUnit(ref ReadOnlySpan<byte> rest)
    {
        if (rest.Length < 2) throw new CencFormatException("avcC ends early.");
        int length = BinaryPrimitives.ReadUInt16BigEndian(rest);
        if (length == 0 || length > rest.Length - 2) throw new CencFormatException("avcC has a parameter set that is empty or runs past its end.");
        var unit = rest.Slice(2, length);
        rest = rest[(2 + length)..];
        return unit;
    }
}
