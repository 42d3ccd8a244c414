using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using DrmHub.Vault.Rights;

namespace DrmHub.Music.Tests.Search;

public sealed class SearchApiTests
{
    [Fact]
    public async Task What_was_just_written_is_found_and_what_was_removed_or_hidden_is_not()
    {
        await using var door = await MusicDoor.OpenAsync();
        await door.PutAsync("/music/artists/art-1", new { names = new[] { new { value = "மாதிரி பாடகர்", language = "ta-Taml" } } });
        await door.PutAsync("/music/recordings/rec-1", new { titles = new[] { new { value = "காதல்", language = "ta-Taml" } }, artists = new[] { new { artistId = "art-1" } } });
        await door.PutAsync("/music/recordings/rec-2", new { titles = new[] { new { value = "Kadhal" } }, hidden = true });
        var answer = await FindAsync(door, "kaadhal");
        Assert.True(answer.GetProperty("complete").GetBoolean());
        Assert.Equal("rec-1", answer.GetProperty("items")[0].GetProperty("id").GetString());
        Assert.Equal(1, answer.GetProperty("items").GetArrayLength());
        Assert.Equal("art-1", (await FindAsync(door, "maathiri", "&kind=artist")).GetProperty("items")[0].GetProperty("id").GetString());
        Assert.Equal("rec-1", (await FindAsync(door, "maathiri", "&kind=recording")).GetProperty("items")[0].GetProperty("id").GetString());
        await door.Http.DeleteAsync("/music/recordings/rec-1");
        Assert.Equal(0, (await FindAsync(door, "kaadhal")).GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task Players_may_search_and_strangers_may_not()
    {
        await using var door = await MusicDoor.OpenAsync(configure: options => options.AuthenticatePlayer = (http, _) =>
            ValueTask.FromResult(http.Request.Headers.Authorization == "Bearer good" ? new MusicPlayerAnswer(new MusicPlayer("somebody", "IN", null)) : new MusicPlayerAnswer(null, "token.expired", "It is over.")));
        using var stranger = door.Stranger();
        var refused = await stranger.GetAsync("/music/search?q=song");
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.Equal("token.expired", await MusicDoor.CodeAsync(refused));
        stranger.DefaultRequestHeaders.Add("Authorization", "Bearer good");
        Assert.Equal(HttpStatusCode.OK, (await stranger.GetAsync("/music/search?q=song")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await stranger.GetAsync("/music/search?q=")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await stranger.GetAsync("/music/search?q=x&kind=label")).StatusCode);
    }

    [Fact]
    public async Task Players_hear_of_what_may_be_played_where_they_are_and_operators_of_everything()
    {
        await using var door = await MusicDoor.OpenAsync(configure: options => options.AuthenticatePlayer = (http, _) => ValueTask.FromResult(new MusicPlayerAnswer(new MusicPlayer("somebody", "IN", null))));
        foreach (var id in (string[])["open", "abroad", "later", "none"]) await door.PutAsync($"/music/recordings/{id}", new { titles = new[] { new { value = $"Secret {id}" } } });
        await door.PutAsync("/music/releases/rel-1", new { titles = new[] { new { value = "Secret album" } }, releaseDate = "2999-01-01" });
        foreach (var (id, territory, opens) in ((string, string, long)[])[("open", "IN", 0), ("abroad", "US", 0), ("later", "IN", DateTimeOffset.UtcNow.AddDays(1).ToUnixTimeMilliseconds())])
            await door.Vault.Rights.PutDealAsync(new Deal { Id = id, Name = id, Model = CommercialModel.Free, Content = new ContentSelector { Patterns = [id] }, Territories = new HashSet<string> { territory }, OpensMs = opens });
        await door.PutAsync("/music/releases/rel-2", new { titles = new[] { new { value = "Secret single" } } });
        await door.PutAsync("/music/tracks/trk-2", new { releaseId = "rel-2", recordingId = "later", number = 1 });
        await door.PutAsync("/music/releases/rel-3", new { titles = new[] { new { value = "Secret hit" } } });
        await door.PutAsync("/music/tracks/trk-3", new { releaseId = "rel-3", recordingId = "open", number = 1 });
        Assert.Equal(7, (await FindAsync(door, "secret")).GetProperty("items").GetArrayLength());
        using var player = door.Stranger();
        var seen = await player.GetFromJsonAsync<JsonElement>("/music/search?q=secret");
        Assert.Equal(["open", "rel-3"], seen.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("id").GetString()).Order());
    }

    private static Task<JsonElement> FindAsync(MusicDoor door, string query, string more = "") => door.Http.GetFromJsonAsync<JsonElement>($"/music/search?q={Uri.EscapeDataString(query)}{more}");
}
