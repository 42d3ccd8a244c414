using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace DrmHub.EndToEnd.Tests.Listening;

/// <summary>Licences for a queue and check-ins of devices that play offline, over HTTP against a hub with its demo music.</summary>
public sealed class QueueTests
{
    private static readonly string[] s_queue = ["listen-track-1", "listen-track-2", "listen-track-3", "listen-talk-1", "nothing"];

    [Fact]
    public async Task One_answer_says_what_each_tier_gets_of_each_track_and_one_commit_records_it()
    {
        await using var hub = await HubProcess.StartAsync();
        var expected = new Dictionary<string, (int Keys, string?[] Best, bool Ads)>
        {
            ["demo-free"] = (3, ["low", "low", "low", null, null], true),
            ["demo-premium"] = (7, ["high", "high", "high", "low", null], false),
            ["demo-lossless"] = (10, ["lossless", "lossless", "lossless", "low", null], false),
        };
        foreach (var (subscriber, tier) in expected)
        {
            var token = await hub.TokenAsync("player", "--sub", subscriber);
            var answer = await PostAsync(hub, "/music/licenses", token, new { tracks = s_queue });
            Assert.Equal(tier.Keys, answer.GetProperty("license").GetProperty("keys").GetArrayLength());
            var tracks = answer.GetProperty("tracks").EnumerateArray().ToList();
            Assert.Equal(s_queue, tracks.Select(track => track.GetProperty("id").GetString()));
            Assert.Equal(tier.Best, tracks.Select(track => track.GetProperty("best").GetString()));
            Assert.Equal(tier.Ads, answer.GetProperty("ads").GetBoolean());
            Assert.Equal("content.unknown", tracks[4].GetProperty("reason").GetString());

            // Only granted keys are in the licence, whatever was asked for.
            var granted = tracks.SelectMany(track => track.GetProperty("keys").EnumerateArray()).Where(key => key.GetProperty("granted").GetBoolean()).Select(key => key.GetProperty("keyId").GetString()).Order();
            var given = answer.GetProperty("license").GetProperty("keys").EnumerateArray().Select(key => Hex(key.GetProperty("kid").GetString()!)).Order();
            Assert.Equal(granted, given);
        }

        var operatorToken = await hub.TokenAsync("admin", "--role", "audit.read");
        var entries = await GetAsync(hub, "/audit/entries?kind=license.granted&limit=100", operatorToken);
        Assert.Contains("listen-song-2", entries.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"tracks":[]}""", 400, "challenge.malformed")]
    [InlineData("""{"tracks":null}""", 400, "challenge.malformed")]
    [InlineData("""{"tracks":["a"],"max":"best"}""", 400, "challenge.malformed")]
    [InlineData("""{"tracks":["a"],"use":"steal"}""", 400, "challenge.malformed")]
    [InlineData("""{"tracks":[1]}""", 400, "challenge.malformed")]
    [InlineData("""[]""", 400, "challenge.malformed")]
    [InlineData("""{"tracks":["nothing","../../x"]}""", 404, "content.unknown")]
    public async Task Requests_that_make_no_sense_are_refused_with_a_code(string body, int status, string code)
    {
        await using var hub = await HubProcess.StartAsync();
        using var stranger = await hub.Http.PostAsync("/music/licenses", Json(body));
        Assert.Equal(HttpStatusCode.Unauthorized, stranger.StatusCode);
        var token = await hub.TokenAsync("player", "--sub", "demo-premium");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/music/licenses") { Content = Json(body) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var answer = await hub.Http.SendAsync(request);
        Assert.Equal((status, code), ((int)answer.StatusCode, (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString()));
    }

    [Fact]
    public async Task A_device_keeps_titles_checks_in_and_loses_what_was_taken_from_it()
    {
        await using var hub = await HubProcess.StartAsync(null, "--Music:Offline:MaxTracks=2");
        var free = await hub.TokenAsync("player", "--sub", "demo-free", "--device", "phone");
        var token = await hub.TokenAsync("player", "--sub", "demo-premium", "--device", "phone");
        var nameless = await hub.TokenAsync("player", "--sub", "demo-premium");
        object Download(params string[] tracks) => new { tracks, use = "download" };
        Assert.Equal("entitlement.none", await CodeAsync(hub, "/music/licenses", free, Download("listen-track-1")));
        Assert.Equal("token.invalid", await CodeAsync(hub, "/music/licenses", nameless, Download("listen-track-1")));
        Assert.Equal("device.limit", await CodeAsync(hub, "/music/licenses", token, Download("listen-track-1", "listen-track-2", "listen-track-3")));

        var kept = await PostAsync(hub, "/music/licenses", token, Download("listen-track-1", "listen-track-2"));
        var offline = kept.GetProperty("offline");
        Assert.Equal((2, 2, "phone"), (offline.GetProperty("tracks").GetInt32(), offline.GetProperty("trackLimit").GetInt32(), offline.GetProperty("device").GetString()));
        Assert.Equal("persistent-license", kept.GetProperty("license").GetProperty("type").GetString());
        var serverTime = offline.GetProperty("serverTime").GetDateTimeOffset();
        Assert.InRange((offline.GetProperty("checkInBefore").GetDateTimeOffset() - serverTime).TotalDays, 29.9, 30.1);

        var first = await PostAsync(hub, "/music/checkins", token, new { deviceTime = serverTime });
        Assert.Equal(("ok", 2), (first.GetProperty("clock").GetString(), first.GetProperty("keep").GetArrayLength()));
        var until = first.GetProperty("keep")[0].GetProperty("until").GetDateTimeOffset();

        // Set back by a day to play for longer: noticed, and nothing is longer for it.
        var back = await PostAsync(hub, "/music/checkins", token, new { deviceTime = serverTime.AddDays(-1) });
        Assert.Equal("set_back", back.GetProperty("clock").GetString());
        Assert.InRange((back.GetProperty("keep")[0].GetProperty("until").GetDateTimeOffset() - until).TotalSeconds, -1, 1);

        // One title goes at the wish of the device, the other with its deal.
        var removed = await PostAsync(hub, "/music/checkins", token, new { deviceTime = serverTime, removed = new[] { "listen-song-1" } });
        Assert.Equal("listen-song-2", Assert.Single(removed.GetProperty("keep").EnumerateArray().ToList()).GetProperty("contentId").GetString());
        var admin = await hub.TokenAsync("admin", "--role", "rights.read,rights.write");
        using (var delete = new HttpRequestMessage(HttpMethod.Delete, "/rights/deals/listen-premium"))
        {
            delete.Headers.Authorization = new AuthenticationHeaderValue("Bearer", admin);
            using var gone = await hub.Http.SendAsync(delete);
            Assert.True(gone.IsSuccessStatusCode, await gone.Content.ReadAsStringAsync());
        }

        var last = await PostAsync(hub, "/music/checkins", token, new { deviceTime = serverTime });
        Assert.Empty(last.GetProperty("keep").EnumerateArray());
        Assert.Equal("listen-song-2", last.GetProperty("remove")[0].GetProperty("contentId").GetString());
        Assert.False(last.TryGetProperty("license", out _));
        var empty = await PostAsync(hub, "/music/checkins", token, new { deviceTime = serverTime });
        Assert.Empty(empty.GetProperty("remove").EnumerateArray());
    }

    private static async Task<JsonElement> PostAsync(HubProcess hub, string path, string token, object body)
    {
        using var answer = await SendAsync(hub, path, token, body);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    private static async Task<string?> CodeAsync(HubProcess hub, string path, string token, object body)
    {
        using var answer = await SendAsync(hub, path, token, body);
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString();
    }

    private static async Task<HttpResponseMessage> SendAsync(HubProcess hub, string path, string token, object body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await hub.Http.SendAsync(request);
    }

    private static async Task<JsonElement> GetAsync(HubProcess hub, string path, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var answer = await hub.Http.SendAsync(request);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    private static StringContent Json(string text) => new(text, System.Text.Encoding.UTF8, "application/json");

    private static string Hex(string base64Url) => Convert.ToHexStringLower(System.Buffers.Text.Base64Url.DecodeFromChars(base64Url));
}
