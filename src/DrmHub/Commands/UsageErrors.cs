using System.CommandLine;
using System.Text.RegularExpressions;

namespace DrmHub.Host.Commands;

/// <summary>
/// Reports wrong usage: one line an error, exit code 2. Messages of the parser repeat what was typed, so long runs of hex
/// digits, which may be a key in a wrong place, are taken out of them.
/// </summary>
internal static partial class UsageErrors
{
    public const int WrongUsage = 2;

    public static int Report(ParseResult parsed, TextWriter error)
    {
        foreach (var each in parsed.Errors) error.WriteLine("drmhub: " + Redact(each.Message));
        error.WriteLine($"See: {NameOf(parsed.CommandResult.Command)} --help");
        return WrongUsage;
    }

    private static string Redact(string message) => LongHex().Replace(message.ReplaceLineEndings(" "), "[redacted]");

    /// <summary>As one types it, <c>drmhub keys status</c>.</summary>
    public static string NameOf(Command command)
    {
        var names = new List<string>();
        for (Symbol? each = command; each is not null; each = each.Parents.FirstOrDefault()) names.Insert(0, each is RootCommand ? "drmhub" : each.Name);
        return string.Join(' ', names);
    }

    [GeneratedRegex(@"[0-9A-Fa-f-]{32,}(:[^'\s]*)?")]
    private static partial Regex LongHex();
}
