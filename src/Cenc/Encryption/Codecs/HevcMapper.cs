using System.Buffers.Binary;

namespace DrmHub.Cenc.Encryption.Codecs;

/// <summary>
/// HEVC samples (ISO/IEC 14496-15): all VCL units, types 0 to 31, are protected from the byte after the slice segment header on; types 32
/// to 63 stay clear, Dolby Vision's 62 and 63 among them (ISO/IEC 23001-7, 9.5.2).
/// </summary>
internal sealed class HevcMapper : SubsampleMapper
{
    private const int LastVcl = 31, Sps = 33, Pps = 34;

    /// <summary>Size of a NAL unit header in bytes.</summary>
    private const int HeaderSize = 2;

    private readonly HevcParameterSets _sets = new();
    private readonly SubsampleOptions _options;
    private readonly bool _align;
    private readonly int _lengthSize;

    /// <param name="configuration">HEVCDecoderConfigurationRecord, 8.3.3.1.2.</param>
    /// <param name="align">Align ranges to 16 bytes.</param>
    /// <param name="options">What to do about enhancement layers and the deblocking trap.</param>
    public HevcMapper(ReadOnlySpan<byte> configuration, bool align, SubsampleOptions options)
    {
        _align = align;
        _options = options;
        if (configuration.Length < 23) throw new CencFormatException("hvcC ends early.");
        _lengthSize = NalUnits.CheckLengthSize((configuration[21] & 3) + 1);
        var rest = configuration[23..];
        for (int arrays = configuration[22]; arrays > 0; arrays--)
        {
            if (rest.Length < 3) throw new CencFormatException("hvcC ends early.");
            int units = BinaryPrimitives.ReadUInt16BigEndian(rest[1..]);
            rest = rest[3..];
            for (; units > 0; units--) AddParameterSet(TakeUnit(ref rest));
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
            CheckHeader(unit);
            builder.AddClear(_lengthSize);
            if (Type(unit) <= LastVcl && IsProtectedLayer(unit))
            {
                var header = HeaderSize + HevcSliceHeader.Measure(unit[HeaderSize..], Type(unit), _sets, _options.ShakaHevcDeblocking);
                builder.AddClear(header);
                builder.AddProtected(unit.Length - header);
                continue;
            }

            AddParameterSet(unit);
            builder.AddClear(unit.Length);
        }

        builder.Finish();
    }

    private static int Type(ReadOnlySpan<byte> unit) => (unit[0] >> 1) & 63;

    private static bool IsBaseLayer(ReadOnlySpan<byte> unit) => (unit[0] & 1) == 0 && unit[1] < 8;

    private static void CheckHeader(ReadOnlySpan<byte> unit)
    {
        if (unit.Length < HeaderSize) throw new CencFormatException("An HEVC NAL unit is shorter than its header.");
        if ((unit[0] & 0x80) != 0) throw new CencFormatException("A NAL unit has forbidden_zero_bit set.");
    }

    private static ReadOnlySpan<byte> TakeUnit(ref ReadOnlySpan<byte> rest)
    {
        if (rest.Length < 2) throw new CencFormatException("hvcC ends early.");
        int length = BinaryPrimitives.ReadUInt16BigEndian(rest);
        if (length > rest.Length - 2) throw new CencFormatException("hvcC has a NAL unit that runs past its end.");
        var unit = rest.Slice(2, length);
        CheckHeader(unit);
        rest = rest[(2 + length)..];
        return unit;
    }

    // Enhancement layers need the parsers of Annex F; what is not measured stays clear.
    private bool IsProtectedLayer(ReadOnlySpan<byte> unit)
    {
        if (IsBaseLayer(unit)) return true;
        return _options.RefuseHevcLayers ? throw new CencFormatException("An HEVC slice belongs to an enhancement layer (nuh_layer_id above 0).") : false;
    }

    // Sets of enhancement layers have another syntax and ids of their own: they must not replace those of the base layer.
    private void AddParameterSet(ReadOnlySpan<byte> unit)
    {
        if (!IsBaseLayer(unit)) return;
        if (Type(unit) == Sps) _sets.AddSps(unit[HeaderSize..]);
        else if (Type(unit) == Pps) _sets.AddPps(unit[HeaderSize..]);
    }
}
