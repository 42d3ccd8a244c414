using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using DrmHub.Cenc;
using DrmHub.Vault.Audit;

namespace DrmHub.Vault.Tests.Audit;

public sealed class AuditApiTests
{
    [Fact]
    public async Task Entries_are_for_readers_of_the_log_and_nobody_else()
    {
        await using var store = await AuditStore.CreateAsync("sqlite");
        var log = await store.OpenAsync();
        await using var server = await AuditServer.StartAsync(log);
        await log.AppendAsync(new AuditEntry { Kind = AuditKind.KeysIssued, Actor = "widevine_test", ContentId = "demo-title" });

        Assert.Equal(HttpStatusCode.Unauthorized, (await server.Anonymous.GetAsync("/audit/entries")).StatusCode);
        var page = await server.Reader.GetFromJsonAsync<JsonElement>("/audit/entries?content=demo-title&kind=keys.issued&limit=5");

        var item = Assert.Single(page.GetProperty("entries").EnumerateArray());
        Assert.Equal(0, item.GetProperty("index").GetInt64());
        Assert.Equal("widevine_test", item.GetProperty("entry").GetProperty("actor").GetString());
        Assert.Equal(1, page.GetProperty("complete").GetInt64());
    }

    [Fact]
    public async Task Counts_answer_the_questions_of_a_rights_team()
    {
        await using var store = await AuditStore.CreateAsync("sqlite");
        var log = await store.OpenAsync();
        await using var server = await AuditServer.StartAsync(log);
        AuditKey Key(string track, bool granted) => new(KeyId.Parse("00112233445566778899aabbccddeeff"), track, granted);
        await log.AppendAllAsync(
        [
            new AuditEntry { Kind = AuditKind.LicenseGranted, Country = "IN", SecurityLevel = "Hardware", Keys = [Key("AUDIO", true), Key("HD", true)] },
            new AuditEntry { Kind = AuditKind.LicenseGranted, Country = "IN", SecurityLevel = "Software", Keys = [Key("AUDIO", true), Key("HD", false)] },
            new AuditEntry { Kind = AuditKind.LicenseRefused, Country = "DE", ReasonCode = "deal.territory" },
            new AuditEntry { Kind = AuditKind.LicenseRefused, Country = "DE", ReasonCode = "deal.territory" },
            new AuditEntry { Kind = AuditKind.LicenseRefused, Country = "=1+1", ReasonCode = "entitlement.none" },
            new AuditEntry { Kind = AuditKind.RightsChanged, Actor = "alice", Deal = "d1" },
        ]);
        await log.QueryAsync(new AuditQuery());

        Assert.Equal([("deal.territory", 2), ("entitlement.none", 1)], await CountsAsync("by=reason&kind=license.refused"));
        Assert.Equal([("AUDIO", 2), ("HD", 1)], await CountsAsync("by=track&kind=license.granted"));
        Assert.Equal([("alice", 1)], await CountsAsync("by=actor&kind=rights.changed&deal=d1"));
        Assert.Equal([("IN", 2)], await CountsAsync("by=country&kind=license.granted"));
        var csv = await server.Reader.GetStringAsync("/audit/counts?by=country&kind=license.refused&format=csv");
        Assert.Equal("country,entries\r\nDE,2\r\n'=1+1,1\r\n", csv);
        foreach (var wrong in new[] { "", "by=nonsense", "by=reason&format=xml", "by=reason&limit=5", "by=reason&nonsense=1" })
            Assert.Equal(HttpStatusCode.BadRequest, (await server.Reader.GetAsync("/audit/counts?" + wrong)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await server.Anonymous.GetAsync("/audit/counts?by=reason")).StatusCode);

        async Task<List<(string?, int)>> CountsAsync(string query) =>
            [.. (await server.Reader.GetFromJsonAsync<JsonElement>("/audit/counts?" + query)).GetProperty("counts").EnumerateArray().Select(count => (count.GetProperty("value").GetString(), count.GetProperty("entries").GetInt32()))];
    }

    [Fact]
    public async Task A_device_is_found_with_its_subscriber_and_links_nobody_else()
    {
        await using var store = await AuditStore.CreateAsync("sqlite");
        var log = await store.OpenAsync();
        await using var server = await AuditServer.StartAsync(log);
        await log.AppendAllAsync(
        [
            new AuditEntry { Kind = AuditKind.LicenseGranted, Subject = "one", DeviceId = "tv" }, new AuditEntry { Kind = AuditKind.LicenseGranted, Subject = "one", DeviceId = "phone" },
            new AuditEntry { Kind = AuditKind.LicenseGranted, Subject = "two", DeviceId = "tv" }, new AuditEntry { Kind = AuditKind.LicenseGranted, Subject = "one" },
        ]);
        var all = (await log.QueryAsync(new AuditQuery())).Entries.OrderBy(entry => entry.Index).ToList();
        Assert.Equal(3, all.Select(entry => entry.DevicePseudonym).OfType<string>().Distinct().Count());
        var found = await server.Reader.GetFromJsonAsync<JsonElement>("/audit/entries?subject=one&device=tv");
        Assert.Equal(0, Assert.Single(found.GetProperty("entries").EnumerateArray()).GetProperty("index").GetInt64());
        Assert.Equal(HttpStatusCode.BadRequest, (await server.Reader.GetAsync("/audit/entries?device=tv")).StatusCode);
        await log.Duties.EraseAsync("one", "operator");
        Assert.Empty((await server.Reader.GetFromJsonAsync<JsonElement>("/audit/entries?subject=one&device=tv")).GetProperty("entries").EnumerateArray());
    }

    [Fact]
    public async Task Grants_are_answered_in_pages_with_their_proofs()
    {
        await using var store = await AuditStore.CreateAsync("sqlite");
        var log = await store.OpenAsync();
        await using var server = await AuditServer.StartAsync(log);
        await log.AppendAllAsync([.. Enumerable.Range(0, 30).Select(i => new AuditEntry { Kind = i % 3 == 0 ? AuditKind.LicenseRenewed : AuditKind.LicenseGranted, ContentId = "film", Country = "IN" })]);
        await AuditTreeTests.HeadAsync(log, 30);
        var indexes = new List<long>();
        for (var cursor = ""; ;)
        {
            var page = await server.Reader.GetFromJsonAsync<JsonElement>("/audit/licensed?content=film&country=IN&limit=7" + cursor);
            Assert.True(page.GetProperty("licensed").GetBoolean());
            indexes.AddRange(page.GetProperty("grants").EnumerateArray().Select(grant => grant.GetProperty("index").GetInt64()));
            var proof = await server.Anonymous.GetStringAsync("/audit/" + page.GetProperty("grants")[0].GetProperty("proof").GetString());
            Assert.StartsWith("c2sp.org/tlog-proof@v1", proof, StringComparison.Ordinal);
            if (page.GetProperty("next").GetString() is not { } next) break;
            cursor = "&cursor=" + next;
        }

        Assert.Equal(Enumerable.Range(0, 30).Select(i => (long)i).Reverse(), indexes);
        Assert.False((await server.Reader.GetFromJsonAsync<JsonElement>("/audit/licensed?content=film&country=DE")).GetProperty("licensed").GetBoolean());
    }

    [Theory]
    [InlineData("limit=0")]
    [InlineData("limit=abc")]
    [InlineData("kind=nonsense")]
    [InlineData("system=nonsense")]
    [InlineData("from=yesterday")]
    [InlineData("cursor=%00")]
    [InlineData("pseudonym=xyz")]
    [InlineData("contnet=demo-title")]
    [InlineData("content=a&content=b")]
    public async Task A_question_that_is_not_understood_is_refused_with_a_code(string filter)
    {
        await using var store = await AuditStore.CreateAsync("sqlite");
        await using var server = await AuditServer.StartAsync(await store.OpenAsync());

        var answer = await server.Reader.GetAsync("/audit/entries?" + filter);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal("request.invalid", (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString());
    }
}
