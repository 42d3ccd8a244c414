using System.Text.Json;
using DrmHub.Testing;
using DrmHub.Vault.Rights;

namespace DrmHub.EndToEnd.Tests;

/// <summary>The main job on real input: Shaka Packager gets its keys here, Shaka Player in Chromium its licence, and the log shows both.</summary>
public sealed class PackageAndPlayTests
{
    [SkippableTheory]
    [InlineData("cenc", "dash.mpd", null)]
    [InlineData("cbcs", "dash.mpd", null)]
    [InlineData("cenc", "hls.m3u8", null)]
    [InlineData("cbcs", "hls.m3u8", null)]
    [InlineData("cenc", "dash.mpd", 4)]
    [InlineData("cbcs", "dash.mpd", 4)]
    [InlineData("cenc", "dash.mpd", 4, true)]
    [InlineData("cbcs", "hls.m3u8", null, true)]
    public async Task What_the_packager_encrypts_the_browser_plays_in_sd(string scheme, string manifest, int? cryptoPeriodSeconds, bool entitlement = false)
    {
        SkipWithoutTools();
        await using var hub = await HubProcess.StartAsync();
        using var folder = new TemporaryFolder();
        var packaged = await new Packaging { ContentId = "demo-clip", Scheme = scheme, CryptoPeriodSeconds = cryptoPeriodSeconds, Entitlement = entitlement }.RunAsync(hub, folder.Path);
        Assert.True(packaged.ExitCode == 0, packaged.Error);

        await using var player = await PlayerPage.OpenAsync(folder.Path);
        var token = await hub.TokenAsync("player", "--sub", "demo-premium");
        var measure = cryptoPeriodSeconds is null ? await player.PlayAsync(hub, manifest, token) : await player.PlayAsync(hub, manifest, token, seconds: 9, maxHeight: 576);

        Assert.Null(measure.Error);
        Assert.True(measure.Time > 2, $"The picture stands at {measure.Time} s.");
        Assert.True(measure.Frames > 20, $"Only {measure.Frames} frames were decoded.");
        Assert.Equal(640, measure.Width);
        Assert.Contains(ReasonCodes.DeviceLevel, measure.Withheld, StringComparison.Ordinal);
        await AssertLoggedAsync(hub, "keys.issued", "license.granted");
    }

    [SkippableTheory]
    [InlineData(null, 401, ReasonCodes.TokenMissing)]
    [InlineData("demo-suspended", 403, ReasonCodes.EntitlementSuspended)]
    [InlineData("demo-free", 403, ReasonCodes.EntitlementNone)]
    public async Task A_refused_player_stops_and_the_log_says_why(string? subscriber, int status, string reason)
    {
        SkipWithoutTools();
        await using var hub = await HubProcess.StartAsync();
        using var folder = new TemporaryFolder();
        Assert.Equal(0, (await new Packaging { ContentId = "demo-clip" }.RunAsync(hub, folder.Path)).ExitCode);
        await using var player = await PlayerPage.OpenAsync(folder.Path);
        var answered = new TaskCompletionSource<int>();
        player.Page.Response += (_, response) =>
        {
            if (response.Url.EndsWith("/license/clearkey", StringComparison.Ordinal) && response.Request.Method == "POST") answered.TrySetResult(response.Status);
        };

        var measure = await player.PlayAsync(hub, "dash.mpd", subscriber is null ? null : await hub.TokenAsync("player", "--sub", subscriber));

        Assert.Equal(status, await answered.Task.WaitAsync(TimeSpan.FromSeconds(10)));
        Assert.NotNull(measure.Error);
        Assert.Equal(0, measure.Frames);
        var entry = await AssertLoggedAsync(hub, "license.refused");
        Assert.Contains(reason, entry, StringComparison.Ordinal);
    }

    private static void SkipWithoutTools() =>
        Skip.If(Tools.ShakaPackager is null || Tools.ShakaPlayer is null || Tools.Chromium is null, "Needs shaka-packager, shaka-player and chromium: tests/run installs them.");

    private static async Task<string> AssertLoggedAsync(HubProcess hub, params string[] kinds)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/audit/entries?limit=1000");
        request.Headers.Authorization = new("Bearer", await hub.TokenAsync("admin", "--role", "audit.read"));
        using var response = await hub.Http.SendAsync(request);
        var body = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, body);
        foreach (var kind in kinds) Assert.Contains(JsonSerializer.Serialize(kind), body, StringComparison.Ordinal);
        return body;
    }
}
