using System.Text;
using System.Text.Json;
using DrmHub.Testing;

namespace DrmHub.DrmHub.Tests.Commands;

public sealed class MusicCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_message_is_imported_once_and_a_bad_one_names_its_lines()
    {
        var good = _folder.Write("good.xml", Encoding.UTF8.GetBytes(new ErnSample().ToString()));
        var outcome = JsonDocument.Parse(Run("import-ern", good, "--json").Succeeded()).RootElement;
        Assert.Equal("Imported", outcome.GetProperty("result").GetString());
        Assert.Equal(4, outcome.GetProperty("deals").GetArrayLength());
        Assert.Contains("AlreadyImported", Run("import-ern", good).Succeeded(), StringComparison.Ordinal);
        var bad = _folder.Write("bad.xml", Encoding.UTF8.GetBytes(new ErnSample { MessageId = "M-2" }.ToString().Replace("<TerritoryCode>LK", "<TerritoryCode>ZZ", StringComparison.Ordinal)));
        var refused = Run("import-ern", bad);
        Assert.Equal(1, refused.ExitCode);
        Assert.Matches("line [0-9]+: ern.territory", refused.Error);
        Run("import-ern", _folder["missing.xml"]).Refused();
        Run("import-ern", good, "--dryrun").Refused(exitCode: 2);
        var test = _folder.Write("test.xml", Encoding.UTF8.GetBytes(new ErnSample { MessageId = "M-3", Created = "2026-01-03T00:00:00Z", Control = "TestMessage" }.ToString()));
        Assert.Contains("Checked", Run("import-ern", test).Succeeded(), StringComparison.Ordinal);
        Assert.Contains("Imported", Run("import-ern", test, "--Music:Ddex:AcceptTestMessages=true").Succeeded(), StringComparison.Ordinal);
    }

    [Fact]
    public void Items_and_feeds_come_in_and_a_report_without_plays_is_a_report()
    {
        var lines = _folder.Write("items.ndjson", Encoding.UTF8.GetBytes("""{"recording":{"id":"rec-1","titles":[{"value":"Song"}]}}"""));
        Assert.Contains("1  recording", Run("import", lines).Succeeded(), StringComparison.Ordinal);
        var feed = _folder.Write("feed.xml", Encoding.UTF8.GetBytes("<rss version=\"2.0\"><channel><title>Walks</title><item><title>One</title><guid>g</guid></item></channel></rss>"));
        Assert.Equal(1, JsonDocument.Parse(Run("import-feed", feed, "--show", "walks", "--json").Succeeded()).RootElement.GetProperty("added").GetInt32());
        var report = Run("report", "PADPIDA2099010101X", "--from", "2026-03", "--out", "-");
        Assert.Equal(0, report.ExitCode);
        Assert.Equal(["HEAD", "SY02.02", "FOOT"], report.Output.TrimEnd().Split('\n').Select(line => line.Split('\t')[0]));
        Run("report", "PADPIDA2099010101X", "--from", "March").Refused(exitCode: 2);
    }

    private ProgramResult Run(params string[] args) => DrmHubProgram.Run(["music", args[0], "--data", _folder["data"], .. args[1..]]);
}
