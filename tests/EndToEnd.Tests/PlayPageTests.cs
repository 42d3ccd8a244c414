using Microsoft.Playwright;

namespace DrmHub.EndToEnd.Tests;

/// <summary>The page <c>/play</c>, in Chromium: what a person sees when each subscriber is chosen.</summary>
public sealed class PlayPageTests
{
    [SkippableFact]
    public async Task Premium_plays_sd_and_the_page_says_why_not_hd()
    {
        Skip.If(Tools.Chromium is null, "Needs chromium: tests/run installs it.");
        await using var hub = await HubProcess.StartAsync();
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await Browsers.LaunchAsync(playwright);
        var page = await browser.NewPageAsync();
        var complaints = new List<string>();
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning") complaints.Add(message.Text);
        };
        page.PageError += (_, error) => complaints.Add(error);

        await page.GotoAsync(new Uri(hub.Address, "/play").AbsoluteUri);
        await page.GetByLabel("demo-premium").CheckAsync(new() { Force = true });
        await page.WaitForFunctionAsync("() => document.getElementById('video').currentTime > 1.5", null, new() { Timeout = 20_000 });
        Assert.Equal("Granted", await page.Locator("#verdict").TextContentAsync());
        Assert.Equal(640, await page.EvaluateAsync<int>("() => document.getElementById('video').videoWidth"));
        Assert.True(await page.EvaluateAsync<int>("() => document.getElementById('video').getVideoPlaybackQuality().totalVideoFrames") > 10);
        var rows = await page.Locator("#keys tbody tr").AllTextContentsAsync();
        Assert.Contains("granted", rows[0], StringComparison.Ordinal);
        Assert.Contains("granted", rows[1], StringComparison.Ordinal);
        Assert.Contains("withheld", rows[2], StringComparison.Ordinal);
        Assert.Contains("device.level", rows[2], StringComparison.Ordinal);
        Assert.Empty(complaints);

        // A refusal takes the place of the picture, and then the first subscriber plays again.
        await page.GetByLabel("demo-suspended").CheckAsync(new() { Force = true });
        await page.WaitForFunctionAsync("() => document.getElementById('verdict').textContent === 'Refused'");
        Assert.Contains("suspended", await page.Locator("#sentence").TextContentAsync(), StringComparison.Ordinal);
        await page.GetByLabel("demo-free").CheckAsync(new() { Force = true });
        await page.WaitForFunctionAsync("() => document.getElementById('details').textContent.includes('entitlement.none')");
        await page.GetByLabel("demo-premium").CheckAsync(new() { Force = true });
        await page.WaitForFunctionAsync("() => document.getElementById('video').currentTime > 0.5 && document.getElementById('curtain').hidden", null, new() { Timeout = 20_000 });
    }
}
