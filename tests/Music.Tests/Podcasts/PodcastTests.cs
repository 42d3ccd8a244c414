using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using DrmHub.Music.Podcasts;
using DrmHub.Testing;
using DrmHub.Vault.Rights;
using Microsoft.Extensions.Time.Testing;

namespace DrmHub.Music.Tests.Podcasts;

public sealed class PodcastTests : IDisposable
{
    private readonly TemporaryFolder _media = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly byte[] _audio = RandomNumberGenerator.GetBytes(100_000);

    public void Dispose() => _media.Dispose();

    [Fact]
    public async Task A_public_feed_shows_what_is_published_and_not_premium()
    {
        await using var door = await OpenAsync();
        var feed = XDocument.Parse(await door.Http.GetStringAsync("/podcasts/walks/feed.xml"));
        var items = feed.Descendants("item").ToList();
        Assert.Equal(["ep-1"], items.Select(item => item.Element("guid")!.Value));
        Assert.Equal("100000", items[0].Element("enclosure")!.Attribute("length")!.Value);
        Assert.EndsWith("/podcasts/walks/episodes/ep-1/audio.mp3", items[0].Element("enclosure")!.Attribute("url")!.Value, StringComparison.Ordinal);
        XNamespace podcast = FeedWriter.Podcast;
        Assert.True(Guid.TryParse(feed.Descendants(podcast + "guid").Single().Value, out _));
    }

    [Fact]
    public async Task A_feed_that_has_not_changed_is_answered_with_304()
    {
        await using var door = await OpenAsync();
        var first = await door.Http.GetAsync("/podcasts/walks/feed.xml");
        Assert.Equal("application/rss+xml", first.Content.Headers.ContentType!.MediaType);
        using var again = new HttpRequestMessage(HttpMethod.Get, "/podcasts/walks/feed.xml") { Headers = { { "If-None-Match", first.Headers.ETag!.Tag } } };
        Assert.Equal(HttpStatusCode.NotModified, (await door.Http.SendAsync(again)).StatusCode);
    }

    [Fact]
    public async Task A_token_opens_the_premium_episodes_of_its_show_alone_until_it_is_revoked()
    {
        await using var door = await OpenAsync();
        await door.PutAsync("/music/shows/other", new { titles = new[] { new { value = "Other" } }, @private = true });
        var (id, url) = await GrantAsync(door, "alice");
        var feed = XDocument.Parse(await door.Http.GetStringAsync(url));
        Assert.Equal(["ep-2", "ep-1"], feed.Descendants("item").Select(item => item.Element("guid")!.Value));
        XNamespace itunes = FeedWriter.Itunes;
        Assert.Equal("Yes", feed.Descendants(itunes + "block").Single().Value);
        Assert.DoesNotContain(url.Split("token=")[1], feed.ToString(), StringComparison.Ordinal); // The feed does not hold its own token.
        Assert.Equal(HttpStatusCode.Unauthorized, (await door.Http.GetAsync(url.Replace("/walks/", "/other/", StringComparison.Ordinal))).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await door.Http.DeleteAsync($"/podcasts/walks/access/{id}")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await door.Http.GetAsync(url)).StatusCode);
    }

    [Fact]
    public async Task Older_apps_bring_the_token_as_a_password()
    {
        await using var door = await OpenAsync();
        var token = (await GrantAsync(door, "alice")).Url.Split("token=")[1];
        using var request = new HttpRequestMessage(HttpMethod.Get, "/podcasts/walks/feed.xml") { Headers = { Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"anything:{token}"))) } };
        using var stranger = door.Stranger();
        Assert.Contains("ep-2", await (await stranger.SendAsync(request)).Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rotated_token_takes_its_enclosures_with_it()
    {
        await using var door = await OpenAsync();
        var (id, url) = await GrantAsync(door, "alice");
        var enclosure = await EnclosureAsync(door, url, "ep-2");
        Assert.Equal(HttpStatusCode.Redirect, (await door.Http.GetAsync(enclosure)).StatusCode);
        _time.Advance(TimeSpan.FromSeconds(1));
        var rotated = (await (await door.Http.PostAsync($"/podcasts/walks/access/{id}/rotate", null)).Content.ReadFromJsonAsync<JsonElement>()).GetProperty("feedUrl").GetString()!;
        Assert.Equal(HttpStatusCode.Unauthorized, (await door.Http.GetAsync(url)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await door.Http.GetAsync(enclosure)).StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, (await door.Http.GetAsync(await EnclosureAsync(door, rotated, "ep-2"))).StatusCode);
    }

    [Fact]
    public async Task An_enclosure_leads_to_an_address_that_serves_ranges_and_ends()
    {
        await using var door = await OpenAsync();
        var enclosure = await EnclosureAsync(door, (await GrantAsync(door, "alice")).Url, "ep-2");
        var media = (await door.Http.GetAsync(enclosure)).Headers.Location!.ToString();
        using var range = new HttpRequestMessage(HttpMethod.Get, media) { Headers = { Range = new RangeHeaderValue(1000, 1999) } };
        var part = await door.Http.SendAsync(range);
        Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
        Assert.Equal(_audio[1000..2000], await part.Content.ReadAsByteArrayAsync());
        Assert.Equal(_audio, await door.Http.GetByteArrayAsync(media));
        using var head = new HttpRequestMessage(HttpMethod.Head, media);
        Assert.Equal(100_000, (await door.Http.SendAsync(head)).Content.Headers.ContentLength);
        using var beyond = new HttpRequestMessage(HttpMethod.Get, media) { Headers = { Range = new RangeHeaderValue(200_000, null) } };
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, (await door.Http.SendAsync(beyond)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await door.Http.GetAsync(media.Replace("/ep-2/", "/ep-1/", StringComparison.Ordinal))).StatusCode);
        _time.Advance(TimeSpan.FromMinutes(16));
        Assert.Equal(HttpStatusCode.NotFound, (await door.Http.GetAsync(media)).StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, (await door.Http.GetAsync(enclosure)).StatusCode);
    }

    [Fact]
    public async Task A_premium_episode_has_no_public_address_and_a_forged_signature_none_at_all()
    {
        await using var door = await OpenAsync();
        Assert.Equal(HttpStatusCode.OK, (await door.Http.GetAsync("/podcasts/walks/episodes/ep-1/audio.mp3")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await door.Http.GetAsync("/podcasts/walks/episodes/ep-2/audio.mp3")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await door.Http.GetAsync("/podcasts/walks/episodes/ep-3/audio.mp3")).StatusCode); // Not published yet.
        var enclosure = await EnclosureAsync(door, (await GrantAsync(door, "alice")).Url, "ep-2");
        var parts = enclosure.Split('/');
        parts[^2] = new string('A', parts[^2].Length);
        Assert.Equal(HttpStatusCode.NotFound, (await door.Http.GetAsync(string.Join('/', parts))).StatusCode);
    }

    [Fact]
    public async Task An_expired_token_and_a_suspended_subscriber_are_refused_each_with_its_reason()
    {
        await using var door = await OpenAsync();
        var granted = await door.Http.PostAsJsonAsync("/podcasts/walks/access", new { subscriber = "alice", expires = _time.GetUtcNow().AddDays(1) });
        var url = (await granted.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("feedUrl").GetString()!;
        var enclosure = await EnclosureAsync(door, url, "ep-2");
        await door.Vault.Rights.PutSubscriberAsync(new Subscriber { Id = "alice", Status = SubscriberStatus.Suspended });
        Assert.Equal("entitlement.suspended", await MusicDoor.CodeAsync(await door.Http.GetAsync(url)));
        Assert.Equal("entitlement.suspended", await MusicDoor.CodeAsync(await door.Http.GetAsync(enclosure)));
        await door.Vault.Rights.PutSubscriberAsync(new Subscriber { Id = "alice" });
        _time.Advance(TimeSpan.FromDays(2));
        Assert.Equal("token.expired", await MusicDoor.CodeAsync(await door.Http.GetAsync(url)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Sharing_is_noticed_once_a_day_by_distinct_devices_and_not_by_fetches_or_robots(bool refuse)
    {
        await using var door = await OpenAsync(refuse);
        var (_, url) = await GrantAsync(door, "alice");
        var enclosure = await EnclosureAsync(door, url, "ep-2");
        for (var i = 0; i < 20; i++) await GetAsync(door, enclosure, "AntennaPod/3.1"); // One device that polls.
        for (var i = 0; i < 20; i++) await GetAsync(door, enclosure, $"SomeBot{i}/1.0 (+http://bot.example)");
        Assert.Equal(1, (await DevicesAsync(door)).GetProperty("devices").GetProperty("today").GetInt32());
        string[] apps = ["Overcast/3.0", "Pocket Casts", "Castbox/8", "VLC/3", "PodcastAddict/5", "gPodder/3", "Downcast/2"];
        var last = HttpStatusCode.OK;
        foreach (var app in apps) last = (await GetAsync(door, enclosure, app)).StatusCode;
        Assert.Equal(refuse ? HttpStatusCode.TooManyRequests : HttpStatusCode.Redirect, last);
        var seen = await DevicesAsync(door);
        Assert.Equal(8, seen.GetProperty("devices").GetProperty("today").GetInt32());
        Assert.True(seen.TryGetProperty("sharingNoticed", out var noticed) && noticed.ValueKind == JsonValueKind.String);
        Assert.Single(await door.Vault.EntriesAsync(), entry => entry.Details.GetValueOrDefault("action") == "podcast.sharing");
    }

    /// <summary>The vectors of the podcast namespace.</summary>
    [Theory]
    [InlineData("https://mp3s.nashownotes.com/pc20rss.xml", "917393e3-1b1e-5cef-ace4-edaa54e1f810")]
    [InlineData("podnews.net/rss/", "9b024349-ccf0-5f69-a609-6b82873eab3c")]
    public void Guids_follow_from_addresses(string address, string guid) => Assert.Equal(guid, FeedWriter.GuidOfAddress(address).ToString());

    [Fact]
    public async Task Tokens_are_for_those_who_may_change_rights()
    {
        await using var door = await OpenAsync();
        using var stranger = door.Stranger();
        Assert.Equal(HttpStatusCode.Unauthorized, (await stranger.PostAsJsonAsync("/podcasts/walks/access", new { subscriber = "eve" })).StatusCode);
        stranger.DefaultRequestHeaders.Add("X-Roles", "rights.read");
        Assert.Equal(HttpStatusCode.Forbidden, (await stranger.PostAsJsonAsync("/podcasts/walks/access", new { subscriber = "eve" })).StatusCode);
        Assert.DoesNotContain("token", await stranger.GetStringAsync("/podcasts/walks/access"), StringComparison.OrdinalIgnoreCase);
    }

    private async Task<MusicDoor> OpenAsync(bool refuseSharing = false)
    {
        _media.Write("walk.mp3", _audio);
        var door = await MusicDoor.OpenAsync(_time, options =>
        {
            options.MediaFolder = _media.Path;
            options.Podcasts.RefuseSharing = refuseSharing;
        });
        await door.PutAsync("/music/shows/walks", new { titles = new[] { new { value = "Walks & Talks" } }, description = "On foot.", language = "en", categories = new[] { "Society & Culture/Places & Travel" }, artwork = "https://example.com/cover.jpg", author = "Somebody", ownerEmail = "owner@example.com" });
        foreach (var (id, premium, published) in ((string, bool, string)[])[("ep-1", false, "2026-02-01T08:00:00Z"), ("ep-2", true, "2026-02-02T08:00:00Z"), ("ep-3", false, "2026-04-01T08:00:00Z")])
            await door.PutAsync($"/music/episodes/{id}", new { showId = "walks", titles = new[] { new { value = $"Episode {id}" } }, description = "<p>Hello &amp; welcome</p>", published, premium, durationMs = 60_000, media = new { file = "walk.mp3", length = 100_000, type = "audio/mpeg" } });
        return door;
    }

    private static async Task<(string Id, string Url)> GrantAsync(MusicDoor door, string subscriber)
    {
        var answer = await door.Http.PostAsJsonAsync("/podcasts/walks/access", new { subscriber });
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        var grant = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return (grant.GetProperty("id").GetString()!, grant.GetProperty("feedUrl").GetString()!);
    }

    private static async Task<string> EnclosureAsync(MusicDoor door, string feed, string guid) =>
        XDocument.Parse(await door.Http.GetStringAsync(feed)).Descendants("item").Single(item => item.Element("guid")!.Value == guid).Element("enclosure")!.Attribute("url")!.Value;

    private static async Task<HttpResponseMessage> GetAsync(MusicDoor door, string address, string agent)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.TryAddWithoutValidation("User-Agent", agent);
        return await door.Http.SendAsync(request);
    }

    private static async Task<JsonElement> DevicesAsync(MusicDoor door) => (await door.Http.GetFromJsonAsync<JsonElement>("/podcasts/walks/access")).GetProperty("items")[0];
}
