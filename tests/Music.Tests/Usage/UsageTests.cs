using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using DrmHub.Testing;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Rights;
using Microsoft.Extensions.Time.Testing;

namespace DrmHub.Music.Tests.Usage;

public sealed class UsageTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private static readonly DateTimeOffset s_noon = new(2026, 3, 10, 12, 0, 0, TimeSpan.Zero);
    private readonly FakeTimeProvider _time = new(s_noon);

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Plays_become_a_report_whose_rows_lead_to_licences_and_deals(bool onPostgres)
    {
        Skip.If(onPostgres && postgres.Reason is not null, postgres.Reason);
        await using var door = await OpenAsync(onPostgres ? await postgres.CreateDatabaseAsync() : null);
        await LicenseAsync(door, "alice", "rec-1", "d-sub", "IN");
        await LicenseAsync(door, "bob", "rec-1", "d-free", "LK");
        _time.Advance(TimeSpan.FromHours(1));
        var started = s_noon.AddMinutes(1);
        Assert.Equal("Added", await PlayAsync(door, "alice", "p1", started, 45_000));
        Assert.Equal("Duplicate", await PlayAsync(door, "alice", "p1", started, 45_000));
        Assert.Equal("Extended", await PlayAsync(door, "alice", "p1", started, 200_000, completed: true));
        Assert.Equal("Added", await PlayAsync(door, "alice", "p2", started.AddMinutes(5), 10_000)); // Too short.
        Assert.Equal("Added", await PlayAsync(door, "alice", "p3", started.AddMinutes(6), 40_000, offline: true));
        Assert.Equal("Added", await PlayAsync(door, "bob", "p1", started, 31_000));
        Assert.Equal("Unlicensed", await PlayAsync(door, "carol", "p1", started, 60_000));

        var report = await door.Http.GetAsync("/music/reports/PADPIDA2099010101X?from=2026-03&currency=INR&revenue=SubscriptionModel/IN=12.50");
        Assert.Equal("DSR_PADPIDA2099010101X_PADPIDA2099010102V_DrmHub_2026-03_multi_1of1_20260310T130000.tsv", report.Content.Headers.ContentDisposition!.FileName);
        var lines = (await report.Content.ReadAsStringAsync()).TrimEnd('\n').Split('\n').Select(line => line.Split('\t')).ToList();
        Assert.Equal(["HEAD", "SY02.02", "SY02.02", "SY02.02", "AS02.02", "SU02", "SU02", "SU02", "FOOT"], lines.Select(cells => cells[0]));
        Dictionary<string, int> cells = new() { ["HEAD"] = 16, ["SY02.02"] = 22, ["AS02.02"] = 22, ["SU02"] = 10, ["FOOT"] = 6 };
        Assert.All(lines, line => Assert.Equal(cells[line[0]], line.Length));
        Assert.Equal("9", lines[^1][1]);
        Assert.Equal("3", lines[^1][3]);
        Assert.Equal("Kaveri / One", lines[4][5]); // A bar would begin another value.
        Assert.Equal("PT3M20S", lines[4][9]);
        Assert.Equal(["1", "1", "1"], lines.Where(line => line[0] == "SU02").Select(line => line[7]));
        Assert.Contains(lines, line => line[0] == "SY02.02" && line[4] == "SubscriptionModel" && line[5] == "ConditionalDownload" && line[6] == "IN");
        Assert.Contains(lines, line => line[0] == "SY02.02" && line[4] == "AdvertisementSupportedModel" && line[6] == "LK");
        Assert.Equal(["0.00", "6.25", "6.25"], lines.Where(line => line[0] == "SY02.02").Select(line => line[11])); // What was said is shared out, not said twice.

        var trace = await door.Http.GetFromJsonAsync<JsonElement>("/music/reports/PADPIDA2099010101X/trace?from=2026-03");
        Assert.Equal(1, trace.GetProperty("leftOut").GetProperty("too short to count").GetInt32());
        Assert.Equal(1, trace.GetProperty("leftOut").GetProperty("without a licence").GetInt32());
        var log = (await door.Vault.EntriesAsync()).ToDictionary(entry => entry.Index);
        foreach (var row in trace.GetProperty("rows").EnumerateArray())
        {
            Assert.Contains(lines, line => line[0] == "SU02" && line[3] == row.GetProperty("transactionId").GetString());
            foreach (var licence in row.GetProperty("licences").EnumerateArray())
            {
                var entry = log[licence.GetProperty("licenseIndex").GetInt64()];
                Assert.Equal(AuditKind.LicenseGranted, entry.Kind);
                Assert.Equal("rec-1", entry.ContentId);
                Assert.Equal(licence.GetProperty("deal").GetString(), entry.Deal);
                Assert.Contains(door.Vault.Rights.Deals, deal => deal.Id == entry.Deal);
            }
        }
    }

    [Fact]
    public async Task Two_runs_over_the_same_plays_say_the_same_under_the_same_ids()
    {
        await using var door = await OpenAsync();
        await LicenseAsync(door, "alice", "rec-1", "d-sub", "IN");
        _time.Advance(TimeSpan.FromHours(1));
        await PlayAsync(door, "alice", "p1", s_noon.AddMinutes(1), 45_000);
        var first = await door.Http.GetStringAsync("/music/reports/PADPIDA2099010101X?from=2026-03");
        var second = await door.Http.GetStringAsync("/music/reports/PADPIDA2099010101X?from=2026-03");
        Assert.Equal(first, second);
        Assert.Contains(await door.Vault.EntriesAsync(), entry => entry.Kind == AuditKind.Export && entry.Details["action"] == "usage.report");
    }

    [Fact]
    public async Task A_late_play_counts_under_a_deal_that_is_gone_meanwhile()
    {
        await using var door = await OpenAsync();
        await LicenseAsync(door, "alice", "rec-1", "d-sub", "IN");
        _time.Advance(TimeSpan.FromHours(1));
        await PlayAsync(door, "alice", "p0", s_noon.AddMinutes(1), 45_000);
        await door.Vault.Rights.ChangeAsync([RightsChange.Delete(RightsKinds.Deals, "d-sub")], RightsActor.Hub);
        _time.Advance(TimeSpan.FromDays(20));
        Assert.Equal("Added", await PlayAsync(door, "alice", "p1", s_noon.AddDays(3), 60_000, offline: true));
        var trace = await door.Http.GetFromJsonAsync<JsonElement>("/music/reports/PADPIDA2099010101X/trace?from=2026-03");
        Assert.Equal(2, trace.GetProperty("rows").EnumerateArray().Sum(row => row.GetProperty("streams").GetInt32()));
    }

    [Fact]
    public async Task Plays_that_cannot_be_are_refused_each_by_itself()
    {
        await using var door = await OpenAsync();
        await LicenseAsync(door, "alice", "rec-1", "d-sub", "IN");
        var answer = await PostAsync(door, "alice", new object[]
        {
            new { id = "ok", content = "rec-1", started = s_noon, playedMs = 0 },
            new { id = "future", content = "rec-1", started = s_noon.AddHours(1), playedMs = 0 },
            new { id = "past", content = "rec-1", started = s_noon.AddDays(-100), playedMs = 0 },
            new { id = "long", content = "rec-1", started = s_noon, playedMs = 3_600_000 },
            new { id = "unknown", content = "rec-9", started = s_noon, playedMs = 0 },
            new { id = "bad id!", content = "rec-1", started = s_noon, playedMs = 0 },
        });
        var results = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("plays").EnumerateArray().Select(play => play.GetProperty("result").GetString());
        Assert.Equal(["Added", "Refused", "Refused", "Refused", "Refused", "Refused"], results);
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(door, "alice", [])).StatusCode);
        using var stranger = door.Stranger();
        Assert.Equal(HttpStatusCode.Unauthorized, (await stranger.PostAsJsonAsync("/music/plays", new { plays = new[] { new { id = "p", content = "rec-1", started = s_noon } } })).StatusCode);
    }

    [Fact]
    public async Task Two_listeners_may_use_one_id_and_a_forgotten_one_still_counts()
    {
        await using var door = await OpenAsync();
        await LicenseAsync(door, "alice", "rec-1", "d-sub", "IN");
        await LicenseAsync(door, "bob", "rec-1", "d-sub", "IN");
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal("Added", await PlayAsync(door, "alice", "same", s_noon.AddMinutes(1), 45_000));
        Assert.Equal("Added", await PlayAsync(door, "bob", "same", s_noon.AddMinutes(1), 45_000));
        Assert.Equal(HttpStatusCode.NoContent, (await door.Http.DeleteAsync("/music/plays?subscriber=alice")).StatusCode);
        var trace = await door.Http.GetFromJsonAsync<JsonElement>("/music/reports/PADPIDA2099010101X/trace?from=2026-03");
        Assert.Equal(2, trace.GetProperty("rows")[0].GetProperty("streams").GetInt32());
        Assert.Equal("Added", await PlayAsync(door, "alice", "same", s_noon.AddMinutes(1), 45_000)); // Nobody knows any more that it was alice.
    }

    [Theory]
    [InlineData("from=2026-13")]
    [InlineData("from=2026-03-10&until=2026-03-09")]
    [InlineData("from=2026-03-10")]
    [InlineData("from=2026-03&currency=rupees")]
    [InlineData("from=2026-03&revenue=12")]
    [InlineData("")]
    public async Task A_report_has_a_period_and_amounts_that_can_be_read(string query)
    {
        await using var door = await OpenAsync();
        Assert.Equal(HttpStatusCode.BadRequest, (await door.Http.GetAsync($"/music/reports/x?{query}")).StatusCode);
    }

    private async Task<MusicDoor> OpenAsync(string? postgreSql = null)
    {
        var door = await MusicDoor.OpenAsync(
            _time,
            options =>
            {
                options.Ddex.PartyId = "PADPIDA2099010102V";
                options.AuthenticatePlayer = (http, _) => ValueTask.FromResult(http.Request.Headers["X-Player"].ToString() is { Length: > 0 } name ? new MusicPlayerAnswer(new MusicPlayer(name, null, null)) : new MusicPlayerAnswer(null, "token.missing"));
            },
            postgreSql);
        await door.PutAsync("/music/recordings/rec-1", new { licensor = "PADPIDA2099010101X", isrc = "ZZABC9900001", durationMs = 200_000, titles = new[] { new { value = "Kaveri | One" } }, displayArtists = new[] { new { value = "Somebody" } }, contributors = new[] { new { name = "C1", role = "Composer" }, new { name = "C2", role = "Lyricist" } } });
        await door.Vault.Rights.PutDealAsync(new Deal { Id = "d-sub", Name = "Subscription", Licensor = "PADPIDA2099010101X", Plans = new HashSet<string> { "premium" }, Content = new ContentSelector { Patterns = ["rec-1"] } });
        await door.Vault.Rights.PutDealAsync(new Deal { Id = "d-free", Name = "Free", Licensor = "PADPIDA2099010101X", Model = CommercialModel.Free, Content = new ContentSelector { Patterns = ["rec-1"] } });
        return door;
    }

    private static Task<long> LicenseAsync(MusicDoor door, string subscriber, string content, string deal, string country) =>
        door.Vault.Audit.AppendAsync(new AuditEntry { Kind = AuditKind.LicenseGranted, Subject = subscriber, ContentId = content, Deal = deal, Country = country });

    private static async Task<string> PlayAsync(MusicDoor door, string player, string id, DateTimeOffset started, long playedMs, bool completed = false, bool offline = false)
    {
        var answer = await PostAsync(door, player, [new { id, content = "rec-1", started, playedMs, completed, offline, quality = "high" }]);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("plays")[0].GetProperty("result").GetString()!;
    }

    private static async Task<HttpResponseMessage> PostAsync(MusicDoor door, string player, IReadOnlyList<object> plays)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/music/plays") { Content = JsonContent.Create(new { plays }), Headers = { { "X-Player", player } } };
        return await door.Http.SendAsync(request);
    }
}
