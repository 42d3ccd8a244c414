using System.Globalization;

namespace DrmHub.Music.Packaging;

/// <summary>Loudness by EBU R 128 (ITU-R BS.1770).</summary>
/// <param name="Integrated">LUFS; null for silence, which has none.</param>
/// <param name="TruePeak">dBTP; null for silence.</param>
internal sealed record Loudness(double? Integrated, double? TruePeak)
{
    /// <summary>Decodes the whole source, so that a file which breaks in its middle is noticed before anything is stored.</summary>
    /// <returns>With the seconds that were decoded.</returns>
    public static async Task<(Loudness Loudness, double Seconds)> MeasureAsync(FFmpeg ffmpeg, AudioSource source, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        var (seconds, remarks) = await ffmpeg.RunAsync(source, [], ["-af", "ebur128=peak=true:framelog=verbose", "-f", "null", "-"], "info", progress, cancellationToken);
        return (Parse(remarks), seconds);
    }

    /// <summary>Reads the last summary: whatever stands before it may come from the file.</summary>
    public static Loudness Parse(string remarks)
    {
        var summary = remarks.LastIndexOf("Summary:", StringComparison.Ordinal);
        return summary < 0 ? new Loudness(null, null) : new Loudness(Number(remarks[summary..], "I:", -69.9), Number(remarks[summary..], "Peak:", -200));
    }

    private static double? Number(string text, string name, double least)
    {
        foreach (var line in text.Split('\n', StringSplitOptions.TrimEntries))
        {
            if (!line.StartsWith(name, StringComparison.Ordinal)) continue;
            var word = line[name.Length..].Trim().Split(' ')[0];
            return double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) && value >= least ? value : null;
        }

        return null;
    }
}
