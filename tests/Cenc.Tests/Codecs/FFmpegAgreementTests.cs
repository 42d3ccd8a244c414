using System.Buffers.Binary;
using DrmHub.Cenc.Encryption;
using DrmHub.Testing;

namespace DrmHub.Cenc.Tests.Codecs;

/// <summary>Streams that Shaka Packager 3.4.2 reads wrongly or refuses: there ffmpeg's bitstream parsers say where the headers end.</summary>
public sealed class FFmpegAgreementTests
{
    private const string Source = "testsrc2=s=192x128:r=25,noise=alls=8:allf=t";

    // ITU-T H.265, 7.4.7.1: slice_deblocking_filter_disabled_flag is inferred from the PPS, so the flag behind it is absent.
    [SkippableFact]
    public void Hevc_without_deblocking_follows_the_specification_by_default()
    {
        using var folder = new TemporaryFolder();
        Tools.FFmpeg(
            "-f", "lavfi", "-i", Source, "-frames:v", "100", "-vf", "fade=in:0:50", "-c:v", "libx265", "-preset", "veryfast", "-x265-params", "log-level=none:no-deblock=1:sao=0:wpp=0:bframes=4",
            "-tag:v", "hvc1", "-movflags", "+frag_keyframe+empty_moov+default_base_moof", folder["in.mp4"]);
        var file = FragmentedFile.Read(folder["in.mp4"]);
        var traced = FFmpegTrace.Read("Slice Segment Header", "-i", folder["in.mp4"]);
        var slices = file.Samples.SelectMany(sample => Units(sample.Bytes)).Where(unit => (unit[0] >> 1) < 32).ToArray();
        var expected = slices.Zip(traced, (unit, header) => (uint)(unit.Length - BitWriter.StoredLength(unit, header.Bytes))).ToArray();
        Assert.Equal(traced.Count, slices.Length);
        Assert.Equal(100, slices.Length);
        Assert.Equal(expected, Protected(file, SubsampleOptions.Default));

        var asShaka = Protected(file, new SubsampleOptions { ShakaHevcDeblocking = true });
        Assert.NotEqual(expected, asShaka);
        Assert.All(expected.Zip(asShaka), pair => Assert.InRange(pair.First - pair.Second, 0u, 1u));
    }

    [SkippableTheory]
    [InlineData("aomenc", "--cpu-used=8 --superres-mode=2")]
    [InlineData("aomenc", "--cpu-used=8 --superres-mode=1 --superres-denominator=15 --superres-kf-denominator=13 --enable-restoration=1")]
    [InlineData("aomenc", "--cpu-used=8 --resize-mode=1 --resize-denominator=13 --error-resilient=0")]
    public void Av1_of_changing_sizes(string encoder, string arguments)
    {
        using var folder = new TemporaryFolder();
        Tools.FFmpeg("-f", "lavfi", "-i", Source, "-frames:v", "32", "-pix_fmt", "yuv420p", folder["in.y4m"]);
        Tools.Encoder(encoder, [.. arguments.Split(' '), "--ivf", "-o", folder["in.ivf"], folder["in.y4m"]]);
        Tools.FFmpeg("-i", folder["in.ivf"], "-c", "copy", "-movflags", "+frag_keyframe+empty_moov+default_base_moof", folder["in.mp4"]);
        var file = FragmentedFile.Read(folder["in.mp4"]);
        var expected = new List<uint>();
        foreach (var header in FFmpegTrace.Read("Frame Header", "-i", folder["in.mp4"]))
        {
            if (header.Elements["obu_type"] != 6) continue;
            var obu = 1 + header.Elements.Keys.Count(name => name.StartsWith("leb128_byte", StringComparison.Ordinal)) + header.Elements["obu_size"];
            expected.Add((uint)(obu - header.Bytes));
        }

        Assert.InRange(expected.Count, 32, 64);
        Assert.Equal(expected, Protected(file, SubsampleOptions.Default));
    }

    private static uint[] Protected(FragmentedFile file, SubsampleOptions options)
    {
        var mapper = SubsampleMapper.Create(file.Entry, file.Configuration, ProtectionScheme.Cbcs, options);
        var subsamples = new List<Subsample>();
        foreach (var sample in file.Samples) mapper.Map(sample.Bytes, subsamples);
        return [.. subsamples.Select(subsample => subsample.ProtectedBytes).Where(count => count > 0)];
    }

    private static IEnumerable<byte[]> Units(byte[] sample)
    {
        for (var at = 0; at < sample.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(sample.AsSpan(at));
            yield return sample[(at + 4)..(at + 4 + length)];
            at += 4 + length;
        }
    }
}
