using System.Buffers.Binary;
using System.Text;
using DrmHub.Cenc.Bmff;
using DrmHub.Cenc.Encryption;
using DrmHub.Cenc.Tests.Fuzz;
using DrmHub.Cenc.Tests.Interop;

namespace DrmHub.Cenc.Tests.Bmff;

/// <summary>Lies that a file can tell, one each: the answer names the box and its offset.</summary>
public sealed class HostileInputTests
{
    private static byte[] File(string name) => Corpus.All().Single(file => file.Name == name + ".mp4").Bytes;

    [Theory]
    [InlineData("stts")]
    [InlineData("ctts")]
    [InlineData("stss")]
    [InlineData("stsc")]
    [InlineData("stco")]
    [InlineData("co64")]
    [InlineData("elst")]
    [InlineData("stsd")]
    public void A_count_in_the_billions_takes_no_memory(string type)
    {
        byte[] box = [0, 0, 0, 24, .. Encoding.ASCII.GetBytes(type), 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0];
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<CencFormatException>(() => Box.Parse(box, 100));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 100_000);
        Assert.Equal((type, 100L), (error.Path, error.Offset));
    }

    [Theory]
    [InlineData("h264-cenc", "trun", 8)]
    [InlineData("h264-cenc", "senc", 8)]
    [InlineData("h264-cenc", "sgpd", 12)]
    [InlineData("layout-auxdataatthestartofmdat", "saiz", 9)]
    [InlineData("layout-auxdataatthestartofmdat", "saio", 8)]
    [InlineData("progressive-h264", "stsz", 12)]
    [InlineData("progressive-h264", "stco", 12)]
    [InlineData("progressive-h264", "stsc", 20)]
    public void A_count_or_offset_that_lies_is_refused(string name, string type, int field)
    {
        var file = File(name);
        var at = file.AsSpan().IndexOf(Encoding.ASCII.GetBytes(type));
        if (at < 0) return;
        BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(at + field), 0xFFFFFFF0);
        var error = Assert.Throws<CencFormatException>(() => MediaFiles.Decrypt(file));
        Assert.NotNull(error.Path);
    }

    [Theory]
    [InlineData(1, 1_000_000)]
    [InlineData(1, 3_000)]
    [InlineData(3, 900)] // Opus packets of silence
    public void A_run_whose_samples_take_no_bytes_takes_no_more_memory_than_its_input_allows(int sampleSize, int count)
    {
        var clear = File("clear-aac");
        var init = clear[..(clear.AsSpan().IndexOf("moof"u8) - 4)];
        var data = new byte[sampleSize * Math.Min(count, 3_000)];
        // moof { mfhd, traf { tfhd: track 1, default-base-is-moof, default size; trun: data offset and a count } }, mdat
        byte[] file =
        [
            .. init, .. Word(76), .. "moof"u8, .. Word(16), .. "mfhd"u8, .. Word(0), .. Word(1), .. Word(52), .. "traf"u8, .. Word(24), .. "tfhd"u8, .. Word(0x020018), .. Word(1),
            .. Word(1024), .. Word(sampleSize), .. Word(20), .. "trun"u8, .. Word(1), .. Word(count), .. Word(84), .. Word(data.Length + 8), .. "mdat"u8, .. data,
        ];
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Record.Exception(() => MediaProbe.Read(new MemoryStream(file)));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, (64 << 10) + (16 * file.Length));
        if (count < 2_000) Assert.Null(error);
        else Assert.Equal("moof/traf/trun", Assert.IsType<CencFormatException>(error).Path);
    }

    [Theory]
    [InlineData(1_000_000)]
    [InlineData(2_600)]
    public void A_table_whose_samples_take_no_bytes_takes_no_more_memory_than_its_input_allows(int count)
    {
        var file = File("progressive-h264");
        var stsz = file.AsSpan(file.AsSpan().IndexOf("stsz"u8));
        BinaryPrimitives.WriteInt32BigEndian(stsz[8..], 1);
        BinaryPrimitives.WriteInt32BigEndian(stsz[12..], count);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<CencFormatException>(() => MediaProbe.Read(new MemoryStream(file)));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, (64 << 10) + (16 * file.Length));
        Assert.EndsWith("/stsz", error.Path, StringComparison.Ordinal);
    }

    [Fact]
    public void Nesting_ends_at_the_limit()
    {
        var box = new byte[8 * 40];
        for (var i = 0; i < 40; i++)
        {
            BinaryPrimitives.WriteInt32BigEndian(box.AsSpan(i * 8), box.Length - (i * 8));
            "moov"u8.CopyTo(box.AsSpan((i * 8) + 4));
        }
        var error = Assert.Throws<CencFormatException>(() => Box.Parse(box));
        Assert.Contains("deeper", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("00000007 6d6f6f76")]
    [InlineData("00000010 6d6f6f76")]
    [InlineData("00000001 6d6f6f76 ffffffff ffffffff")]
    [InlineData("00000001 6d6f6f76 00000000 0000000f")]
    [InlineData("00000001 6d6f6f76 0000")]
    [InlineData("00000000 6d6f6f76")]
    [InlineData("0000000c 6d6f6f76 00000000")]
    [InlineData("000000")]
    [InlineData("")]
    public void Sizes_that_lie_are_refused(string hex)
    {
        var bytes = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        Assert.Throws<CencFormatException>(() => MediaProbe.Read(new MemoryStream(bytes)));
        Assert.Throws<CencFormatException>(() => MediaProbe.Read(new Pipe(new MemoryStream(bytes))));
    }

    [Fact]
    public void Every_truncation_is_refused_or_ends_between_boxes()
    {
        foreach (var name in new[] { "h264-cbcs", "progressive-av-moov-first", "aac-rotation-cenc" })
        {
            var file = File(name);
            for (var length = 0; length < file.Length; length++)
            {
                var cut = file[..length];
                var error = Record.Exception(() => MediaFiles.Decrypt(cut));
                Assert.True(error is null or CencFormatException, $"{name} cut at {length}: {error}");
            }
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(9)]
    [InlineData(255)]
    public void An_IV_size_other_than_8_or_16_is_refused(byte size)
    {
        var file = File("h264-cenc");
        file[file.AsSpan().IndexOf("tenc"u8) + 11] = size;
        var error = Assert.Throws<CencFormatException>(() => MediaFiles.Decrypt(file));
        Assert.EndsWith("sinf/schi/tenc", error.Path, StringComparison.Ordinal);
    }

    [Fact]
    public void Subsamples_that_do_not_add_up_are_refused()
    {
        var file = File("h264-cenc");
        file[file.AsSpan().IndexOf("senc"u8) + 12 + 8 + 3]++;
        var error = Assert.Throws<CencFormatException>(() => MediaFiles.Decrypt(file));
        Assert.Contains("add up", error.Message, StringComparison.Ordinal);
        Assert.Equal("moof/traf/senc", error.Path);
    }

    private static byte[] Word(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }
}
