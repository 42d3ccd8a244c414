using System.Collections.Concurrent;
using DrmHub.Cenc.Bmff.Fragmenting;

namespace DrmHub.Cenc.Tests.Interop;

/// <summary>Clear, fragmented files of each codec, encoded by ffmpeg from test patterns once in a run.</summary>
internal static class ClearMedia
{
    private static readonly ConcurrentDictionary<string, Lazy<byte[]?>> s_files = new();

    /// <summary>Codec names, each with ffmpeg's encoder and its options.</summary>
    private static readonly Dictionary<string, string[]> s_encoders = new()
    {
        ["h264"] = ["-c:v", "libx264", "-preset", "veryfast", "-g", "25", "-bf", "2", "-pix_fmt", "yuv420p"],
        ["hevc"] = ["-c:v", "libx265", "-preset", "ultrafast", "-tag:v", "hvc1", "-pix_fmt", "yuv420p", "-x265-params", "keyint=25:log-level=error"],
        ["av1"] = ["-c:v", "libsvtav1", "-preset", "12", "-g", "25", "-pix_fmt", "yuv420p"],
        ["vp9"] = ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-g", "25", "-pix_fmt", "yuv420p"],
        ["aac"] = ["-c:a", "aac", "-b:a", "96k"],
        ["opus"] = ["-c:a", "libopus", "-b:a", "64k"],
        ["flac"] = ["-c:a", "flac", "-strict", "-2"],
        ["ac3"] = ["-c:a", "ac3", "-b:a", "96k"],
        ["eac3"] = ["-c:a", "eac3", "-b:a", "96k"],
    };

    public static readonly string[] Codecs = [.. s_encoders.Keys];

    public static bool IsVideo(string codec) => codec is "h264" or "hevc" or "av1" or "vp9";

    public static byte[] Get(string codec) => Cached(codec, () =>
    {
        using var output = new MemoryStream();
        Fragmenter.Fragment(new MemoryStream(Progressive(codec)), output, TimeSpan.FromSeconds(1));
        return output.ToArray();
    });

    /// <summary>The same as ffmpeg's muxer wrote it.</summary>
    public static byte[] Progressive(string codec) => Cached(codec + ".progressive", () =>
    {
        using var scratch = new Scratch();
        string[] source = IsVideo(codec)
            ? ["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=3,noise=alls=12:allf=t"]
            : ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=3", "-ac", "2"];
        Tools.Run(Tools.Ffmpeg, ["-v", "error", .. source, .. s_encoders[codec], "-map_metadata", "-1", scratch["clear.mp4"]]);
        return scratch.Read("clear.mp4");
    });

    /// <summary>H.264 and AAC in one progressive file, <c>moov</c> in front.</summary>
    public static byte[] Muxed() => Cached("muxed", () =>
    {
        using var scratch = new Scratch();
        Tools.Run(Tools.Ffmpeg, "-v", "error", "-i", scratch.Write("v.mp4", Progressive("h264")), "-i", scratch.Write("a.mp4", Progressive("aac")),
            "-map", "0", "-map", "1", "-c", "copy", "-movflags", "+faststart", scratch["av.mp4"]);
        return scratch.Read("av.mp4");
    });

    private static byte[] Cached(string name, Func<byte[]> make)
    {
        _ = Tools.Ffmpeg;
        return s_files.GetOrAdd(name, _ => new Lazy<byte[]?>(make)).Value!;
    }
}
