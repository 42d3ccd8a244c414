using System.Text;

namespace DrmHub.KeyService.Packagers;

/// <summary>
/// The parameters of a Digest Authorization header (RFC 7616, 3.4). Clients quote what they should not and leave unquoted what they
/// should quote: both are taken. A parameter that comes twice is refused.
/// </summary>
internal sealed class DigestAnswer
{
    private const int MaxLength = 8192;
    private const int MaxParameters = 16;

    private readonly Dictionary<string, string> _parameters = new(StringComparer.OrdinalIgnoreCase);

    private DigestAnswer()
    {
    }

    public string this[string name] => _parameters.GetValueOrDefault(name, "");

    public bool Has(string name) => _parameters.ContainsKey(name);

    public static DigestAnswer? Parse(string value)
    {
        if (value.Length > MaxLength) return null;
        var answer = new DigestAnswer();
        var rest = value.AsSpan();
        while (true)
        {
            rest = rest.TrimStart(" \t,");
            if (rest.IsEmpty) return answer;
            if (answer._parameters.Count == MaxParameters) return null;
            var equals = rest.IndexOf('=');
            if (equals <= 0) return null;
            var name = rest[..equals].TrimEnd(" \t").ToString();
            if (!name.All(c => char.IsAsciiLetterOrDigit(c) || c is '*' or '-' or '_')) return null;
            rest = rest[(equals + 1)..].TrimStart(" \t");
            if (TakeValue(ref rest) is not { } text || !answer._parameters.TryAdd(name, text)) return null;
        }
    }

    /// <returns>Null where a quoted string has no end, or something stands between it and the next comma.</returns>
    private static string? TakeValue(ref ReadOnlySpan<char> rest)
    {
        if (rest.IsEmpty || rest[0] != '"')
        {
            var comma = rest.IndexOf(',');
            var token = comma < 0 ? rest : rest[..comma];
            rest = rest[token.Length..];
            token = token.TrimEnd(" \t");
            return token.IndexOfAny(" \t\"") < 0 ? token.ToString() : null;
        }

        var text = new StringBuilder();
        for (var i = 1; i < rest.Length; i++)
        {
            if (rest[i] == '"')
            {
                rest = rest[(i + 1)..].TrimStart(" \t");
                return rest.IsEmpty || rest[0] == ',' ? text.ToString() : null;
            }

            if (rest[i] == '\\' && ++i == rest.Length) return null;
            text.Append(rest[i]);
        }

        return null;
    }
}
