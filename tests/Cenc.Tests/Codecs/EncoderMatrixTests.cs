using DrmHub.Cenc.Encryption;
using DrmHub.Testing;

namespace DrmHub.Cenc.Tests.Codecs;

/// <summary>
/// Streams of real encoders in many settings: Shaka Packager encrypts them, and we find the same ranges and bytes in every sample. Each row
/// names what its setting puts into headers.
/// </summary>
public sealed class EncoderMatrixTests
{
    private const string Source = "testsrc2=s=192x128:r=25,noise=alls=8:allf=t";

    private static readonly byte[] s_key = Convert.FromHexString("69eaa802a6763af979e8d1940fb88392");

    public static TheoryData<string, string> AvcRows() => Rows(
        ("B pyramid, weights, 8 references", "-vf fade=in:0:20,fade=out:20:20 -x264-params bframes=8:b-pyramid=normal:b-adapt=2:weightb=1:weightp=2:ref=8:keyint=20"),
        ("no B-frames, POC type 2", "-x264-params bframes=0:ref=1:weightp=0"),
        ("CAVLC, 4 slices", "-x264-params cabac=0:slices=4"),
        ("slices of 200 bytes", "-x264-params slice-max-size=200"),
        ("MBAFF, top field first", "-x264-params tff=1"),
        ("MBAFF, CAVLC, weights", "-vf fade=in:0:20 -x264-params bff=1:cabac=0:weightp=2:bframes=3"),
        ("fake interlaced", "-x264-params fake-interlaced=1"),
        ("no deblocking", "-x264-params no-deblock=1:bframes=2"),
        ("deblocking offsets", "-x264-params deblock=-3,3"),
        ("10 bit", "-pix_fmt yuv420p10le"),
        ("4:2:2 10 bit", "-pix_fmt yuv422p10le -x264-params bframes=2"),
        ("4:4:4", "-pix_fmt yuv444p"),
        ("monochrome", "-vf fade=in:0:20 -pix_fmt gray -x264-params weightp=2"),
        ("intra refresh", "-x264-params intra-refresh=1:keyint=10"),
        ("scaling lists", "-x264-params cqm=jvt:8x8dct=1"),
        ("HRD, AUD, parameter sets in band", "-x264-params nal-hrd=cbr:vbv-maxrate=400:vbv-bufsize=400:bitrate=400:aud=1:repeat-headers=1:keyint=10"),
        ("key frames only", "-x264-params keyint=1"),
        ("open GOP", "-x264-params open-gop=1:keyint=8:bframes=3"),
        ("constrained intra, lossless", "-x264-params constrained-intra=1:qp=0"),
        ("Blu-ray", "-x264-params bluray-compat=1:vbv-maxrate=1000:vbv-bufsize=1000:bitrate=300:keyint=24:open-gop=1:slices=4"));

    public static TheoryData<string, string> HevcRows() => Rows(
        ("B pyramid, weights, 5 references", "-vf fade=in:0:20,fade=out:20:20 -x265-params bframes=4:b-adapt=2:b-pyramid=1:weightb=1:weightp=1:ref=5:keyint=20"),
        ("no B-frames", "-x265-params bframes=0:ref=1:weightp=0"),
        ("slices and wavefronts", "-x265-params slices=2:ctu=16:wpp=1 -s 384x384 -frames:v 12"),
        ("no wavefronts", "-x265-params wpp=0:ctu=16"),
        ("wavefronts with small trees", "-x265-params wpp=1:ctu=16:min-cu-size=8"),
        ("deblocking offsets", "-x265-params deblock=-2,-3:sao=0"),
        ("SAO off", "-x265-params sao=0"),
        ("deblocking and SAO off", "-vf fade=in:0:25 -x265-params no-deblock=1:sao=0:bframes=4:weightp=1"),
        ("10 bit", "-pix_fmt yuv420p10le"),
        ("12 bit 4:4:4", "-vf fade=in:0:20 -pix_fmt yuv444p12le -x265-params weightp=1"),
        ("4:2:2", "-pix_fmt yuv422p"),
        ("monochrome", "-vf fade=in:0:20 -pix_fmt gray -x265-params weightp=1"),
        ("transform skip, lossless blocks", "-x265-params tskip=1:cu-lossless=1:amp=1:rect=1"),
        ("lossless", "-x265-params lossless=1"),
        ("scaling lists", "-x265-params scaling-list=default"),
        ("HRD, AUD, parameter sets in band", "-x265-params hrd=1:aud=1:repeat-headers=1:vbv-maxrate=400:vbv-bufsize=400:bitrate=400:keyint=10"),
        ("fields", "-x265-params interlace=tff"),
        ("open GOP", "-x265-params open-gop=1:keyint=8:bframes=4"),
        ("temporal layers", "-x265-params temporal-layers=1:bframes=4"),
        ("no temporal motion vectors, chroma offsets", "-x265-params temporal-mvp=0:cbqpoffs=3:crqpoffs=-3:constrained-intra=1"),
        ("key frames only", "-x265-params keyint=1"),
        ("intra refresh", "-x265-params intra-refresh=1:keyint=10"));

    public static TheoryData<string, string> Av1Rows() => Rows(
        ("libaom", "-c:v libaom-av1 -cpu-used 8"),
        ("libaom, 4 x 2 tiles", "-c:v libaom-av1 -cpu-used 8 -tile-columns 2 -tile-rows 1 -s 512x256"),
        ("libaom, tile groups", "-c:v libaom-av1 -cpu-used 8 -tile-columns 2 -tile-rows 1 -s 512x256 -aom-params num-tile-groups=3"),
        ("libaom, error resilient", "-c:v libaom-av1 -cpu-used 8 -aom-params error-resilient=1"),
        ("libaom, film grain", "-c:v libaom-av1 -cpu-used 8 -aom-params film-grain-test=3"),
        ("libaom, film grain table with chroma", "-c:v libaom-av1 -cpu-used 8 -aom-params film-grain-test=7"),
        ("libaom, screen content", "-c:v libaom-av1 -cpu-used 4 -aom-params tune-content=screen:enable-palette=1:enable-intrabc=1"),
        ("libaom, lossless", "-c:v libaom-av1 -cpu-used 8 -aom-params lossless=1"),
        ("libaom, 10 bit 4:4:4", "-c:v libaom-av1 -cpu-used 8 -pix_fmt yuv444p10le"),
        ("libaom, 12 bit 4:2:2", "-c:v libaom-av1 -cpu-used 8 -pix_fmt yuv422p12le"),
        ("libaom, monochrome", "-c:v libaom-av1 -cpu-used 8 -pix_fmt gray"),
        ("libaom, no order hints", "-c:v libaom-av1 -cpu-used 8 -aom-params enable-order-hint=0"),
        ("libaom, no optional tools", "-c:v libaom-av1 -cpu-used 8 -aom-params enable-cdef=0:enable-restoration=0:enable-global-motion=0:enable-warped-motion=0:enable-ref-frame-mvs=0:sb-size=64"),
        ("libaom, slow tools", "-c:v libaom-av1 -cpu-used 2 -s 128x96 -aom-params sb-size=128"),
        ("libaom, segmentation by variance", "-c:v libaom-av1 -cpu-used 8 -aq-mode 1"),
        ("libaom, segmentation by complexity", "-c:v libaom-av1 -cpu-used 8 -aq-mode 2"),
        ("libaom, cyclic refresh", "-c:v libaom-av1 -cpu-used 8 -usage realtime -lag-in-frames 0 -aq-mode 3 -b:v 100k"),
        ("libaom, delta q and delta lf", "-c:v libaom-av1 -cpu-used 6 -aom-params deltaq-mode=1:delta-lf-mode=1:enable-tpl-model=1"),
        ("libaom, still picture", "-c:v libaom-av1 -cpu-used 8 -frames:v 1 -still-picture 1"),
        ("libaom, quantizer matrices", "-c:v libaom-av1 -cpu-used 8 -aom-params enable-qm=1:enable-chroma-deltaq=1"),
        ("rav1e, tiles", "-c:v librav1e -speed 10 -tiles 4 -s 512x256"),
        ("rav1e, low latency", "-c:v librav1e -speed 10 -rav1e-params low_latency=true:keyint=10"),
        ("SVT", "-c:v libsvtav1 -preset 10"),
        ("SVT, film grain", "-c:v libsvtav1 -preset 10 -svtav1-params film-grain=20"),
        ("SVT, superresolution", "-c:v libsvtav1 -preset 10 -svtav1-params superres-mode=1:superres-denom=12:superres-kf-denom=14"),
        ("SVT, low delay", "-c:v libsvtav1 -preset 10 -svtav1-params pred-struct=1"),
        ("SVT, screen content, tiles", "-c:v libsvtav1 -preset 10 -s 512x256 -svtav1-params scm=1:tile-columns=1:tile-rows=1"));

    public static TheoryData<string, string> Vp9Rows() => Rows(
        ("two passes of reference frames", "-cpu-used 8 -auto-alt-ref 1 -lag-in-frames 16"),
        ("real time", "-deadline realtime -cpu-used 8 -lag-in-frames 0"),
        ("4 tile columns, 2 rows", "-cpu-used 8 -tile-columns 2 -tile-rows 1 -s 1024x192 -frames:v 8"),
        ("4:4:4", "-cpu-used 8 -pix_fmt yuv444p"),
        ("10 bit", "-cpu-used 8 -pix_fmt yuv420p10le"),
        ("12 bit 4:4:4", "-cpu-used 8 -pix_fmt yuv444p12le"),
        ("RGB", "-cpu-used 8 -pix_fmt gbrp"),
        ("lossless", "-cpu-used 8 -lossless 1"),
        ("error resilient", "-cpu-used 8 -error-resilient 1"),
        ("segmentation by variance", "-cpu-used 8 -aq-mode 1"),
        ("segmentation by complexity", "-cpu-used 8 -aq-mode 2"),
        ("cyclic refresh", "-deadline realtime -cpu-used 8 -aq-mode 3 -lag-in-frames 0 -b:v 100k"),
        ("frame parallel", "-cpu-used 8 -frame-parallel 1"),
        ("key frames only", "-cpu-used 8 -g 1"));

    public static TheoryData<string, string> ReferenceEncoderRows() => Rows(
        ("references scaled down", "aomenc --cpu-used=8 --resize-mode=1 --resize-denominator=12 --resize-kf-denominator=10"),
        ("switch frames", "aomenc --cpu-used=8 --rt --lag-in-frames=0 --sframe-dist=5 --sframe-mode=1 --error-resilient=1"),
        ("reduced still picture header", "aomenc --cpu-used=8 --limit=1 --lossless=1"),
        ("frame parallel, no CDF update", "aomenc --cpu-used=8 --frame-parallel=1 --cdf-update-mode=0"),
        ("delta q and delta lf", "aomenc --cpu-used=6 --deltaq-mode=1 --delta-lf-mode=1 --end-usage=q --cq-level=40"),
        ("timing, decoder model", "aomenc --cpu-used=8 --timing-info=model --rt --lag-in-frames=0"),
        ("monochrome, film grain", "aomenc --cpu-used=8 --monochrome --film-grain-test=5"),
        ("many tile groups", "aomenc --cpu-used=8 --sb-size=64 --tile-columns=1 --tile-rows=1 --num-tile-groups=4"),
        ("dynamic resize", "vpxenc --codec=vp9 --rt --cpu-used=8 --lag-in-frames=0 --resize-allowed=1 --end-usage=cbr --target-bitrate=20 --min-q=40 --max-q=63"),
        ("superframes of hidden frames", "vpxenc --codec=vp9 --good --cpu-used=8 --auto-alt-ref=6 --lag-in-frames=25 --passes=2"));

    [SkippableTheory]
    [MemberData(nameof(AvcRows))]
    public void Avc_headers(string setting, string arguments) => Agrees(setting, $"-c:v libx264 -preset veryfast {arguments}");

    [SkippableTheory]
    [MemberData(nameof(HevcRows))]
    public void Hevc_headers(string setting, string arguments) => Agrees(setting, $"-c:v libx265 -preset ultrafast {arguments.Replace("-x265-params ", "-x265-params log-level=none:", StringComparison.Ordinal)} -tag:v hvc1");

    [SkippableTheory]
    [MemberData(nameof(Av1Rows))]
    public void Av1_headers(string setting, string arguments) => Agrees(setting, arguments);

    [SkippableTheory]
    [MemberData(nameof(Vp9Rows))]
    public void Vp9_headers(string setting, string arguments) => Agrees(setting, $"-c:v libvpx-vp9 {arguments}");

    [SkippableTheory]
    [MemberData(nameof(ReferenceEncoderRows))]
    public void Reference_encoders(string setting, string command)
    {
        using var folder = new TemporaryFolder();
        var words = command.Split(' ');
        Tools.FFmpeg(["-f", "lavfi", "-i", Source, "-frames:v", "32", "-pix_fmt", "yuv420p", folder["in.y4m"]]);
        Tools.Encoder(words[0], [.. words[1..], "--ivf", "-o", folder["in.ivf"], folder["in.y4m"]]);
        Tools.FFmpeg("-i", folder["in.ivf"], "-c", "copy", folder["in.mp4"]);
        Agrees(setting, folder);
    }

    private static void Agrees(string setting, string arguments)
    {
        using var folder = new TemporaryFolder();
        Tools.FFmpeg(["-f", "lavfi", "-i", Source, "-frames:v", "32", .. arguments.Split(' '), folder["in.mp4"]]);
        Agrees(setting, folder);
    }

    private static void Agrees(string setting, TemporaryFolder folder)
    {
        Tools.Packager($"in={folder["in.mp4"]},stream=video,out={folder["clear.mp4"]}");
        var clear = FragmentedFile.Read(folder["clear.mp4"]);
        Assert.True(clear.Samples.Count > 0, setting);
        foreach (var (scheme, iv) in new[] { ("cbcs", "11223344556677889900aabbccddeeff"), ("cenc", "1122334455667788") })
        {
            var name = folder[scheme + ".mp4"];
            Tools.Packager(
                $"in={folder["in.mp4"]},stream=video,out={name}", "--enable_raw_key_encryption", "--clear_lead", "0", "--protection_scheme", scheme, "--iv", iv,
                "--keys", "label=:key_id=abba271e8bcf552bbd2e86a434a9a5d9:key=69eaa802a6763af979e8d1940fb88392");
            PackagerVectorTests.SamplesMatch(clear, FragmentedFile.Read(name), s_key, new SubsampleOptions { ShakaHevcDeblocking = true });
        }
    }

    private static TheoryData<string, string> Rows(params ReadOnlySpan<(string Setting, string Arguments)> rows)
    {
        var data = new TheoryData<string, string>();
        foreach (var (setting, arguments) in rows) data.Add(setting, arguments);
        return data;
    }
}
