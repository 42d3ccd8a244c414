namespace DrmHub.Sandbox.LicenseServices.PlayReady;

/// <summary>
/// The query syntax of Microsoft's public test server: <c>(name:value,name:value),(…)</c>, where a value may be a list in brackets. No blanks,
/// no quotes, no escapes.
/// </summary>
internal static class PolicySyntax
{
    private const int MaxLength = 16 * 1024;
    private const int MaxGroups = 64;
    private const int MaxDepth = 4;

    /// <returns>The groups, each with its names and values in the order in which they stand.</returns>
    /// <exception cref="SandboxException">Not of this form.</exception>
    public static IReadOnlyList<IReadOnlyList<(string Name, string Value)>> Parse(string text)
    {
        if (text.Length > MaxLength) throw Wrong("it is too long");
        if (text.Any(character => char.IsWhiteSpace(character) || char.IsControl(character))) throw Wrong("it has blanks");
        var groups = Split(text).Select(group => (IReadOnlyList<(string, string)>)[.. Split(Inside(group)).Select(Pair)]).ToList();
        return groups.Count is > 0 and <= MaxGroups ? groups : throw Wrong("it has no groups, or too many");
    }

    /// <summary>What stands between the brackets of a value such as <c>(guid:…,data:…)</c>.</summary>
    public static IReadOnlyList<(string Name, string Value)> Nested(string value) => [.. Split(Inside(value)).Select(Pair)];

    /// <summary>The items of a bracketed list without names.</summary>
    public static IReadOnlyList<string> List(string value) => Split(Inside(value));

    public static SandboxException Wrong(string what) => new(SandboxFailure.Policy, $"The policy is wrong: {what}.", "0x8004c601");

    private static (string Name, string Value) Pair(string item)
    {
        var colon = item.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && colon + 1 < item.Length ? (item[..colon], item[(colon + 1)..]) : throw Wrong("an item is not name:value");
    }

    private static string Inside(string text) => text is ['(', .., ')'] ? text[1..^1] : throw Wrong("a group has no brackets");

    /// <summary>Splits at the commas outside of brackets.</summary>
    private static List<string> Split(string text)
    {
        var (items, depth, start) = (new List<string>(), 0, 0);
        for (var i = 0; i <= text.Length; i++)
        {
            if (i == text.Length || (text[i] == ',' && depth == 0))
            {
                if (i == start) throw Wrong("an item is empty");
                items.Add(text[start..i]);
                start = i + 1;
                continue;
            }

            depth += text[i] switch { '(' => 1, ')' => -1, _ => 0 };
            if (depth is < 0 or > MaxDepth) throw Wrong("the brackets do not fit");
        }

        return depth == 0 ? items : throw Wrong("a bracket is open");
    }
}
