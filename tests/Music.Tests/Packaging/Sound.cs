using System.Buffers.Binary;
using System.Diagnostics;
using DrmHub.Testing;

namespace DrmHub.Music.Tests.Packaging;

/// <summary>Files of sound to package: made here, or by ffmpeg.</summary>
internal static class Sound
{
    public static bool HasFFmpeg { get; } = File.Exists("/usr/bin/ffmpeg");

    public static string Sample(string name) => Path.Combine(Repository.Root, "samples", "music", name);

    /// <summary>Two tones, 16 bit stereo.</summary>
    public static byte[] Wave(double seconds, int rate = 48_000)
    {
        var frames = (int)(seconds * rate);
        var bytes = new byte[44 + (frames * 4)];
        "RIFF"u8.CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), bytes.Length - 8);
        "WAVEfmt "u8.CopyTo(bytes.AsSpan(8));
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(16), 16);
        BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(20), 1);
        BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(22), 2);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(24), rate);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(28), rate * 4);
        BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(32), 4);
        BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(34), 16);
        "data"u8.CopyTo(bytes.AsSpan(36));
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(40), frames * 4);
        for (var i = 0; i < frames; i++)
        {
            BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(44 + (i * 4)), (short)(9000 * Math.Sin(2 * Math.PI * 330 * i / rate)));
            BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(46 + (i * 4)), (short)(9000 * Math.Sin(2 * Math.PI * 495 * i / rate)));
        }

        return bytes;
    }

    public static byte[] FFmpeg(params string[] arguments)
    {
        var start = new ProcessStartInfo("ffmpeg") { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var argument in (string[])["-v", "error", "-nostdin", "-y", .. arguments]) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        using var output = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(output);
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, error.Result);
        return output.ToArray();
    }

    /// <summary>The sound of a file as 16-bit samples.</summary>
    public static byte[] Decode(string path) => FFmpeg("-i", path, "-f", "s16le", "-c:a", "pcm_s16le", "-");
}
