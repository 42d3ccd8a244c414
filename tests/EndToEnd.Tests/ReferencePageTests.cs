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

        foreach (var path in (string[])["/license/clearkey", "/rights/deals", "/audit/entries"])
            await Assertions.Expect(page.GetByText(path, new() { Exact = true }).First).ToBeVisibleAsync(new() { Timeout = 60_000 });
    }
}
