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

        // Operations are drawn as they are scrolled to.
        foreach (var path in (string[])["/health/ready", "/cenc/getcontentkey/{provider}", "/license/clearkey", "/audit/entries"])
        {
            var route = page.Locator($"[data-path=\"{path}\"]").First;
            for (var i = 0; i < 200 && await route.CountAsync() == 0; i++)
            {
                await page.Mouse.WheelAsync(0, 400);
                await Task.Delay(100);
            }

            await Assertions.Expect(route).ToBeVisibleAsync();
        }
    }
}
