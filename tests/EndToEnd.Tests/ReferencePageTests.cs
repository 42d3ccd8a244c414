using Microsoft.Playwright;

namespace DrmHub.EndToEnd.Tests;

/// <summary><c>/docs</c>, looked at by a browser.</summary>
public sealed class ReferencePageTests
{
    [Fact]
    public async Task The_reference_shows_the_routes_of_every_audience()
    {
        await using var hub = await HubProcess.StartAsync();
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await Browsers.LaunchAsync(playwright);
        var page = await browser.NewPageAsync();

        await page.GotoAsync(new Uri(hub.Address, "docs").ToString());

        // The page puts invisible places to break the line into each path.
        foreach (var path in (string[])["/license/clearkey", "/rights/deals", "/audit/entries"])
            await page.WaitForFunctionAsync("path => document.body.innerText.replaceAll('\\u200b', '').includes(path)", path, new() { Timeout = 60_000 });
    }
}
