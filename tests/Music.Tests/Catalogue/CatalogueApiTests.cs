using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using DrmHub.Testing;

namespace DrmHub.Music.Tests.Catalogue;

public sealed class CatalogueApiTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private static readonly object s_recording = new { titles = new[] { new { value = "Test" } }, isrc = "QZXAA2900001", licensor = "label-a" };

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_item_comes_back_as_it_went_in_with_its_version_as_the_etag(bool onPostgres)
    {
        await using var door = await OpenAsync(onPostgres);
        var put = await door.Http.PutAsJsonAsync("/music/recordings/rec-1", s_recording);
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        Assert.Equal("\"1\"", put.Headers.ETag!.Tag);
        var got = await door.Http.GetAsync("/music/recordings/rec-1");
        var body = await got.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("Test", body.GetProperty("titles")[0].GetProperty("value").GetString());
        Assert.Equal(1, body.GetProperty("version").GetInt64());
        using var again = new HttpRequestMessage(HttpMethod.Get, "/music/recordings/rec-1") { Headers = { { "If-None-Match", "\"1\"" } } };
        Assert.Equal(HttpStatusCode.NotModified, (await door.Http.SendAsync(again)).StatusCode);
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_lost_change_is_refused(bool onPostgres)
    {
        await using var door = await OpenAsync(onPostgres);
        await door.PutAsync("/music/recordings/rec-1", s_recording);
        await door.PutAsync("/music/recordings/rec-1", s_recording);
        var stale = await SendAsync(door, "If-Match", "\"1\"");
        Assert.Equal(HttpStatusCode.PreconditionFailed, stale.StatusCode);
        Assert.Equal("catalogue.version", await MusicDoor.CodeAsync(stale));
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await SendAsync(door, "If-None-Match", "*")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(door, "If-Match", "\"2\"")).StatusCode);
    }

    [Fact]
    public async Task A_wrong_item_is_refused_with_everything_that_is_wrong()
    {
        await using var door = await MusicDoor.OpenAsync();
        var answer = await door.Http.PutAsJsonAsync("/music/recordings/rec-1", new { titles = Array.Empty<object>(), isrc = "QZ-XAA-29-00001", durationMs = -1 });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("catalogue.invalid", problem.GetProperty("code").GetString());
        Assert.Equal(3, problem.GetProperty("errors").GetArrayLength());
        Assert.Equal(HttpStatusCode.NotFound, (await door.Http.GetAsync("/music/recordings/rec-1")).StatusCode);
    }

    [Theory]
    [InlineData("""{"titles":[{"value":"A"}],"durationMS":3}""", "durationMS")]
    [InlineData("""{"titles":[{"value":"A"}],"titles":[]}""", "")]
    [InlineData("""{"titles":[{"value":null}]}""", "")]
    [InlineData("""{"titles":null}""", "")]
    [InlineData("""{"titles":[{"value":"A"}""", "")]
    [InlineData("null", "")]
    [InlineData("[]", "")]
    public async Task What_is_no_recording_is_malformed(string body, string named)
    {
        await using var door = await MusicDoor.OpenAsync();
        var answer = await door.Http.PutAsync("/music/recordings/rec-1", new StringContent(body, Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.Contains(named, text, StringComparison.Ordinal);
        Assert.DoesNotContain("DrmHub.Music", text, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_release_opens_up_into_tracks_recordings_and_renditions(bool onPostgres)
    {
        await using var door = await OpenAsync(onPostgres);
        await door.PutAsync("/music/recordings/rec-1", s_recording);
        await door.PutAsync("/music/releases/rel-1", new { upc = "012345678905", titles = new[] { new { value = "Album" } } });
        await door.PutAsync("/music/tracks/trk-2", new { releaseId = "rel-1", recordingId = "rec-1", number = 2 });
        await door.PutAsync("/music/tracks/trk-1", new { releaseId = "rel-1", recordingId = "rec-1", number = 1 });
        await door.PutAsync("/music/renditions/ren-1", new { ownerId = "rec-1", quality = "High", codec = "mp4a.40.2", bitrate = 256000, contentId = "rec-1", scheme = "cbcs", keyIds = new[] { "00112233445566778899aabbccddeeff" } });
        var tracks = await door.Http.GetFromJsonAsync<JsonElement>("/music/releases/rel-1/tracks");
        Assert.Equal(["trk-1", "trk-2"], tracks.EnumerateArray().Select(view => view.GetProperty("track").GetProperty("id").GetString()));
        Assert.Equal("High", tracks[0].GetProperty("renditions")[0].GetProperty("quality").GetString());
        Assert.Equal("rec-1", tracks[0].GetProperty("recording").GetProperty("id").GetString());
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_others_name_stays_and_what_is_named_must_exist(bool onPostgres)
    {
        await using var door = await OpenAsync(onPostgres);
        await door.PutAsync("/music/recordings/rec-1", s_recording);
        await door.PutAsync("/music/releases/rel-1", new { titles = new[] { new { value = "Album" } } });
        await door.PutAsync("/music/tracks/trk-1", new { releaseId = "rel-1", recordingId = "rec-1", number = 1 });
        Assert.Equal("catalogue.in_use", await MusicDoor.CodeAsync(await door.Http.DeleteAsync("/music/recordings/rec-1")));
        Assert.Equal("catalogue.in_use", await MusicDoor.CodeAsync(await door.Http.DeleteAsync("/music/releases/rel-1")));
        var orphan = await door.Http.PutAsJsonAsync("/music/tracks/trk-2", new { releaseId = "rel-9", recordingId = "rec-1", number = 1 });
        Assert.Equal("catalogue.reference", await MusicDoor.CodeAsync(orphan));
        Assert.Equal(HttpStatusCode.NoContent, (await door.Http.DeleteAsync("/music/tracks/trk-1")).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await door.Http.DeleteAsync("/music/recordings/rec-1")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await door.Http.DeleteAsync("/music/recordings/rec-1")).StatusCode);
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Two_licensors_may_deliver_one_isrc_but_one_may_not_deliver_it_twice(bool onPostgres)
    {
        await using var door = await OpenAsync(onPostgres);
        await door.PutAsync("/music/recordings/rec-1", s_recording);
        await door.PutAsync("/music/recordings/rec-2", new { titles = new[] { new { value = "Test" } }, isrc = "QZXAA2900001", licensor = "label-b" });
        Assert.Equal(HttpStatusCode.Conflict, (await door.Http.PutAsJsonAsync("/music/recordings/rec-3", s_recording)).StatusCode);
        var both = await door.Http.GetFromJsonAsync<JsonElement>("/music/recordings?isrc=QZXAA2900001");
        Assert.Equal(2, both.GetProperty("items").GetArrayLength());
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_upc_is_found_with_and_without_its_leading_zero(bool onPostgres)
    {
        await using var door = await OpenAsync(onPostgres);
        await door.PutAsync("/music/releases/rel-1", new { upc = "012345678905", titles = new[] { new { value = "Album" } } });
        foreach (var form in (string[])["012345678905", "0012345678905", "12345678905"])
            Assert.Equal(1, (await door.Http.GetFromJsonAsync<JsonElement>($"/music/releases?upc={form}")).GetProperty("items").GetArrayLength());
        Assert.Equal(HttpStatusCode.Conflict, (await door.Http.PutAsJsonAsync("/music/releases/rel-2", new { upc = "0012345678905", titles = new[] { new { value = "Album" } } })).StatusCode);
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Pages_follow_each_other_without_gap_or_overlap(bool onPostgres)
    {
        await using var door = await OpenAsync(onPostgres);
        for (var i = 0; i < 7; i++) await door.PutAsync($"/music/artists/art-{i}", new { names = new[] { new { value = $"Artist {i}" } } });
        var seen = new List<string>();
        string? next = null;
        do
        {
            var page = await door.Http.GetFromJsonAsync<JsonElement>("/music/artists?limit=3" + (next is null ? "" : $"&after={next}"));
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("id").GetString()!));
            next = page.TryGetProperty("next", out var cursor) ? cursor.GetString() : null;
        }
        while (next is not null);
        Assert.Equal(Enumerable.Range(0, 7).Select(i => $"art-{i}"), seen);
        Assert.Equal(HttpStatusCode.BadRequest, (await door.Http.GetAsync("/music/artists?after=%00")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await door.Http.GetAsync("/music/artists?name=x")).StatusCode);
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_import_is_all_or_nothing_and_names_its_lines(bool onPostgres)
    {
        await using var door = await OpenAsync(onPostgres);
        const string Good = """
            {"track":{"id":"trk-1","releaseId":"rel-1","recordingId":"rec-1","number":1}}
            {"release":{"id":"rel-1","titles":[{"value":"Album"}]}}

            {"recording":{"id":"rec-1","titles":[{"value":"Song"}]}}
            """;
        var bad = await door.Http.PostAsync("/music/import", Lines(Good + "\n{\"recording\":{\"id\":\"rec-2\",\"titles\":[]}}\n{\"song\":{}}\n{\"recording\":{\"id\":\"rec-1\",\"titles\":[{\"value\":\"x\"}]}}"));
        var problem = await bad.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("import.invalid", problem.GetProperty("code").GetString());
        Assert.Equal(["Line 5", "Line 6", "Line 7"], problem.GetProperty("errors").EnumerateArray().Select(error => error.GetString()!.Split(':')[0]));
        Assert.Equal(HttpStatusCode.NotFound, (await door.Http.GetAsync("/music/releases/rel-1")).StatusCode);
        var good = await door.Http.PostAsync("/music/import", Lines(Good));
        Assert.Equal(3, (await good.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("stored").GetInt32());
        Assert.Equal(HttpStatusCode.OK, (await door.Http.GetAsync("/music/tracks/trk-1")).StatusCode);
    }

    [Fact]
    public async Task Strangers_get_nothing_and_readers_change_nothing()
    {
        await using var door = await MusicDoor.OpenAsync();
        using var stranger = door.Stranger();
        Assert.Equal(HttpStatusCode.Unauthorized, (await stranger.GetAsync("/music/releases")).StatusCode);
        stranger.DefaultRequestHeaders.Add("X-Roles", "rights.read");
        Assert.Equal(HttpStatusCode.OK, (await stranger.GetAsync("/music/releases")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await stranger.PutAsJsonAsync("/music/recordings/rec-1", s_recording)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await stranger.PostAsync("/music/import", Lines(""))).StatusCode);
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_change_stands_in_the_log(bool onPostgres)
    {
        await using var door = await OpenAsync(onPostgres);
        await door.PutAsync("/music/recordings/rec-1", s_recording);
        await door.Http.DeleteAsync("/music/recordings/rec-1");
        var actions = (await door.Vault.EntriesAsync()).Select(record => record.Details.GetValueOrDefault("action"));
        Assert.Equal(["catalogue.remove", "catalogue.put"], actions);
    }

    private async Task<MusicDoor> OpenAsync(bool onPostgres)
    {
        Skip.If(onPostgres && postgres.Reason is not null, postgres.Reason);
        return await MusicDoor.OpenAsync(postgreSql: onPostgres ? await postgres.CreateDatabaseAsync() : null);
    }

    private static StringContent Lines(string text) => new(text, Encoding.UTF8, "application/x-ndjson");

    private static async Task<HttpResponseMessage> SendAsync(MusicDoor door, string header, string value)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, "/music/recordings/rec-1") { Content = JsonContent.Create(s_recording), Headers = { { header, value } } };
        return await door.Http.SendAsync(request);
    }
}
