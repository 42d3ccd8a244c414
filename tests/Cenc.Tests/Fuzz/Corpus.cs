using DrmHub.Cenc.Encryption;
using DrmHub.Cenc.Tests.Interop;
using DrmHub.Testing;

namespace DrmHub.Cenc.Tests.Fuzz;

/// <summary>The kept inputs in tests/Vectors/bmff-corpus.</summary>
public sealed class Corpus
{
    private static string Folder => Path.Combine(Repository.Root, "tests", "Vectors", "bmff-corpus");

    internal static List<(string Name, byte[] Bytes)> All()
    {
        var files = Directory.EnumerateFiles(Folder, "*.mp4", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToList();
        Assert.NotEmpty(files);
        return [.. files.Select(file => (Path.GetFileName(file), File.ReadAllBytes(file)))];
    }

    internal static byte[] Get(string name) => File.ReadAllBytes(Path.Combine(Folder, name + ".mp4"));

    /// <summary>Writes the corpus anew, from tiny clips that ffmpeg makes. For whoever adds a format; the files are kept in the repository.</summary>
    [SkippableFact]
    public void Is_made_by_ffmpeg_and_this_library()
    {
        Skip.If(Environment.GetEnvironmentVariable("DRMHUB_WRITE_CORPUS") is null, "DRMHUB_WRITE_CORPUS is not set");
        Directory.CreateDirectory(Folder);
        using var scratch = new Scratch();
        foreach (var (codec, encoder) in new[] { ("h264", "libx264 -bf 1"), ("hevc", "libx265 -tag:v hvc1 -x265-params log-level=error"), ("av1", "libsvtav1"), ("vp9", "libvpx-vp9"), ("aac", "aac -b:a 16k"), ("opus", "libopus -b:a 16k") })
        {
            string[] source = ClearMedia.IsVideo(codec) ? ["testsrc=size=64x64:rate=10:duration=0.5", "-c:v"] : ["sine=frequency=440:sample_rate=48000:duration=0.2", "-c:a"];
            Tools.Run(Tools.Ffmpeg, ["-v", "error", "-f", "lavfi", "-i", source[0], source[1], .. encoder.Split(' '), "-pix_fmt", "yuv420p", "-flags", "+bitexact", "-map_metadata", "-1", scratch[codec + ".mp4"]]);
        }
        Tools.Run(Tools.Ffmpeg, "-v", "error", "-i", scratch["h264.mp4"], "-i", scratch["aac.mp4"], "-map", "0", "-map", "1", "-c", "copy", "-movflags", "+faststart", scratch["av.mp4"]);
        foreach (var (name, input, extra) in new[] { ("progressive-h264", "h264", ""), ("progressive-av-moov-first", "av", "+faststart") })
        {
            Tools.Run(Tools.Ffmpeg, ["-v", "error", "-i", scratch[input + ".mp4"], "-map", "0", "-c", "copy", "-encryption_scheme", "cenc-aes-ctr", "-encryption_key", Convert.ToHexStringLower(MediaFiles.Key.Bytes),
                "-encryption_kid", MediaFiles.KeyId.ToHex(), .. extra.Length > 0 ? ["-movflags", extra] : Array.Empty<string>(), scratch[name + ".mp4"]]);
            Keep(name, scratch.Read(name + ".mp4"));
        }
        Tools.Run(Tools.Ffmpeg, "-v", "error", "-i", scratch["av.mp4"], "-map", "0", "-c", "copy", "-movflags", "+frag_keyframe+empty_moov+default_base_moof", "-frag_duration", "200000", scratch["frag.mp4"]);
        Keep("clear-ffmpeg-fragments", scratch.Read("frag.mp4"));
        Keep("clear-progressive-av", scratch.Read("av.mp4"));
        foreach (var codec in new[] { "h264", "hevc", "av1", "vp9", "aac", "opus" })
        {
            var clear = FragmentTwice(scratch.Read(codec + ".mp4"));
            Keep("clear-" + codec, clear);
            Keep(codec + "-cenc", MediaFiles.Encrypt(clear, MediaFiles.Options("cenc")));
            Keep(codec + "-cbcs", MediaFiles.Encrypt(clear, MediaFiles.Options("cbcs")));
        }
        var av = FragmentTwice(scratch.Read("av.mp4"));
        Keep("av-cenc-two-trafs", MediaFiles.Encrypt(av, MediaFiles.Options("cenc") with { Keys = (_, _) => new TrackKey(MediaFiles.KeyId, MediaFiles.Key) }));
        var aac = FragmentTwice(scratch.Read("aac.mp4"));
        foreach (var scheme in new[] { "cenc", "cbcs" })
        {
            Keep("aac-rotation-" + scheme, MediaFiles.Encrypt(aac, MediaFiles.Options(scheme) with
            {
                CryptoPeriod = TimeSpan.FromSeconds(0.1), Keys = (_, _) => new TrackKey(MediaFiles.KeyId, MediaFiles.Key) { PsshBoxes = [RotationTests.CommonPssh(MediaFiles.KeyId)] },
            }));
        }
        var h264 = FragmentTwice(scratch.Read("h264.mp4"));
        Keep("h264-clear-lead", MediaFiles.Encrypt(h264, MediaFiles.Options("cbcs", pssh: RotationTests.CommonPssh(MediaFiles.KeyId)) with { ClearLead = TimeSpan.FromSeconds(0.1) }));
        Keep("h264-cbc1", MediaFiles.Encrypt(h264, MediaFiles.Options("cbc1")));
        Keep("h264-cens", MediaFiles.Encrypt(h264, MediaFiles.Options("cens")));
        foreach (var layout in new[] { "PIFF uuid alone, with its own key id", "aux data at the start of mdat", "two truns, two saio entries, no senc", "base data offset", "aux_info_type named" })
        {
            Keep("layout-" + string.Concat(layout.Where(char.IsAsciiLetter)), LayoutTests.Layouts[layout].Apply(MediaFiles.Encrypt(h264, MediaFiles.Options("cenc"))));
        }
    }

    private static byte[] FragmentTwice(byte[] file)
    {
        using var output = new MemoryStream();
        Cenc.Bmff.Fragmenting.Fragmenter.Fragment(new MemoryStream(file), output, TimeSpan.FromSeconds(0.1));
        return output.ToArray();
    }

    private static void Keep(string name, byte[] bytes) => File.WriteAllBytes(Path.Combine(Folder, name + ".mp4"), bytes);
}
