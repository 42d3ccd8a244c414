using System.CommandLine;

namespace DrmHub.Host.Commands;

/// <summary>
/// Commands that work on the state of a hub beside it: they take <c>--data</c>, and <c>--Section:Option=value</c> words for what <c>drmhub serve</c> would read. Any
/// other word that they do not know is wrong usage: a mistyped filter or limit must not be taken for configuration, and the command do more than was meant.
/// </summary>
internal static class ConfiguredCommand
{
    /// <param name="action">Gets the data directory and the words of configuration.</param>
    public static Command Define(string name, string description, IReadOnlyList<Symbol> symbols, Func<ParseResult, string, IReadOnlyList<string>, CancellationToken, Task<int>> action)
    {
        var data = HubOptions.Data();
        var command = new Command(name, description) { data };
        foreach (var symbol in symbols)
        {
            if (symbol is Argument argument) command.Arguments.Add(argument);
            else command.Options.Add((Option)symbol);
        }

        command.TreatUnmatchedTokensAsErrors = false; // They are looked at below.
        command.SetAction((parsed, cancellationToken) => RefusesWord(parsed) ? Task.FromResult(UsageErrors.WrongUsage) : action(parsed, parsed.GetRequiredValue(data), WordsOf(parsed), cancellationToken));
        return command;
    }

    /// <summary>Says on standard error which word is no option, if one is not.</summary>
    public static bool RefusesWord(ParseResult parsed)
    {
        if (parsed.UnmatchedTokens.FirstOrDefault(word => !IsConfiguration(word)) is not { } odd) return false;
        Failures.Say($"{odd} is not an option of {UsageErrors.NameOf(parsed.CommandResult.Command)}.");
        return true;
    }

    /// <summary>The words of configuration, those among them that an argument took for itself.</summary>
    public static IReadOnlyList<string> WordsOf(ParseResult parsed) => [.. parsed.Tokens.Select(token => token.Value).Where(IsConfiguration)];

    /// <summary>Whether a word has the form <c>--Section:Option=value</c>. A colon behind the equals sign is the value's.</summary>
    public static bool IsConfiguration(string word) =>
        word.StartsWith("--", StringComparison.Ordinal) && word.IndexOf('=', StringComparison.Ordinal) is var equals and > 0 && word.IndexOf(':', 0, equals) > 0;
}
