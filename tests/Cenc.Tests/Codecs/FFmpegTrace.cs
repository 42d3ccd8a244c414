using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace DrmHub.Cenc.Tests.Codecs;

/// <summary>One header that ffmpeg's bitstream parsers read: its syntax elements by name, and its size in plain bits from the start of the unit.</summary>
internal sealed record TracedHeader(IReadOnlyDictionary<string, long> Elements, int Bits)
{
    public int Bytes => (Bits + 7) / 8;
}

/// <summary>ffmpeg's trace_headers filter: a second opinion on where headers end, with parsers of its own.</summary>
internal static partial class FFmpegTrace
{
    /// <param name="section">The title of the headers to take: Slice Header, Slice Segment Header, Frame Header.</param>
    /// <param name="input">Input options and the file.</param>
    public static List<TracedHeader> Read(string section, params string[] input)
    {
        var headers = new List<TracedHeader>();
        Dictionary<string, long>? elements = null;
        Dictionary<string, long> unit = [];
        var end = 0;
        foreach (var line in Run(["-hide_banner", "-nostdin", "-nostats", .. input, "-c", "copy", "-bsf:v", "trace_headers", "-copyinkf", "-f", "null", "-"]))
        {
            var text = Prefix().Match(line) is { Success: true } prefix ? line[prefix.Length..] : null;
            if (text is null) continue;
            if (Element().Match(text) is { Success: true } match)
            {
                var name = match.Groups["name"].Value;
                var value = long.Parse(match.Groups["value"].Value, CultureInfo.InvariantCulture);
                if (elements is null) unit[name] = value;
                if (elements is null || name.StartsWith("cabac_alignment", StringComparison.Ordinal)) continue;
                elements[name] = value;

                // Values put together from others are listed again, without bits, at the place where they began.
                end = Math.Max(end, int.Parse(match.Groups["at"].Value, CultureInfo.InvariantCulture) + match.Groups["bits"].Length);
                continue;
            }

            if (elements is not null) headers.Add(new TracedHeader(elements, end));
            end = 0;
            elements = text.Trim() == section ? new Dictionary<string, long>(unit) : null;
            if (text.StartsWith("OBU header", StringComparison.Ordinal)) unit = [];
        }

        if (elements is not null) headers.Add(new TracedHeader(elements, end));
        return headers;
    }

    private static List<string> Run(string[] arguments)
    {
        Skip.If(Tools.Find("ffmpeg") is null, "ffmpeg is not here.");
        using var process = Process.Start(new ProcessStartInfo("ffmpeg", arguments) { RedirectStandardError = true })!;
        var lines = new List<string>();
        while (process.StandardError.ReadLine() is { } line) lines.Add(line);
        process.WaitForExit();
        return lines;
    }

    [GeneratedRegex(@"^\[trace_headers @ \w+\] ")]
    private static partial Regex Prefix();

    [GeneratedRegex(@"^(?<at>\d+)\s+(?<name>\S+)\s+(?<bits>[01]*) = (?<value>-?\d+)")]
    private static partial Regex Element();
}
