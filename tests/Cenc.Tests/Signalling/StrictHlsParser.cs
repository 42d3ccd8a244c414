namespace DrmHub.Cenc.Tests.Signalling;

/// <summary>An attribute list parser by the letter of RFC 8216, 4.2, and apart from the writer under test: any deviation throws.</summary>
internal static class StrictHlsParser
{
    /// <summary>Reads one tag line; the values keep their quotes, so that a test sees the type of each.</summary>
    public static Dictionary<string, string> Parse(string line, string tag)
    {
        if (!line.StartsWith(tag + ":", StringComparison.Ordinal)) throw new FormatException("another tag");
        if (line.Any(c => c is '\r' or '\n')) throw new FormatException("more than one line");
        var attributes = new Dictionary<string, string>();
        var at = tag.Length + 1;
        while (true)
        {
            var start = at;
            while (at < line.Length && (char.IsAsciiLetterUpper(line[at]) || char.IsAsciiDigit(line[at]) || line[at] == '-')) at++;
            if (at == start || at == line.Length || line[at] != '=') throw new FormatException($"no attribute name at {start}");
            var name = line[start..at];
            var valueStart = ++at;
            if (at < line.Length && line[at] == '"')
            {
                at = line.IndexOf('"', at + 1);
                if (at < 0) throw new FormatException("a string without its end");
                at++;
            }
            else
            {
                while (at < line.Length && line[at] != ',') at++;
            }

            var value = line[valueStart..at];
            if (value.Length == 0) throw new FormatException("an empty value");
            if (value[0] != '"' && value.Any(c => c is '"' or ' ')) throw new FormatException("a quote or blank in an unquoted value");
            if (!attributes.TryAdd(name, value)) throw new FormatException($"{name} twice");
            if (at == line.Length) return attributes;
            if (line[at++] != ',') throw new FormatException($"no comma after {name}");
        }
    }

    public static string Unquote(string value) =>
        value.Length >= 2 && value[0] == '"' && value[^1] == '"' ? value[1..^1] : throw new FormatException("not a quoted string");
}
