using System.Globalization;

namespace DrmHub.Music.Packaging;

/// <summary>Loudness by EBU R 128 (ITU-R BS.1770).</summary>
/// <param name="Integrated">LUFS; null for silence, which has none.</param>
/// <param name="TruePeak">dBTP; null for silence.</param>
internal sealed record Loudness(double? Integrated, double? TruePeak)
{
    /// <summary>
    /// Decodes the whole source, so that a file which breaks in its middle is noticed before anything is stored. FLAC decoders skip what is
    /// damaged without a word, so the file's own checksum is compared.
    /// </summary>
    /// <returns>With the seconds that were decoded.</returns>
    /// <exception cref="PackagingException"><c>audio.broken</c>.</exception>
    public static async Task<(Loudness Loudness, double Seconds)> MeasureAsync(FFmpeg ffmpeg, AudioSource source, SourceHeader header, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        List<string> words = ["-af", "ebur128=peak=true:framelog=verbose", "-f", "null", "-"];
        var codec = header switch { { Md5: not null, Bits: 16 } => "pcm_s16le", { Md5: not null, Bits: 24 } => "pcm_s24le", _ => null };
        if (codec is not null) words.AddRange(["-map", "0:a:0", "-c:a", codec, "-f", "md5", "pipe:1"]);
        var (seconds, remarks, md5) = await ffmpeg.RunAsync(source, [], words, "info", progress, cancellationToken);
        if (codec is not null && md5 != header.Md5) throw new PackagingException("audio.broken", "Its sound does not fit its own checksum.");
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
