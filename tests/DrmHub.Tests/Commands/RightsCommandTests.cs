using System.Text;
using System.Text.Json;
using DrmHub.Testing;
using Microsoft.Data.Sqlite;

namespace DrmHub.DrmHub.Tests.Commands;

public sealed class RightsCommandTests : IDisposable
{
    private const string Everything =
        """
        {"kind":"plan","document":{"id":"premium","name":"Premium"}}
        {"kind":"deal","document":{"id":"khoj","name":"Khoj","content":{"patterns":["khoj-*"]},"plans":["premium"],"territories":["IN"],"opens":"2026-01-01T00:00:00+05:30"}}
        {"kind":"subscriber","document":{"id":"asha","subscriptions":[{"plan":"premium"}]}}

        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        _folder.Dispose();
    }

    [Fact]
    public void What_is_imported_is_exported_and_comes_back_the_same()
    {
        var file = _folder.Write("all.ndjson", Encoding.UTF8.GetBytes(Everything));
        Assert.Equal("3 created, 0 updated, 0 unchanged; version 2", Run("import", file).Succeeded().Trim());
        Run("export", _folder["out.ndjson"]).Succeeded();
        var exported = File.ReadAllText(_folder["out.ndjson"]);
        Assert.Equal(3, JsonDocument.Parse(Run("import", _folder["out.ndjson"], "--json").Succeeded()).RootElement.GetProperty("unchanged").GetInt32());
        Assert.Equal(exported, Run("export").Succeeded());
        Assert.Equal("asha", JsonDocument.Parse(Run("list", "subscriber").Succeeded()).RootElement.GetProperty("id").GetString());

        var single = _folder.Write("deals.ndjson", """{"id":"second","name":"Second","content":{"patterns":["x"]},"model":"Free"}"""u8.ToArray());
        Run("import", single, "--kind", "deal").Succeeded();
        Assert.Equal("Second", JsonDocument.Parse(Run("show", "deal", "second").Succeeded()).RootElement.GetProperty("name").GetString());
        Assert.Equal(0, Run("delete", "deal", "second").ExitCode);
        Run("delete", "deal", "second").Refused();
        Run("show", "deal", "second").Refused();
    }

    [Fact]
    public void A_bad_line_is_named_and_nothing_is_taken()
    {
        var file = _folder.Write("bad.ndjson", Encoding.UTF8.GetBytes(Everything + """{"kind":"deal","document":{"id":"bad","name":"B","content":{},"plans":["p"]}}"""));
        Assert.Contains("line 4: $.content: ", Run("import", file).Refused(), StringComparison.Ordinal);
        Assert.Equal("", Run("export").Succeeded());
        Run("import", _folder["none"]).Refused();
    }

    [Fact]
    public void A_decision_is_explained_and_a_takedown_wins_until_it_is_lifted()
    {
        Run("import", _folder.Write("all.ndjson", Encoding.UTF8.GetBytes(Everything))).Succeeded();
        string[] question = ["decide", "khoj-1", "--sub", "asha", "--country", "IN"];
        Assert.Contains("granted for", Run(question).Succeeded(), StringComparison.Ordinal);
        Assert.Equal("khoj-1", Run("takedown", "khoj-1", "--reason", "Court order").Succeeded().Trim());
        var refused = Run([.. question, "--json"]);
        Assert.Equal((1, "deal.closed"), (refused.ExitCode, JsonDocument.Parse(refused.Output).RootElement.GetProperty("reason").GetString()));
        Assert.Equal(0, Run("lift", "khoj-1").ExitCode);
        Run("lift", "khoj-1").Refused();

        var blackout = JsonDocument.Parse(Run("takedown", "khoj-*", "--territory", "in", "--from", "2026-06-01T00:00:00+05:30", "--until", "2026-06-02T00:00:00+05:30", "--json").Succeeded()).RootElement;
        Assert.Equal(("IN", "2026-05-31T18:30:00Z"), (blackout.GetProperty("territories")[0].GetString(), blackout.GetProperty("from").GetString()));
        Assert.Equal(1, Run([.. question, "--at", "2026-06-01T12:00:00Z"]).ExitCode);
        Assert.Equal(0, Run([.. question, "--at", "2026-06-02T12:00:00Z"]).ExitCode);

        var draft = _folder.Write("draft.json", """{"removed":[{"kind":"deal","id":"khoj"}]}"""u8.ToArray());
        Assert.Contains("deal.none", Run([.. question, "--draft", draft]).Output, StringComparison.Ordinal);
        Assert.StartsWith("0 requests", Run("replay", "--draft", draft).Succeeded(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("takedown", "x", "--until", "tomorrow")]
    [InlineData("takedown", "x", "--teritory", "IN")]
    [InlineData("takedown", "--teritory", "IN", "x")]
    [InlineData("takedown", "x", "y")]
    [InlineData("takedown")]
    [InlineData("export", "x", "y")]
    [InlineData("list", "deels")]
    [InlineData("import")]
    [InlineData("import", "x", "--kind", "deels")]
    [InlineData("decide", "x", "--level", "L1")]
    public void Wrong_usage_is_2(params string[] arguments) => Assert.Equal(2, Run(arguments).ExitCode);

    [Fact]
    public void Configuration_is_configuration_wherever_it_stands()
    {
        const string beyond = "--Rights:Grace=48:00:00";
        Assert.Contains("Rights:Grace", Run("export", beyond).Refused(), StringComparison.Ordinal);
        Assert.Contains("Rights:Grace", Run("takedown", "x", beyond).Refused(), StringComparison.Ordinal);
        Assert.Contains("Rights:Grace", Run("list", "takedown", beyond).Refused(), StringComparison.Ordinal);
        Assert.Equal("", Run("list", "takedown").Succeeded());
    }

    [Fact]
    public void A_takedown_may_name_several_and_collections()
    {
        Run("takedown", "a*", "--also", "b", "--also", "collection:c", "--id", "t").Succeeded();
        var takedown = JsonDocument.Parse(Run("show", "takedown", "t").Succeeded()).RootElement.GetProperty("content");
        Assert.Equal(["a*", "b"], takedown.GetProperty("patterns").EnumerateArray().Select(each => each.GetString()));
        Assert.Equal("c", takedown.GetProperty("collections")[0].GetString());
    }

    private ProgramResult Run(params string[] arguments) => DrmHubProgram.Run(["rights", .. arguments, "--data", _folder["data"]]);
}
