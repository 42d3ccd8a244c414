using System.CommandLine;
using System.Reflection;
using System.Text.RegularExpressions;
using DrmHub.Host.Commands;
using DrmHub.Testing;

namespace DrmHub.DrmHub.Tests.Commands;

/// <summary>Every <c>drmhub …</c> that a page shows names commands and options that exist. PagesTests (EndToEnd) runs those that can be run as they stand.</summary>
public sealed partial class PagesCommandsTests
{
    private static readonly Command Root = Tree();

    [Fact]
    public void Every_command_of_the_pages_exists_with_its_options()
    {
        var shown = Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md").Append(Path.Combine(Repository.Root, "README.md"))
            .SelectMany(file => Shown(File.ReadAllText(file)).Select(command => (Page: Path.GetFileName(file), Text: command))).Distinct().ToList();

        Assert.True(shown.Count > 90, $"{shown.Count}:\n{string.Join('\n', shown)}");
        Assert.Empty(shown.Select(each => (each, Problem: Check(each.Text))).Where(each => each.Problem is not null).Select(each => $"{each.each.Page}: {each.each.Text}: {each.Problem}"));
    }

    [Theory]
    [InlineData("keys status|rotate-master", null)]
    [InlineData("keys status|rotate", "rotate")]
    [InlineData("plan --viewers N --crypto-period 10m", null)]
    [InlineData("plan --watchers N", "--watchers")]
    [InlineData("rotate", "rotate")]
    public void What_is_not_there_is_found(string command, string? problem) => Assert.Equal(problem, Check(command));

    /// <summary>What follows <c>drmhub</c> in fenced blocks and in inline code, up to where a shell would go on with something else.</summary>
    private static IEnumerable<string> Shown(string page)
    {
        // A line that goes on in the next one is one line.
        page = page.Replace("\\\n", " ", StringComparison.Ordinal);
        var fenced = Fence().Matches(page).Where(block => block.Groups[1].Value is "" or "sh").SelectMany(block => block.Groups[2].Value.Split('\n')).SelectMany(line => InShell().Matches(line)).Select(match => match.Groups[1].Value);
        var inline = Inline().Matches(Fence().Replace(page, "")).Select(match => match.Groups[1].Value);
        return fenced.Concat(inline).Select(command => End().Split(command, 2)[0].Trim()).Where(command => command.Length > 0);
    }

    /// <returns>The first word that is no command and no option of its command; null where all are.</returns>
    private static string? Check(string text)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => word.Trim('[', ']', '"', '\'', '(', ')', ',', ';')).ToList();
        var command = Root;
        var at = 0;
        for (; at < words.Count && command.Subcommands.Count > 0; at++)
        {
            var names = words[at].Split('|');
            if (names.FirstOrDefault(name => !command.Subcommands.Any(each => each.Name == name)) is { } unknown)
            {
                // serve may be left out; a name in capitals or an ellipsis stands for any; a number is an answer that is shown.
                if (unknown.Length == 0 || !char.IsAsciiLetterLower(unknown[0])) break;
                return unknown;
            }

            command = command.Subcommands.Single(each => each.Name == names[0]);
        }

        var options = command.Options.Concat(Above(command).SelectMany(each => each.Options)).SelectMany(option => option.Aliases.Append(option.Name)).ToHashSet();
        if (command == Root) options.UnionWith(["--data", "--urls", "--help"]);
        return words.Skip(at).SelectMany(word => word.Split('|')).Select(word => word.Split('=', 2)[0]).Where(word => Option().IsMatch(word) && !options.Contains(word)).FirstOrDefault();
    }

    private static IEnumerable<Command> Above(Command command) => command.Parents.OfType<Command>().SelectMany(parent => Above(parent).Append(parent));

    /// <summary>The commands that Program.cs lists.</summary>
    private static RootCommand Tree()
    {
        var root = new RootCommand();
        foreach (Match match in Listed().Matches(File.ReadAllText(Path.Combine(Repository.Root, "src/DrmHub/Program.cs"))))
        {
            var type = typeof(ServeCommand).Assembly.GetType($"{typeof(ServeCommand).Namespace}.{match.Groups[1].Value}")!;
            root.Subcommands.Add((Command)type.GetMethod("Create", BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)!.Invoke(null, null)!);
        }

        return root;
    }

    [GeneratedRegex(@"(\w+Command)\.Create\(\)")]
    private static partial Regex Listed();

    [GeneratedRegex("^```(\\w*)\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"(?:^|[|(] ?|\$ )drmhub ([^)]*)")]
    private static partial Regex InShell();

    [GeneratedRegex("`drmhub ([^`]+)`")]
    private static partial Regex Inline();

    [GeneratedRegex(@" \| | > | {2,}| # |\n|\)")]
    private static partial Regex End();

    [GeneratedRegex("^--[a-z][a-z0-9-]*$")]
    private static partial Regex Option();
}
