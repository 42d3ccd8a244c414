using System.Text.Json;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Rights;

namespace DrmHub.Vault.Tests.Rights;

public sealed class RightsApiTests
{
    private const string Khoj = """{"name":"Khoj","content":{"patterns":["khoj-*"]},"plans":["premium"],"territories":["IN"],"opens":"2026-06-01T00:00:00+05:30"}""";
    private const string Lines = "application/x-ndjson";

    [Fact]
    public async Task A_deal_is_made_read_changed_and_taken_away()
    {
        await using var server = await RightsServer.StartAsync();
        var made = await server.SendAsync("PUT", "/rights/deals/khoj", Khoj, ifNoneMatch: "*");
        Assert.Equal(201, made.Status);
        Assert.Equal("2026-05-31T18:30:00Z", made.Json.GetProperty("opens").GetString());

        var read = await server.SendAsync("GET", "/rights/deals/khoj");
        Assert.Equal((200, made.Tag, made.Text), (read.Status, read.Tag, read.Text));
        Assert.Equal(304, (await server.SendAsync("GET", "/rights/deals/khoj", ifNoneMatch: read.Tag)).Status);

        var patched = await server.SendAsync("PATCH", "/rights/deals/khoj", """{"territories":["IN","LK"],"opens":null}""", type: "application/merge-patch+json", ifMatch: read.Tag);
        Assert.Equal(200, patched.Status);
        Assert.NotEqual(read.Tag, patched.Tag);
        Assert.False(patched.Json.TryGetProperty("opens", out _));

        Assert.Equal((412, "rights.changed"), Code(await server.SendAsync("PUT", "/rights/deals/khoj", Khoj, ifMatch: read.Tag)));
        Assert.Equal((412, "rights.changed"), Code(await server.SendAsync("PUT", "/rights/deals/khoj", Khoj, ifNoneMatch: "*")));
        Assert.Equal((412, "rights.changed"), Code(await server.SendAsync("DELETE", "/rights/deals/khoj", ifMatch: read.Tag)));
        Assert.Equal(400, (await server.SendAsync("DELETE", "/rights/deals/khoj", ifMatch: "khoj")).Status);
        Assert.Equal(["IN", "LK"], Assert.Single(server.Store.Deals).Territories.Order());
        Assert.Equal(204, (await server.SendAsync("DELETE", "/rights/deals/khoj", ifMatch: patched.Tag)).Status);
        Assert.Equal((404, "rights.unknown"), Code(await server.SendAsync("DELETE", "/rights/deals/khoj")));
        Assert.Equal((404, "rights.unknown"), Code(await server.SendAsync("GET", "/rights/deals/khoj")));

        var entries = (await server.Audit.QueryAsync(new AuditQuery { Kind = AuditKind.RightsChanged })).Entries;
        Assert.Equal(["deleted", "updated", "created"], entries.Select(entry => entry.Details["action"]));
        Assert.All(entries, entry => Assert.Equal(("tester", "rights.write", "khoj"), (entry.Actor, entry.ActorRole, entry.Deal)));
    }

    [Fact]
    public async Task Everything_that_is_wrong_is_said_at_once()
    {
        await using var server = await RightsServer.StartAsync();
        var answer = await server.SendAsync("PUT", "/rights/deals/x", """
            {"name":"","content":{},"territories":["India"],"opens":"2026-06-01T00:00:00Z","closes":"2026-01-01T00:00:00Z","licenseSeconds":0,"renewSeconds":5,"maxTrack":"AUDIO","platforms":[{"platform":"Web"}]}
            """);
        Assert.Equal((400, "rights.invalid"), Code(answer));
        var paths = answer.Json.GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("path").GetString()).ToHashSet();
        Assert.Superset(new HashSet<string?> { "$.name", "$.content", "$.territories", "$.closes", "$.plans", "$.licenseSeconds", "$.maxTrack", "$.platforms[0].platform" }, paths);
        Assert.Empty(server.Store.Deals);
    }

    [Theory]
    [InlineData("""{"name":"x","content":{"patterns":["a"]},"plans":["p"],"teritories":["IN"]}""", "$.teritories")]
    [InlineData("""{"name":"x","content":{"patterns":["a"]},"plans":["p"],"opens":"2026-06-01T00:00:00"}""", "$.opens")]
    [InlineData("""{"name":"x","content":{"patterns":["a"]},"plans":["p"],"opens":1780000000000}""", "$.opens")]
    [InlineData("""{"name":"x","content":{"patterns":["a"]},"plans":null}""", "$.plans")]
    [InlineData("""{"name":"x","name":"y","content":{"patterns":["a"]},"plans":["p"]}""", null)]
    [InlineData("""{"name":"x","content":{"patterns":["a"]},"plans":["p"],"model":7}""", "$.model")]
    [InlineData("""{"id":"other","name":"x","content":{"patterns":["a"]},"plans":["p"]}""", "$.id")]
    [InlineData("""{"content":{"patterns":["a"]},"plans":["p"]}""", "$")]
    [InlineData("[]", "$")]
    [InlineData("{", null)]
    [InlineData("", null)]
    public async Task What_cannot_be_a_deal_is_refused_with_its_place(string body, string? path)
    {
        await using var server = await RightsServer.StartAsync();
        var answer = await server.SendAsync("PUT", "/rights/deals/x", body);
        Assert.Equal((400, "rights.invalid"), Code(answer));
        if (path is not null) Assert.Equal(path, answer.Json.GetProperty("errors")[0].GetProperty("path").GetString());
        Assert.DoesNotContain("DrmHub.Vault", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lists_are_filtered_and_paged()
    {
        await using var server = await RightsServer.StartAsync();
        for (var i = 0; i < 7; i++) await server.SendAsync("PUT", $"/rights/deals/d{i}", Khoj.Replace("khoj-*", $"t{i}*", StringComparison.Ordinal).Replace("Khoj", i % 2 == 0 ? "even" : "odd", StringComparison.Ordinal));
        await server.SendAsync("PUT", "/rights/subscribers/a", """{"subscriptions":[{"plan":"premium"}]}""");
        await server.SendAsync("PUT", "/rights/subscribers/b", """{"status":"Suspended"}""");

        Assert.Equal(["d3"], Ids(await server.SendAsync("GET", "/rights/deals?content=t3-1")));
        Assert.Empty(Ids(await server.SendAsync("GET", "/rights/deals?territory=US")));
        Assert.Equal(7, Ids(await server.SendAsync("GET", "/rights/deals?territory=IN&plan=premium")).Count);
        Assert.Equal(["b"], Ids(await server.SendAsync("GET", "/rights/subscribers?status=suspended")));
        Assert.Equal(["a"], Ids(await server.SendAsync("GET", "/rights/subscribers?plan=premium")));
        var first = await server.SendAsync("GET", "/rights/deals?limit=4");
        Assert.Equal(["d0", "d1", "d2", "d3"], Ids(first));
        var second = await server.SendAsync("GET", $"/rights/deals?limit=4&cursor={first.Json.GetProperty("next").GetString()}");
        Assert.Equal(["d4", "d5", "d6"], Ids(second));
        Assert.False(second.Json.TryGetProperty("next", out _));
        foreach (var query in (string[])["limit=0", "limit=1001", "limit=x", "licencor=x", "plan=a&plan=b"]) Assert.Equal(400, (await server.SendAsync("GET", "/rights/deals?" + query)).Status);
    }

    [Fact]
    public async Task Parts_of_a_subscriber_have_addresses_of_their_own()
    {
        await using var server = await RightsServer.StartAsync();
        Assert.Equal(200, (await server.SendAsync("PUT", "/rights/subscriptions/asha/premium", """{"until":"2027-01-01T00:00:00Z"}""")).Status);
        Assert.Equal(200, (await server.SendAsync("PUT", "/rights/purchases/asha/films/khoj-1", "{}")).Status);
        Assert.Equal(200, (await server.SendAsync("PUT", "/rights/rentals/asha/collection:season-1", """{"from":"2026-06-01T00:00:00Z"}""")).Status);
        Assert.Equal(200, (await server.SendAsync("PUT", "/rights/devices/asha/tv", """{"revoked":true}""")).Status);
        Assert.Equal((400, "rights.invalid"), Code(await server.SendAsync("PUT", "/rights/rentals/asha/khoj-1", "{}")));

        var asha = (await server.Store.FindSubscriberAsync("asha"))!;
        Assert.Equal(new Subscription("premium", null, 1_798_761_600_000), Assert.Single(asha.Subscriptions));
        Assert.Equal("films/khoj-1", Assert.Single(asha.Purchases).Content);
        Assert.Equal((null, "season-1"), (Assert.Single(asha.Rentals).Content, asha.Rentals[0].Collection));
        Assert.True(Assert.Single(asha.Devices).Revoked);
        var listed = await server.SendAsync("GET", "/rights/subscriptions?subscriber=asha");
        Assert.Equal("premium", listed.Json.GetProperty("items")[0].GetProperty("item").GetProperty("plan").GetString());

        Assert.Equal((412, "rights.changed"), Code(await server.SendAsync("DELETE", "/rights/subscriptions/asha/premium", ifMatch: "\"1\"")));
        Assert.Equal(200, (await server.SendAsync("DELETE", "/rights/subscriptions/asha/premium", ifMatch: listed.Tag)).Status);
        Assert.Equal(404, (await server.SendAsync("DELETE", "/rights/subscriptions/asha/premium")).Status);
        Assert.Empty((await server.Store.FindSubscriberAsync("asha"))!.Subscriptions);
    }

    [Fact]
    public async Task A_batch_is_taken_whole_or_not_at_all_and_names_the_line()
    {
        await using var server = await RightsServer.StartAsync();
        var good = string.Join('\n', Enumerable.Range(0, 2500).Select(i => $$"""{"id":"s{{i:0000}}","subscriptions":[{"plan":"premium"}]}"""));
        var bad = await server.SendAsync("POST", "/rights/subscribers", good + "\n\n{\"id\":\"x\",\"purchases\":[{}]}\n", type: Lines);
        Assert.Equal((400, "rights.invalid", 2502), (bad.Status, bad.Code, bad.Json.GetProperty("line").GetInt32()));
        var twice = await server.SendAsync("POST", "/rights/subscribers", good + "\n{\"id\":\"s0007\"}", type: Lines);
        Assert.Equal((400, 2501), (twice.Status, twice.Json.GetProperty("line").GetInt32()));
        Assert.Empty(Ids(await server.SendAsync("GET", "/rights/subscribers")));
        Assert.Empty((await server.Audit.QueryAsync(new AuditQuery())).Entries);

        var taken = await server.SendAsync("POST", "/rights/subscribers", good, type: Lines);
        Assert.Equal((200, 2500), (taken.Status, taken.Json.GetProperty("created").GetInt32()));
        Assert.Equal(2500, (await server.SendAsync("POST", "/rights/subscribers", good, type: Lines)).Json.GetProperty("unchanged").GetInt32());
        Assert.Equal(415, (await server.SendAsync("POST", "/rights/subscribers", good)).Status);
        var count = 0;
        await foreach (var record in server.Audit.ReadAsync(new AuditQuery { Kind = AuditKind.RightsChanged })) count += record.Pseudonym is null ? 0 : 1;
        Assert.Equal(2500, count);
    }

    [Fact]
    public async Task What_is_exported_comes_back_the_same()
    {
        await using var server = await RightsServer.StartAsync();
        await server.SendAsync("PUT", "/rights/deals/khoj", Khoj);
        await server.SendAsync("PUT", "/rights/plans/premium", """{"name":"प्रीमियम","maxStreams":2}""");
        await server.SendAsync("PUT", "/rights/titles/khoj-1", """{"name":"Khoj 1","collections":["c"]}""");
        await server.SendAsync("PUT", "/rights/collections/c", """{"name":"C","content":{"patterns":["c-*"]}}""");
        await server.SendAsync("PUT", "/rights/takedowns/t", """{"content":{"collections":["c"]},"territories":["US"]}""");
        await server.SendAsync("PUT", "/rights/revocations/own", """{"systemIds":[7,3],"certificateSerials":["0A"]}""");
        await server.SendAsync("PUT", "/rights/subscribers/asha", """{"rentals":[{"content":"khoj-1","from":"2026-06-01T00:00:00.5Z"}]}""");
        var exported = (await server.SendAsync("GET", "/rights/export")).Text;
        Assert.Equal(7, exported.TrimEnd().Split('\n').Length);

        await using var other = await RightsServer.StartAsync();
        Assert.Equal(7, (await other.SendAsync("POST", "/rights/import", exported, type: Lines)).Json.GetProperty("created").GetInt32());
        Assert.Equal(exported, (await other.SendAsync("GET", "/rights/export")).Text);
        Assert.Equal(7, (await other.SendAsync("POST", "/rights/import", exported, type: Lines)).Json.GetProperty("unchanged").GetInt32());
        Assert.Equal((400, 1), (await other.SendAsync("POST", "/rights/import", """{"kind":"deel","document":{}}""", type: Lines)) is var wrong ? (wrong.Status, wrong.Json.GetProperty("line").GetInt32()) : default);
    }

    [Fact]
    public async Task Readers_do_not_write_and_strangers_do_not_read()
    {
        await using var server = await RightsServer.StartAsync();
        foreach (var path in (string[])["/rights/deals", "/rights/deals/x", "/rights/export", "/rights/subscriptions", "/rights/subscribers/x"])
        {
            Assert.Equal(401, (await server.SendAsync("GET", path, role: "")).Status);
            Assert.Equal(403, (await server.SendAsync("GET", path, role: "audit.read")).Status);
        }

        Assert.Equal(403, (await server.SendAsync("PUT", "/rights/deals/x", Khoj, role: "rights.read")).Status);
        Assert.Equal(403, (await server.SendAsync("DELETE", "/rights/deals/x", role: "rights.read")).Status);
        Assert.Equal(403, (await server.SendAsync("POST", "/rights/import", "", role: "rights.read", type: Lines)).Status);
        Assert.Equal(403, (await server.SendAsync("PUT", "/rights/subscriptions/a/b", "{}", role: "rights.read")).Status);
    }

    [Fact]
    public async Task Decide_explains_and_is_not_in_the_log()
    {
        await using var server = await RightsServer.StartAsync();
        await server.Store.PutDealAsync(new Deal { Id = "khoj", Name = "Khoj", Content = new ContentSelector { Patterns = ["khoj-*"] }, Plans = new HashSet<string> { "premium" }, Territories = new HashSet<string> { "IN" } });
        await server.Store.PutSubscriberAsync(new Subscriber { Id = "asha", Subscriptions = [new Subscription("premium")] });
        var entries = (await server.Audit.QueryAsync(new AuditQuery())).Entries.Count;

        var granted = await server.SendAsync("POST", "/rights/decide", """{"content":"khoj-1","subscriber":"asha","country":"IN","level":"Software"}""");
        Assert.True(granted.Json.GetProperty("granted").GetBoolean());
        Assert.Contains("Khoj", granted.Text, StringComparison.Ordinal);
        Assert.Equal("deal.territory", Reason(await server.SendAsync("POST", "/rights/decide", """{"content":"khoj-1","subscriber":"asha","country":"US"}""")));
        Assert.Equal("deal.closed", Reason(await server.SendAsync("POST", "/rights/decide", """{"content":"khoj-1","subscriber":"asha","country":"IN","draft":{"takedowns":[{"id":"t","content":{"patterns":["*"]}}]}}""")));
        Assert.Equal("deal.none", Reason(await server.SendAsync("POST", "/rights/decide", """{"content":"khoj-1","subscriber":"asha","country":"IN","draft":{"removed":[{"kind":"deal","id":"khoj"}]}}""")));
        Assert.Equal("entitlement.suspended", Reason(await server.SendAsync("POST", "/rights/decide", """{"content":"khoj-1","as":{"id":"x","status":"Suspended"},"country":"IN"}""")));
        Assert.Equal((400, "rights.invalid"), Code(await server.SendAsync("POST", "/rights/decide", """{"content":"khoj-1","country":"India"}""")));
        Assert.Equal(entries, (await server.Audit.QueryAsync(new AuditQuery())).Entries.Count);
    }

    private static (int, string?) Code(RightsServer.Answer answer) => (answer.Status, answer.Code);

    private static string? Reason(RightsServer.Answer answer) => answer.Json.GetProperty("reason").GetString();

    private static List<string?> Ids(RightsServer.Answer answer) => [.. answer.Json.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("id").GetString())];
}
