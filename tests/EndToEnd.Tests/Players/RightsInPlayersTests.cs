using DrmHub.Vault.Rights;

namespace DrmHub.EndToEnd.Tests;

/// <summary>
/// Rights, seen from four real players in Chromium: what the deal, the plan, the country and the window say, a takedown in the middle of
/// the film, and one stream in two tabs.
/// </summary>
public sealed class RightsInPlayersTests(PlayersFixture players) : IClassFixture<PlayersFixture>
{
    public static TheoryData<string, string> Players => new() { { "shaka", "dash.mpd" }, { "dashjs", "dash.mpd" }, { "hlsjs", "clearkey.m3u8" }, { "hlsjs", "aes128.m3u8" }, { "videojs", "dash.mpd" } };

    [SkippableTheory]
    [MemberData(nameof(Players))]
    public async Task Who_may_watch_does_and_sends_heartbeats(string player, string manifest)
    {
        var viewer = await ViewerAsync();
        await using var tab = await players.OpenTabAsync();
        await tab.StartAsync(player, manifest, players.Token(viewer));
        var measure = await tab.UntilAsync(now => now.Failure is not null || (now.Time > 1.5 && now.Beats > 0));
        Assert.True(measure is { Failure: null, Stopped: null, Width: 640, Frames: > 10 }, measure.ToString());
        Assert.True(measure.Beats > 0 && measure.Licences > 0, measure.ToString());
        Assert.Equal(204, await tab.EndAsync());
        Assert.Empty(tab.Refusals);
    }

    [SkippableTheory]
    [MemberData(nameof(Players))]
    public async Task Who_may_not_sees_nothing_and_learns_why(string player, string manifest)
    {
        var viewer = await ViewerAsync();
        await players.PutAsync("subscribers/nobody", new { });
        await AssertRefusedAsync(player, manifest, players.Token("nobody"), ReasonCodes.EntitlementNone);
        await AssertRefusedAsync(player, manifest, players.Token(viewer, "US"), ReasonCodes.DealTerritory);
        await players.PutDealAsync(deal => deal["closes"] = "2020-01-01T00:00:00Z");
        await AssertRefusedAsync(player, manifest, players.Token(viewer), ReasonCodes.DealClosed);
        await players.PutDealAsync(deal => deal["opens"] = "2150-01-01T00:00:00Z");
        await AssertRefusedAsync(player, manifest, players.Token(viewer), ReasonCodes.DealNotOpen);
        await players.PutDealAsync(deal => deal["clearKeyAllowed"] = false);
        await AssertRefusedAsync(player, manifest, players.Token(viewer), ReasonCodes.DeviceLevel);
    }

    [SkippableTheory]
    [InlineData("shaka", "dash.mpd")]
    [InlineData("videojs", "dash.mpd")]
    public async Task A_takedown_stops_what_is_playing_and_the_next_licence(string player, string manifest)
    {
        var viewer = await ViewerAsync();
        await using var tab = await players.OpenTabAsync();
        await tab.StartAsync(player, manifest, players.Token(viewer));
        Assert.True((await tab.UntilAsync(now => now.Failure is not null || now.Time > 1)).Time > 1);
        await players.PutAsync("takedowns/film", new { content = new { patterns = new[] { PlayersFixture.Content } } });
        try
        {
            var stopped = await tab.UntilAsync(now => now.Stopped is not null);
            Assert.Equal(ReasonCodes.DealClosed, stopped.Stopped);
            Assert.True(stopped.Paused);
            await AssertRefusedAsync(player, manifest, players.Token(viewer), ReasonCodes.DealClosed);
        }
        finally
        {
            await players.DeleteAsync("takedowns/film");
        }
    }

    [SkippableFact]
    public async Task One_stream_does_not_play_in_two_tabs()
    {
        var viewer = await ViewerAsync();
        await players.PutAsync("plans/film-plan", new { name = "One screen", maxStreams = 1 });
        try
        {
            await using var first = await players.OpenTabAsync();
            await first.StartAsync("shaka", "dash.mpd", players.Token(viewer));
            Assert.True((await first.UntilAsync(now => now.Failure is not null || now.Time > 0.5)).Time > 0.5);
            await AssertRefusedAsync("dashjs", "dash.mpd", players.Token(viewer), ReasonCodes.StreamLimit);
            Assert.Null((await first.UntilAsync(now => now.Beats > 1)).Stopped);

            // The first tab ends: by its own word, and then by silence.
            Assert.Equal(204, await first.EndAsync());
            var second = await players.OpenTabAsync();
            await second.StartAsync("hlsjs", "aes128.m3u8", players.Token(viewer));
            Assert.True((await second.UntilAsync(now => now.Failure is not null || now.Time > 0.5)).Time > 0.5);
            await second.DisposeAsync();
            await AssertRefusedAsync("shaka", "dash.mpd", players.Token(viewer), ReasonCodes.StreamLimit);
            await Task.Delay(TimeSpan.FromSeconds(8.5));
            await using var third = await players.OpenTabAsync();
            await third.StartAsync("videojs", "dash.mpd", players.Token(viewer));
            Assert.True((await third.UntilAsync(now => now.Failure is not null || now.Time > 0.5)).Time > 0.5);
        }
        finally
        {
            await players.PutAsync("plans/film-plan", new { name = "Film" });
        }
    }

    private async Task<string> ViewerAsync()
    {
        Skip.If(PlayersFixture.Missing is not null, PlayersFixture.Missing);
        await players.PutDealAsync();
        var viewer = "viewer-" + System.Security.Cryptography.RandomNumberGenerator.GetHexString(8, lowercase: true);
        await players.PutAsync("subscribers/" + viewer, new { subscriptions = new[] { new { plan = "film-plan" } } });
        return viewer;
    }

    private async Task AssertRefusedAsync(string player, string manifest, string token, string code)
    {
        await using var tab = await players.OpenTabAsync();
        await tab.StartAsync(player, manifest, token);
        var measure = await tab.UntilAsync(now => now.Failure is not null);
        Assert.NotNull(measure.Failure);
        Assert.Equal((0, 0), (measure.Licences, measure.Beats));
        Assert.Equal(0, measure.Frames);
        Assert.Equal(code, await tab.RefusalAsync());
    }
}
