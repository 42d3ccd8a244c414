using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace DrmHub.Music.Packaging;

/// <summary>
/// ffmpeg as a process of its own, for what must be decoded or encoded. It gets one plain file and one demuxer, no network, no
/// standard input and an end of its time; what it says is kept short.
/// </summary>
internal sealed class FFmpeg(string program, PackagingLimits limits)
{
    private const int MaxRemarks = 16 * 1024;

    /// <returns>Null where the system has none.</returns>
    public static FFmpeg? Find(PackagingLimits limits)
    {
        foreach (var folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            var program = Path.Combine(folder, OperatingSystem.IsWindows() ? "ffmpeg.exe" : "ffmpeg");
            if (File.Exists(program)) return new FFmpeg(program, limits);
        }

        return null;
    }

    /// <summary>Runs it over a source.</summary>
    /// <param name="output">What follows the input: filters, codec, and where it goes.</param>
    /// <param name="progress">Told the seconds that are done.</param>
    /// <returns>Seconds of sound that went through, what it said at the end, and the MD5 that an output to <c>pipe:1</c> in its format <c>md5</c> gave.</returns>
    /// <exception cref="PackagingException"><c>audio.broken</c>: it could not decode the source.</exception>
    public async Task<(double Seconds, string Remarks, string? Md5)> RunAsync(AudioSource source, IReadOnlyList<string> before, IReadOnlyList<string> output, string level, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        string[] fixedWords = ["-hide_banner", "-nostdin", "-nostats", "-v", level, "-progress", "pipe:1", "-xerror", "-protocol_whitelist", "file,pipe"];
        foreach (var word in (IEnumerable<string>)[.. fixedWords, .. before, "-f", source.Demuxer, "-i", "file:" + source.Path, "-map", "0:a:0", "-vn", "-sn", "-dn", .. output]) start.ArgumentList.Add(word);
        using var process = Process.Start(start) ?? throw new PackagingException("audio.needs_ffmpeg", "ffmpeg does not start.");
        process.StandardInput.Close();
        using var time = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        time.CancelAfter(limits.MaxToolTime);
        try
        {
            var seconds = ReadProgressAsync(process.StandardOutput, progress, time.Token);
            var remarks = ReadTailAsync(process.StandardError, time.Token);
            await process.WaitForExitAsync(time.Token);
            var (done, md5) = await seconds;
            return process.ExitCode == 0 ? (done, await remarks, md5) : throw new PackagingException("audio.broken", "ffmpeg cannot decode it: " + LastLine(await remarks, source));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new PackagingException("audio.broken", $"ffmpeg took longer than {limits.MaxToolTime}.");
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }

    private static async Task<(double Seconds, string? Md5)> ReadProgressAsync(StreamReader reader, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        double seconds = 0;
        string? md5 = null;
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.StartsWith("MD5=", StringComparison.Ordinal)) md5 = line[4..];
            if (!line.StartsWith("out_time_us=", StringComparison.Ordinal) || !long.TryParse(line.AsSpan(12), NumberStyles.Integer, CultureInfo.InvariantCulture, out var microseconds)) continue;
            seconds = Math.Max(seconds, microseconds / 1e6);
            progress?.Report(seconds);
        }

        return (seconds, md5);
    }

    /// <summary>The end alone: tags of a hostile file come before it and may be of any length.</summary>
    private static async Task<string> ReadTailAsync(StreamReader reader, CancellationToken cancellationToken)
    {
        var tail = new StringBuilder();
        var block = new char[4096];
        for (int read; (read = await reader.ReadAsync(block, cancellationToken)) > 0;)
        {
            tail.Append(block, 0, read);
            if (tail.Length > 2 * MaxRemarks) tail.Remove(0, tail.Length - MaxRemarks);
        }

        return tail.ToString();
    }

    private static string LastLine(string remarks, AudioSource source)
    {
        var line = remarks.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? "it gave no reason.";
        line = line.Replace("file:" + source.Path, "the file", StringComparison.Ordinal);
        return new string([.. line.Where(c => !char.IsControl(c)).Take(200)]);
    }
}
