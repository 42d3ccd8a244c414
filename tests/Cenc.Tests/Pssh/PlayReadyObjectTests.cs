using System.Xml.Linq;
using DrmHub.Cenc.Pssh;
using DrmHub.Testing;

namespace DrmHub.Cenc.Tests.Pssh;

public sealed class PlayReadyObjectTests
{
    private static readonly XNamespace Ns = "http://schemas.microsoft.com/DRM/2007/03/PlayReadyHeader";
    private static readonly WrmHeader Header = WrmHeader.Create([new WrmKey(KeyId.Parse("a2c786d0f9ef4cb3b333cd323a4284a5"), WrmAlgorithm.AesCtr)]);

    [SkippableFact]
    public void The_documented_sample_is_read_and_built_again_byte_for_byte()
    {
        var bytes = DocumentedSample();

        var sample = PlayReadyObject.Parse(bytes);

        Assert.Equal(860, bytes.Length);
        Assert.Equal(850, Assert.Single(sample.Records).Value.Length);
        Assert.Equal(bytes, sample.ToByteArray());
        var header = sample.ReadHeader()!;
        var key = Assert.Single(header.Keys);
        Assert.Equal(KeyId.Parse("09e091ab-f838-41d2-9e35-58531fd19ec7"), key.KeyId);
        Assert.Equal("w+OZVr8vzrQ=", Convert.ToBase64String(key.Checksum.Span));
        Assert.Equal("https://profficialsite.keydelivery.mediaservices.windows.net/PlayReady/", header.LicenseUrl);

        var built = PlayReadyObject.Create(new WrmHeader
        {
            Version = WrmVersion.V40,
            Keys = [key],
            LicenseUrl = header.LicenseUrl,
            CustomAttributes = new XElement(Ns + "CUSTOMATTRIBUTES", new XElement(Ns + "IIS_DRM_VERSION", "8.0.1705.19")),
        });
        Assert.Equal(bytes, built.ToByteArray());
    }

    [Fact]
    public void Object_is_length_count_and_records_in_little_endian()
    {
        var value = PlayReadyObject.Create([new PlayReadyRecord(3, new byte[] { 0xAA }), new PlayReadyRecord(0x0102, ReadOnlyMemory<byte>.Empty)]);

        Assert.Equal("0f000000" + "0200" + "03000100aa" + "02010000", Convert.ToHexStringLower(value.ToByteArray()));
        Assert.Null(value.ReadHeader());
        Assert.Null(value.ReadHeaderText());
    }

    [Fact]
    public void The_pssh_box_carries_the_object()
    {
        var value = PlayReadyObject.Create(Header);

        var box = PsshBox.Parse(value.ToPsshBox().ToByteArray());

        Assert.Equal(DrmSystem.PlayReady, box.System);
        Assert.Equal(0, box.Version);
        Assert.Equal(Header.ToXml(), PlayReadyObject.Parse(box.Data.Span).ReadHeaderText());
    }

    [Fact]
    public void The_limit_of_15_KB_holds_in_both_directions()
    {
        const int Room = PlayReadyObject.MaxSize - 6 - 4;
        var largest = PlayReadyObject.Create([new PlayReadyRecord(3, new byte[Room])]).ToByteArray();

        Assert.Equal(15 * 1024, largest.Length);
        Assert.True(PlayReadyObject.TryParse(largest, out _));
        Assert.Throws<ArgumentException>(() => PlayReadyObject.Create([new PlayReadyRecord(3, new byte[Room + 1])]));
        byte[] above = [.. largest, 0];
        above[0]++;
        Assert.Contains("limit", Assert.Throws<CencFormatException>(() => PlayReadyObject.Parse(above)).Message, StringComparison.Ordinal);
        var longUrl = WrmHeader.Create(Header.Keys, "https://example.com/" + new string('a', 8000));
        Assert.Throws<ArgumentException>(() => PlayReadyObject.Create(longUrl));
    }

    [Theory]
    [InlineData("0000", "too short")]
    [InlineData("070000000000", "says 7 bytes")]
    [InlineData("ffffffff0000", "says 4294967295 bytes")]
    [InlineData("060000000100", "cut short")]
    [InlineData("060000000f00", "record 1 of 15")]
    [InlineData("0a000000010001000100", "1 bytes")]
    [InlineData("0a0000000100" + "0100ffff", "65535 bytes")]
    [InlineData("08000000" + "0000" + "0000", "2 bytes follow")]
    public void Broken_objects_are_refused_with_what_is_wrong(string hex, string expected)
    {
        var bytes = Convert.FromHexString(hex);

        Assert.Contains(expected, Assert.Throws<CencFormatException>(() => PlayReadyObject.Parse(bytes)).Message, StringComparison.Ordinal);
        Assert.False(PlayReadyObject.TryParse(bytes, out _));
    }

    internal static byte[] DocumentedSample()
    {
        var path = SharedVectors.Find("vectors/playready/playready-header-specification.md");
        Skip.If(path is null, "shared vectors are absent");
        var base64 = File.ReadLines(path!).Single(line => line.StartsWith("XAMAAAEAAQ", StringComparison.Ordinal));
        return Convert.FromBase64String(base64);
    }
}
