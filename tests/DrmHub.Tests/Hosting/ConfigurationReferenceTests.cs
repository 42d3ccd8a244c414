using System.Text.RegularExpressions;
using DrmHub.Host.Hosting.Reference;
using DrmHub.Testing;

namespace DrmHub.DrmHub.Tests.Hosting;

public sealed partial class ConfigurationReferenceTests
{
    [Fact]
    public void The_page_is_what_the_options_say() =>
        Assert.Equal(ConfigurationReference.Write(), File.ReadAllText(Path.Combine(Repository.Root, "docs/configuration.md")));

    [Fact]
    public void Every_setting_of_the_deployment_files_is_one_that_exists()
    {
        var page = ConfigurationReference.Write();
        var known = Setting().Matches(page).Select(match => match.Groups[1].Value).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var used = Directory.EnumerateFiles(Path.Combine(Repository.Root, "deploy"), "*", SearchOption.AllDirectories)
            .SelectMany(file => Used().Matches(File.ReadAllText(file)).Select(match => Numbered().Replace(match.Groups[1].Value.Replace("__", ":", StringComparison.Ordinal), ":N")))
            .Distinct().ToList();

        Assert.True(used.Count > 5);
        Assert.Empty(used.Except(known, StringComparer.OrdinalIgnoreCase));
    }

    [GeneratedRegex(@"^\| `([^`]+)`", RegexOptions.Multiline)]
    private static partial Regex Setting();

    [GeneratedRegex(@"^\s*(?:- name: )?([A-Z]\w+(?:__\w+)+):", RegexOptions.Multiline)]
    private static partial Regex Used();

    [GeneratedRegex(@":\d+")]
    private static partial Regex Numbered();
}
