using DrmHub.Cenc;

namespace DrmHub.EndToEnd.Tests;

/// <summary>
/// What the library encrypts and signals plays in Chromium: three players, DASH and HLS, cenc and cbcs, by Clear Key. The
/// DASH manifests name Widevine, PlayReady and FairPlay too, so that each player must find its way past them.
/// </summary>
public sealed class SignallingTests
{
    [SkippableTheory]
    [InlineData("shaka", "dash", ProtectionScheme.Cenc)]
    [InlineData("shaka", "dash", ProtectionScheme.Cbcs)]
    [InlineData("dashjs", "dash", ProtectionScheme.Cenc)]
    [InlineData("dashjs", "dash", ProtectionScheme.Cbcs)]
    [InlineData("hlsjs", "hls-clearkey", ProtectionScheme.Cenc)]
    [InlineData("hlsjs", "hls-clearkey", ProtectionScheme.Cbcs)]
    [InlineData("shaka", "hls-identity", ProtectionScheme.Cenc)]
    [InlineData("shaka", "hls-identity", ProtectionScheme.Cbcs)]
    [InlineData("hlsjs", "hls-aes128", ProtectionScheme.Cenc)]
    [InlineData("shaka", "hls-aes128", ProtectionScheme.Cenc)]
    public async Task A_player_finds_the_key_by_the_manifest_alone(string player, string manifest, ProtectionScheme scheme)
    {
        Skip.If(Tools.Chromium is null || Tools.ShakaPlayer is null, "Needs chromium and the players of tests/package.json: tests/run installs them.");
        await using var site = await SignalledSite.StartAsync(scheme);

        var measure = await site.PlayAsync(player, manifest);

        Assert.Null(measure.Error);
        Assert.True(measure.Time > 1, $"The picture stands at {measure.Time} s.");
        Assert.True(measure.Frames > 10, $"Only {measure.Frames} frames were decoded.");
        Assert.Equal(640, measure.Width);
        Assert.Contains(manifest is "dash" or "hls-clearkey" ? "POST /clearkey" : "GET /key", site.KeyRequests);
    }

    /// <summary>The same page and player without a key: proof that the cases above play because they were given one.</summary>
    [SkippableFact]
    public async Task Without_a_key_nothing_plays()
    {
        Skip.If(Tools.Chromium is null || Tools.ShakaPlayer is null, "Needs chromium and the players of tests/package.json: tests/run installs them.");
        await using var site = await SignalledSite.StartAsync(ProtectionScheme.Cenc);
        site.Refuses = true;

        var measure = await site.PlayAsync("shaka", "dash");

        Assert.NotNull(measure.Error);
        Assert.Equal(0, measure.Frames);
    }
}
