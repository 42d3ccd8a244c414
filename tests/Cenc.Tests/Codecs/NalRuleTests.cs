using DrmHub.Cenc.Encryption;

namespace DrmHub.Cenc.Tests.Codecs;

/// <summary>Which NAL units are protected, and which samples are refused (ISO/IEC 14496-15; ISO/IEC 23001-7, 9.5.2).</summary>
public sealed class NalRuleTests
{
    private static readonly byte[] s_sps = AvcSps();
    private static readonly byte[] s_pps = AvcPps(0, 0);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void Length_sizes_of_1_2_and_4_are_read(int size) => Assert.Equal($"{size + 4}+50", Map(size, Slice(0x65, 50)));

    [Fact]
    public void A_length_size_of_3_is_refused() => Assert.Throws<CencFormatException>(() => Map(3, Slice(0x65, 50)));

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(6)]
    [InlineData(9)]
    [InlineData(14)]
    [InlineData(19)]
    [InlineData(20)]
    [InlineData(21)]
    [InlineData(30)]
    public void Other_avc_units_stay_clear(int type)
    {
        var other = Slice((byte)type, 50);
        Assert.Equal($"{4 + other.Length + 8}+50", Map(4, other, Slice(0x65, 50)));
        Assert.Equal($"8+50 {4 + other.Length}+0", Map(4, Slice(0x65, 50), other));
    }

    [Fact]
    public void Each_slice_is_an_entry() => Assert.Equal("8+50 8+20 8+1", Map(4, Slice(0x65, 50), Slice(0x65, 20), Slice(0x65, 1)));

    [Fact]
    public void A_slice_of_nothing_but_its_header_joins_the_next() => Assert.Equal("16+20", Map(4, Slice(0x65, 0), Slice(0x65, 20)));

    [Fact]
    public void The_newest_parameter_set_counts()
    {
        // With deblocking control in the PPS the header is a bit longer: 17 bits and disable_deblocking_filter_idc with two offsets are 20.
        Assert.Equal($"{4 + AvcPps(0, 0, deblocking: true).Length + 8}+50", Map(4, AvcPps(0, 0, deblocking: true), Slice(0x65, 50)));
        Assert.Throws<CencFormatException>(() => Map(4, AvcPps(0, 9), Slice(0x65, 50)));
    }

    [Fact]
    public void A_pps_without_its_sps_does_no_harm_until_it_is_used()
    {
        var orphan = AvcPps(3, 9);
        Assert.Equal($"{4 + orphan.Length + 8}+50", Map(4, orphan, Slice(0x65, 50)));
        Assert.Throws<CencFormatException>(() => Map(4, orphan, Slice(0x65, 50, pps: 3)));
        Assert.Throws<CencFormatException>(() => Map(4, Slice(0x65, 50, pps: 7)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("000000")]
    [InlineData("00000000")]
    [InlineData("0000000265")]
    [InlineData("00000001e5")]
    [InlineData("0000000165")]
    [InlineData("000000010900")]
    [InlineData("ffffffff0900")]
    public void A_broken_sample_is_refused(string sample)
    {
        var mapper = Mapper(4);
        Assert.Throws<CencFormatException>(() => mapper.Map(Convert.FromHexString(sample), []));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Hevc_layers_stay_clear_or_are_refused(bool refuse)
    {
        var configuration = new byte[23];
        (configuration[0], configuration[21]) = (1, 3);
        var mapper = SubsampleMapper.Create("hvc1", configuration, ProtectionScheme.Cbcs, new SubsampleOptions { RefuseHevcLayers = refuse });
        byte[] layer = [0, 0, 0, 5, 0x02, 0x09, 1, 2, 3];
        byte[] layerSets = [0, 0, 0, 3, 0x42, 0x09, 1, 0, 0, 0, 3, 0x44, 0x09, 1];
        var output = new List<Subsample>();
        mapper.Map(layerSets, output);
        Assert.Equal([new Subsample(14, 0)], output);
        if (refuse)
        {
            Assert.Throws<CencFormatException>(() => mapper.Map(layer, output));
            return;
        }

        mapper.Map(layer, output);
        Assert.Equal(new Subsample(9, 0), output[^1]);
    }

    [Theory]
    [InlineData(32)]
    [InlineData(35)]
    [InlineData(39)]
    [InlineData(41)]
    [InlineData(62)]
    [InlineData(63)]
    public void Hevc_units_from_32_on_stay_clear(int type)
    {
        var configuration = new byte[23];
        (configuration[0], configuration[21]) = (1, 3);
        var output = new List<Subsample>();
        SubsampleMapper.Create("hvc1", configuration, ProtectionScheme.Cbcs).Map([0, 0, 0, 4, (byte)(type << 1), 1, 7, 7], output);
        Assert.Equal([new Subsample(8, 0)], output);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(24)]
    [InlineData(31)]
    public void Hevc_reserved_slices_are_read_as_slices(int type)
    {
        var configuration = new byte[23];
        (configuration[0], configuration[21]) = (1, 3);
        var mapper = SubsampleMapper.Create("hvc1", configuration, ProtectionScheme.Cbcs);
        var error = Assert.Throws<CencFormatException>(() => mapper.Map([0, 0, 0, 6, (byte)(type << 1), 1, 0xFF, 0xFF, 0xFF, 0xFF], []));
        Assert.Contains("picture parameter set", error.Message, StringComparison.Ordinal);
    }

    private static string Map(int lengthSize, params byte[][] units)
    {
        var output = new List<Subsample>();
        Mapper(lengthSize).Map(units.SelectMany(unit => (byte[])[.. Enumerable.Range(1, lengthSize).Select(i => (byte)(i == lengthSize ? unit.Length : 0)), .. unit]).ToArray(), output);
        return string.Join(' ', output.Select(subsample => $"{subsample.ClearBytes}+{subsample.ProtectedBytes}"));
    }

    private static SubsampleMapper Mapper(int lengthSize) => SubsampleMapper.Create(
        "avc1", [1, 66, 0, 40, (byte)(0xFC | (lengthSize - 1)), 0xE1, 0, (byte)s_sps.Length, .. s_sps, 1, 0, (byte)s_pps.Length, .. s_pps], ProtectionScheme.Cbcs);

    private static byte[] AvcSps()
    {
        var bits = new BitWriter();
        bits.Bits(0x67420028, 32);
        foreach (var value in new[] { 0, 0, 2, 1 }) bits.Ue(value);
        bits.Flag(false);
        bits.Ue(9);
        bits.Ue(9);
        bits.Bits(0b1100, 4);
        bits.Align();
        return bits.ToNalUnit();
    }

    private static byte[] AvcPps(int id, int sps, bool deblocking = false)
    {
        var bits = new BitWriter();
        bits.Bits(0x68, 8);
        bits.Ue(id);
        bits.Ue(sps);
        bits.Bits(0, 2);
        foreach (var value in new[] { 0, 0, 0 }) bits.Ue(value);
        bits.Bits(0, 3);
        for (var i = 0; i < 3; i++) bits.Se(0);
        bits.Flag(deblocking);
        bits.Bits(0, 2);
        bits.Align();
        return bits.ToNalUnit();
    }

    // 17 bits of header behind the first byte: four bytes are clear.
    private static byte[] Slice(byte first, int count, int pps = 0)
    {
        var bits = new BitWriter();
        bits.Bits(first, 8);
        bits.Ue(0);
        bits.Ue(7);
        bits.Ue(pps);
        bits.Bits(0, 4);
        bits.Ue(0);
        bits.Bits(0, 2);
        bits.Se(0);
        bits.Bits(0x7F, 7);
        var data = new byte[count];
        data.AsSpan().Fill(0x5A);
        return bits.ToNalUnit(data);
    }
}
