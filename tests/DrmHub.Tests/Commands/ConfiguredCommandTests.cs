using DrmHub.Host.Commands;
using DrmHub.Testing;

namespace DrmHub.DrmHub.Tests.Commands;

/// <summary>What commands beside a hub take for configuration, and that nothing else is.</summary>
public sealed class ConfiguredCommandTests
{
    [Theory]
    [InlineData("audit", "list", "--subjct", "ann")]
    [InlineData("audit", "erase", "ann", "--aktor=me")]
    [InlineData("audit", "verify", "--exprot", "folder")]
    [InlineData("keys", "rotate-master", "--forget")]
    [InlineData("keys", "split", "--threshold", "2", "--shares", "3", "--ouput=shares")]
    [InlineData("packagers", "list", "--jsn")]
    [InlineData("rights", "takedown", "title", "--teritory=IN:22")]
    [InlineData("rights", "list", "deal", "--from=2026-01-01T10:00")]
    [InlineData("music", "import", "items.ndjson", "--dry-run")]
    public void A_mistyped_option_is_wrong_usage_and_nothing_is_done(params string[] words)
    {
        using var folder = new TemporaryFolder();
        var refused = DrmHubProgram.Run([.. words, "--data", folder["new"]]).Refused(UsageErrors.WrongUsage);

        Assert.Contains($" is not an option of drmhub {words[0]} {words[1]}.", refused, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["new"]));
    }

    [Theory]
    [InlineData("--Storage:PostgreSql=Host=db;Password=a:b", true)]
    [InlineData("--Audit:Origin=example.net/log", true)]
    [InlineData("--from=2026-01-01T10:00", false)]
    [InlineData("--Storage:PostgreSql", false)]
    [InlineData("--json", false)]
    [InlineData("Storage:PostgreSql=x", false)]
    public void Configuration_has_its_colon_before_its_value(string word, bool expected) => Assert.Equal(expected, ConfiguredCommand.IsConfiguration(word));
}
