using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using DrmHub.KeyService.Cpix;

namespace DrmHub.KeyService.Tests.Cpix;

/// <summary>Live rotation over plain CPIX: pre-delivery, periods by time, and the schedule.</summary>
public sealed class CpixPeriodsTests : IAsyncLifetime
{
    private KeyDoor _door = null!;

    public async Task InitializeAsync() => _door = await KeyDoor.OpenAsync();

    public async Task DisposeAsync() => await _door.DisposeAsync();

    [Fact]
    public async Task Coming_periods_are_delivered_ahead_in_one_document()
    {
        var document = await GetAsync("/cpix/live-1?periods=7-3&tracks=AUDIO,SD&systems=widevine");
        var same = await GetAsync("/cpix/live-1?period=7&count=3&tracks=AUDIO,SD&systems=widevine");
        Assert.Equal(document.ContentKeys.Select(key => key.Kid), same.ContentKeys.Select(key => key.Kid));
        Assert.Empty(document.Validate());
        Assert.Equal([7L, 8L, 9L], document.Periods.Select(period => period.Index!.Value));
        Assert.Equal(6, document.ContentKeys.Count);
        Assert.All(document.Periods, period => Assert.Equal(["AUDIO", "SD"], document.UsageRules.Where(rule => rule.PeriodIds.Contains(period.Id!)).Select(rule => rule.IntendedTrackType!).Order()));

        var later = await GetAsync("/cpix/live-1?period=9&tracks=AUDIO,SD&systems=widevine");
        Assert.Equal(Pairs(document)[^2..].Order(), Pairs(later).Order());
    }

    [Fact]
    public async Task A_time_is_the_period_that_it_falls_into()
    {
        var first = await GetAsync("/cpix/live-2?at=2026-03-01T12:00:07Z&count=2&periodSeconds=10&tracks=SD");
        var index = DateTimeOffset.Parse("2026-03-01T12:00:00Z", CultureInfo.InvariantCulture).ToUnixTimeSeconds() / 10;
        Assert.Equal([index, index + 1], first.Periods.Select(period => period.Index!.Value));
        Assert.Equal(DateTimeOffset.Parse("2026-03-01T12:00:10Z", CultureInfo.InvariantCulture), first.Periods[0].End);
        Assert.Empty(first.Validate());

        Assert.Equal(Pairs(first)[1], Assert.Single(Pairs(await GetAsync("/cpix/live-2?at=2026-03-01T12:00:10.000Z&tracks=SD"))));
        Assert.Equal(Pairs(first)[0], Assert.Single(Pairs(await GetAsync($"/cpix/live-2?period={index}&tracks=SD"))));
        Assert.Equal("cpix.query", await CodeOfAsync("/cpix/live-2?at=2026-03-01T12:00:07Z&periodSeconds=6"));
    }

    [Fact]
    public async Task The_schedule_lists_what_has_keys_page_by_page_and_says_when()
    {
        await GetAsync("/cpix/live-3?periods=5-4&tracks=AUDIO,SD&periodSeconds=10&periodStart=2026-03-01T00:00:00Z");
        var page = await _door.Http.GetFromJsonAsync<JsonElement>("/cpix/live-3/periods?limit=3");
        Assert.Equal([5, 6, 7], page.GetProperty("periods").EnumerateArray().Select(period => period.GetProperty("index").GetInt32()));
        Assert.Equal(10, page.GetProperty("periodSeconds").GetDouble());
        var first = page.GetProperty("periods")[0];
        Assert.Equal(("2026-03-01T00:00:50Z", "2026-03-01T00:01:00Z"), (first.GetProperty("start").GetString(), first.GetProperty("end").GetString()));
        Assert.Equal(["AUDIO", "SD"], first.GetProperty("keys").EnumerateArray().Select(key => key.GetProperty("track").GetString()));
        Assert.False(first.GetProperty("keys")[0].TryGetProperty("key", out _));

        var rest = await _door.Http.GetFromJsonAsync<JsonElement>($"/cpix/live-3/periods?from={page.GetProperty("next").GetInt64()}");
        Assert.Equal([8], rest.GetProperty("periods").EnumerateArray().Select(period => period.GetProperty("index").GetInt32()));
        Assert.False(rest.TryGetProperty("next", out _));
    }

    [Fact]
    public async Task Without_a_schedule_periods_have_an_index_alone_and_unknown_content_has_none()
    {
        await GetAsync("/cpix/live-4?period=1&tracks=SD");
        var page = await _door.Http.GetFromJsonAsync<JsonElement>("/cpix/live-4/periods");
        Assert.False(page.GetProperty("periods")[0].TryGetProperty("start", out _));
        Assert.Empty((await _door.Http.GetFromJsonAsync<JsonElement>("/cpix/nobody/periods")).GetProperty("periods").EnumerateArray());
    }

    [Theory]
    [InlineData("/cpix/x?count=3")]
    [InlineData("/cpix/x?period=7&count=0")]
    [InlineData("/cpix/x?period=7&count=129")]
    [InlineData("/cpix/x?periods=7-3&count=3")]
    [InlineData("/cpix/x?periods=7")]
    [InlineData("/cpix/x?periods=7-0")]
    [InlineData("/cpix/x?periods=0-129")]
    [InlineData("/cpix/x?periods=1-2&period=1")]
    [InlineData("/cpix/x?at=yesterday&periodSeconds=10")]
    [InlineData("/cpix/x?at=2026-03-01T12:00:00Z")]
    [InlineData("/cpix/x?at=1969-03-01T12:00:00Z&periodSeconds=10")]
    [InlineData("/cpix/x?count=2")]
    [InlineData("/cpix/x?periodSeconds=0.5&period=1")]
    [InlineData("/cpix/x?periodStart=2026-03-01T12:00:00Z&period=1")]
    [InlineData("/cpix/x/periods?from=-1")]
    [InlineData("/cpix/x/periods?limit=100000")]
    public async Task A_bad_query_is_refused_and_makes_no_key(string path)
    {
        Assert.Equal("cpix.query", await CodeOfAsync(path));
        Assert.Empty(await _door.Vault.Keys.FindInfoByContentAsync("x"));
    }

    [Fact]
    public async Task The_schedule_is_not_for_strangers()
    {
        _door.Remote = System.Net.IPAddress.Parse("192.0.2.1");
        Assert.Equal(401, (int)(await _door.Http.GetAsync("/cpix/x/periods")).StatusCode);
    }

    private static List<string> Pairs(CpixDocument document) => [.. document.ContentKeys.Select(key => $"{key.Kid} {Convert.ToHexString(key.GetKeyBytes()!)}")];

    private async Task<string?> CodeOfAsync(string path)
    {
        using var response = await _door.Http.GetAsync(path);
        Assert.Equal(422, (int)response.StatusCode);
        return (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString();
    }

    private async Task<CpixDocument> GetAsync(string path)
    {
        using var response = await _door.Http.GetAsync(path);
        var body = await response.Content.ReadAsByteArrayAsync();
        Assert.True(response.IsSuccessStatusCode, Encoding.UTF8.GetString(body));
        return CpixDocument.Load(body);
    }
}
