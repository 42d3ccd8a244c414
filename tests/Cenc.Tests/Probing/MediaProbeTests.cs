using DrmHub.Cenc.Bmff;
using DrmHub.Cenc.Bmff.Boxes;
using DrmHub.Cenc.Encryption;
using DrmHub.Cenc.Probing;
using DrmHub.Cenc.Tests.Pssh;

namespace DrmHub.Cenc.Tests.Probing;

public sealed class MediaProbeTests
{
    private static readonly KeyId Kid = KeyId.Parse("abba271e8bcf552bbd2e86a434a9a5d9");

    [SkippableTheory]
    [InlineData("h264_240", "avc1", TrackKind.Video, "cenc", 8, "", 0, 0)]
    [InlineData("h264_240", "avc1", TrackKind.Video, "cbcs", 0, "11223344556677889900aabbccddeeff", 1, 9)]
    [InlineData("hevc_240", "hvc1", TrackKind.Video, "cens", 8, "", 1, 9)]
    [InlineData("av1_240", "av01", TrackKind.Video, "cbc1", 16, "", 0, 0)]
    [InlineData("vp9_240", "vp09", TrackKind.Video, "cenc", 8, "", 0, 0)]
    [InlineData("aac", "mp4a", TrackKind.Audio, "cbcs", 0, "11223344556677889900aabbccddeeff", 0, 0)]
    [InlineData("opus", "Opus", TrackKind.Audio, "cenc", 8, "", 0, 0)]
    public void Protection_of_other_packagers_files_is_told(string name, string codec, TrackKind kind, string scheme, int ivSize, string constantIv, int crypt, int skip)
    {
        var report = Probe($"vectors/media/single/{name}.{scheme}.mp4");

        var track = Assert.Single(report.Tracks);
        Assert.True(report.IsFragmented);
        Assert.InRange(report.Fragments, 5, 6);
        Assert.Equal(codec, track.Description.Codec);
        Assert.Equal(kind, track.Description.Kind);
        Assert.InRange(track.Duration, 9.9, 10.1);
        Assert.Equal(scheme, track.Protection!.Scheme);
        Assert.Equal(Kid, track.Protection.DefaultKeyId);
        Assert.Equal(ivSize, track.Protection.IvSize);
        Assert.Equal(constantIv, Convert.ToHexStringLower(track.Protection.ConstantIv.Span));
        Assert.Equal((crypt, skip), track.Protection.Pattern);
        Assert.Equal(0, track.ClearFragments);
        Assert.Empty(track.RotatedKeys);
        Assert.Equal("moov/pssh", Assert.Single(report.PsshBoxes).Path);
    }

    [SkippableFact]
    public void Clear_and_progressive_files_are_told()
    {
        var report = Probe("vectors/media/clear/av_progressive.mp4");

        Assert.False(report.IsFragmented);
        Assert.Equal(0, report.Fragments);
        Assert.Equal(["avc1", "mp4a"], report.Tracks.Select(track => track.Description.Codec));
        Assert.Equal([250, 470], report.Tracks.Select(track => track.Samples));
        Assert.All(report.Tracks, track => Assert.Null(track.Protection));
        Assert.Empty(report.PsshBoxes);
    }

    [SkippableFact]
    public void A_clear_lead_is_told()
    {
        var track = Assert.Single(Probe("vectors/media/misc/h264_240.cbcs.clearlead4.mp4").Tracks);

        Assert.Equal("cbcs", track.Protection!.Scheme);
        Assert.Equal(2, track.ClearFragments);
    }

    [Fact]
    public void Durations_and_counts_that_overflow_stay_at_the_largest_number()
    {
        var file = TinyMovie(samples: uint.MaxValue, duration: uint.MaxValue);

        var track = Assert.Single(MediaProbe.Read(new MemoryStream(file)).Tracks);

        Assert.Equal(2L * uint.MaxValue, track.Samples);
        Assert.Equal(long.MaxValue / 1000.0, track.Duration);
    }

    [Fact]
    public void A_segment_without_its_init_segment_and_a_file_without_a_movie_are_refused()
    {
        Assert.Contains("before any moov", Assert.Throws<CencFormatException>(() => MediaProbe.Read(new MemoryStream([0, 0, 0, 8, .. "moof"u8]))).Message, StringComparison.Ordinal);
        Assert.Contains("no moov", Assert.Throws<CencFormatException>(() => MediaProbe.Read(new MemoryStream([0, 0, 0, 8, .. "free"u8]))).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Fuzz_reports_or_fails_with_one_exception()
    {
        byte[][] seeds =
        [
            Head("vectors/media/single/aac.cbcs.mp4"),
            Head("vectors/media/misc/h264_240.cbcs.clearlead4.mp4"),
            TinyMovie(samples: 3, duration: 4),
        ];
        foreach (var input in ByteMutator.Inputs(seeds, runs: 10_000, seed: 6))
        {
            try
            {
                Assert.All(MediaProbe.Read(new MemoryStream(input)).Tracks, track => Assert.True(track.Duration >= 0));
            }
            catch (CencFormatException)
            {
            }
        }
    }

    private static MediaReport Probe(string name)
    {
        using var stream = File.OpenRead(Require(name));
        return MediaProbe.Read(stream);
    }

    private static string Require(string name)
    {
        var path = SharedFiles.Find(name);
        Skip.If(path is null, "shared vectors are absent");
        return path!;
    }

    /// <summary>The boxes before the first media data, which is what the probe reads.</summary>
    private static byte[] Head(string name)
    {
        var bytes = File.ReadAllBytes(Require(name));
        return bytes[..(bytes.AsSpan().IndexOf("mdat"u8) - 4)];
    }

    /// <summary>A progressive movie of one track whose time table has two entries of this size.</summary>
    private static byte[] TinyMovie(uint samples, uint duration)
    {
        var times = new BoxWriter(32);
        times.U32(0);
        times.U32(2);
        for (var i = 0; i < 2; i++)
        {
            times.U32(samples);
            times.U32(duration);
        }

        var movieHeader = new byte[100];
        movieHeader[14] = 0x03;
        movieHeader[15] = 0xE8; // timescale 1000
        var trackHeader = new byte[84];
        trackHeader[15] = 1; // track id
        var mediaHeader = new byte[24];
        mediaHeader[14] = 0x03;
        mediaHeader[15] = 0xE8;
        var handler = new byte[24];
        "soun"u8.CopyTo(handler.AsSpan(8));
        return new ContainerBox(BoxType.Moov,
            new RawBox(BoxType.Mvhd, movieHeader),
            new ContainerBox(BoxType.Trak,
                new RawBox(BoxType.Tkhd, trackHeader),
                new ContainerBox(BoxType.Mdia,
                    new RawBox(BoxType.Mdhd, mediaHeader),
                    new RawBox(BoxType.Hdlr, handler),
                    new ContainerBox(BoxType.Minf,
                        new ContainerBox(BoxType.Stbl,
                            new RawBox(BoxType.Stsd, new byte[8]),
                            new RawBox(BoxType.Stts, times.ToArray())))))).ToArray();
    }
}
