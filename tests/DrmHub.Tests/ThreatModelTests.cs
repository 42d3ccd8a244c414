using System.Text.RegularExpressions;
using DrmHub.Testing;

namespace DrmHub.DrmHub.Tests;

/// <summary>docs/security.md promises a test for each threat.</summary>
public sealed partial class ThreatModelTests
{
    [Fact]
    public void Every_test_that_the_page_names_exists()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs/security.md"));
        var sources = Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*Tests.cs", SearchOption.AllDirectories).ToLookup(file => Path.GetFileNameWithoutExtension(file), File.ReadAllText);
        var named = Named().Matches(page).Select(match => (Class: match.Groups["class"].Value, Method: match.Groups["method"].Value)).ToList();

        Assert.True(named.Count > 40);
        Assert.Empty(named.Where(test => !sources[test.Class].Any(text => test.Method.Length == 0 || text.Contains($" {test.Method}(", StringComparison.Ordinal))).Select(test => $"{test.Class}.{test.Method}"));
    }

    [GeneratedRegex(@"`(?<class>[A-Z][A-Za-z0-9]+Tests)(?:\.(?<method>[A-Z]\w+))?`")]
    private static partial Regex Named();
}
