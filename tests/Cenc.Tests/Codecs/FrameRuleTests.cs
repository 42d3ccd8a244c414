using DrmHub.Cenc.Encryption;

namespace DrmHub.Cenc.Tests.Codecs;

/// <summary>AV1 and VP9 samples built by hand: what stays clear, and what is refused.</summary>
public sealed class FrameRuleTests
{
    private const int FrameObu = 6, Metadata = 5, RedundantHeader = 7, TileList = 8, Reserved = 11, Padding = 15;

    private static readonly byte[] s_delimiter = [0x12, 0];
    private static readonly byte[] s_sequence = Obu(1, Av1Sequence());
    private static readonly byte[] s_keyFrame = Vp9KeyFrame(40);

    [Fact]
    public void Av1_protects_tile_data_only() => Assert.Equal($"{2 + s_sequence.Length + 2 + 5}+20", Av1(s_delimiter, s_sequence, Frame(20)));

    [Theory]
    [InlineData(Metadata)]
    [InlineData(RedundantHeader)]
    [InlineData(TileList)]
    [InlineData(Reserved)]
    [InlineData(Padding)]
    public void Av1_units_of_other_types_stay_clear(int type)
    {
        var other = Obu(type, [1, 2, 3, 0x80]);
        Assert.Equal($"{s_sequence.Length + 6 + 7}+20 6+0", Av1(s_sequence, other, Frame(20), other));
    }

    [Fact]
    public void Av1_last_unit_may_lack_its_size()
    {
        var frame = Frame(20);
        Assert.Equal($"{s_sequence.Length + 1 + 5}+20", Av1(s_sequence, [FrameObu << 3, .. frame[2..]]));
    }

    [Fact]
    public void Av1_tiles_under_a_block_are_an_entry_in_cbcs_alone()
    {
        Assert.Equal($"{s_sequence.Length + 7}+9", Av1(s_sequence, Frame(9)));
        Assert.Equal($"{s_sequence.Length + 16}+0", Map("av01", ProtectionScheme.Cenc, [.. s_sequence, .. Frame(9)]));
        Assert.Equal($"{s_sequence.Length + 8}+16", Map("av01", ProtectionScheme.Cenc, [.. s_sequence, .. Frame(17)]));
    }

    [Fact]
    public void Av1_broken_samples_are_refused()
    {
        var frame = Frame(20);
        Assert.Throws<CencFormatException>(() => Av1([]));
        Assert.Throws<CencFormatException>(() => Av1(frame));
        Assert.Throws<CencFormatException>(() => Av1(s_sequence, frame[..^1]));
        Assert.Throws<CencFormatException>(() => Av1(s_sequence, frame[..6]));
        Assert.Throws<CencFormatException>(() => Av1(s_sequence, Frame(0)));
        Assert.Throws<CencFormatException>(() => Av1(s_sequence, [0x92, 0]));
        Assert.Throws<CencFormatException>(() => Av1(s_sequence, [0x32, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0]));
        Assert.Throws<CencFormatException>(() => Av1(s_sequence, Obu(4, [1, 2, 3])));
    }

    [Fact]
    public void Vp9_header_stays_clear_and_the_rest_is_aligned_in_every_scheme()
    {
        foreach (var scheme in Enum.GetValues<ProtectionScheme>()) Assert.Equal("26+32", Map("vp09", scheme, s_keyFrame));
    }

    [Fact]
    public void Vp9_superframes_have_an_entry_for_each_frame_and_one_for_the_index()
    {
        var size = (byte)s_keyFrame.Length;
        Assert.Equal("26+32 26+32 4+0", Vp9(s_keyFrame, s_keyFrame, [0xC1, size, size, 0xC1]));
        Assert.Equal("26+32 3+0", Vp9(s_keyFrame, [0xC0, size, 0xC0]));
        Assert.Equal("27+32 4+0", Vp9([0x88], s_keyFrame, [0xC1, 1, size, 0xC1]));
        Assert.Equal("26+32 7+0", Vp9(s_keyFrame, [0x88], [0xC9, size, 0, 1, 0, 0xC9]));
    }

    [Fact]
    public void Vp9_showing_an_existing_frame_is_clear() => Assert.Equal("1+0", Vp9([0x88]));

    [Fact]
    public void Vp9_broken_samples_are_refused()
    {
        var size = (byte)s_keyFrame.Length;
        Assert.Throws<CencFormatException>(() => Vp9([]));
        Assert.Throws<CencFormatException>(() => Vp9(s_keyFrame, [0xC1, size, 0, 0xC1]));
        Assert.Throws<CencFormatException>(() => Vp9(s_keyFrame, [0xC0, (byte)(size + 1), 0xC0]));
        Assert.Throws<CencFormatException>(() => Vp9(s_keyFrame, [0xC0, (byte)(size - 1), 0xC0]));
        Assert.Throws<CencFormatException>(() => Vp9(s_keyFrame[..12]));
        Assert.Throws<CencFormatException>(() => Vp9(Vp9KeyFrame(0)));
        Assert.Throws<CencFormatException>(() => Vp9([0xC1]));
    }

    private static string Av1(params byte[][] units) => Map("av01", ProtectionScheme.Cbcs, [.. units.SelectMany(unit => unit)]);

    private static string Vp9(params byte[][] pieces) => Map("vp09", ProtectionScheme.Cbcs, [.. pieces.SelectMany(piece => piece)]);

    private static string Map(string entry, ProtectionScheme scheme, byte[] sample)
    {
        var output = new List<Subsample>();
        SubsampleMapper.Create(entry, [], scheme).Map(sample, output);
        return string.Join(' ', output.Select(subsample => $"{subsample.ClearBytes}+{subsample.ProtectedBytes}"));
    }

    private static byte[] Obu(int type, byte[] payload) => [(byte)((type << 3) | 2), (byte)payload.Length, .. payload];

    // A reduced still picture of 64 x 64: one tile, no optional tool.
    private static byte[] Av1Sequence()
    {
        var bits = new BitWriter();
        bits.Bits(0b00011, 5);
        bits.Bits(0, 5);
        bits.Bits(7, 4);
        bits.Bits(7, 4);
        bits.Bits(63, 8);
        bits.Bits(63, 8);
        bits.Bits(0, 6);
        bits.Bits(0, 4);
        bits.Bits(0, 4);
        bits.Align();
        return bits.ToBytes();
    }

    // 36 bits of frame header: five bytes.
    private static byte[] Frame(int tileBytes)
    {
        var bits = new BitWriter();
        bits.Bits(0, 3);
        bits.Flag(true);
        bits.Bits(100, 8);
        bits.Bits(0, 6);
        bits.Bits(0, 12);
        bits.Bits(0, 4);
        bits.Bits(0, 2);
        bits.Bits(0, 4);
        var tile = new byte[tileBytes];
        tile.AsSpan().Fill(0x5A);
        return Obu(FrameObu, [.. bits.ToBytes(), .. tile]);
    }

    // 136 bits of uncompressed header, then the compressed one and the tile: 58 bytes in all.
    private static byte[] Vp9KeyFrame(int compressedSize)
    {
        var bits = new BitWriter();
        bits.Bits(0b10_00_0_0_1_0, 8);
        bits.Bits(0x498342, 24);
        bits.Bits(0b0010, 4);
        bits.Bits(63, 16);
        bits.Bits(63, 16);
        bits.Flag(false);
        bits.Bits(0b11, 2);
        bits.Bits(0, 2);
        bits.Bits(0, 10);
        bits.Bits(60, 8);
        bits.Bits(0, 5);
        bits.Bits(compressedSize, 16);
        var header = bits.ToBytes();
        var rest = new byte[58 - header.Length];
        rest.AsSpan().Fill(0x5A);
        return [.. header, .. rest];
    }
}
