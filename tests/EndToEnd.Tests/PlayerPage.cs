using System.Globalization;
using DrmHub.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Logging;
using Microsoft.Playwright;

namespace DrmHub.EndToEnd.Tests;

/// <summary><c>samples/player.html</c> in headless Chromium, on another origin than the hub's, as on a real site.</summary>
internal sealed class PlayerPage : IAsyncDisposable
{
    private const string MeasureScript = """
        () => {
          const video = document.getElementById('video'), { granted, withheld, error } = document.getElementById('status').dataset;
          return { granted, withheld, error, time: video.currentTime, width: video.videoWidth, frames: video.getVideoPlaybackQuality().totalVideoFrames };
        }
        """;

    private readonly WebApplication _site;
    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;

    private PlayerPage(WebApplication site, IPlaywright playwright, IBrowser browser, IPage page)
    {
        _site = site;
        _playwright = playwright;
        _browser = browser;
        Page = page;
    }

    public IPage Page { get; }

    /// <param name="mediaFolder">Served under <c>/walk</c>.</param>
    public static async Task<PlayerPage> OpenAsync(string mediaFolder)
    {
        var site = BuildSite(mediaFolder);
        await site.StartAsync();
        var address = site.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        var playwright = await Playwright.CreateAsync();
        var browser = await Browsers.LaunchAsync(playwright);
        var page = await browser.NewPageAsync();
        await page.GotoAsync(address + "/samples/player.html");
        return new PlayerPage(site, playwright, browser, page);
    }

    /// <summary>Starts playing and waits until the picture has come as far as <paramref name="seconds"/>, stands still, or an error came up.</summary>
    /// <param name="maxHeight">What the application allows: with rotation the manifest names no keys, so a player cannot know which pictures it may have.</param>
    public async Task<Measure> PlayAsync(HubProcess hub, string manifest, string? token, double seconds = 2.2, int? maxHeight = null)
    {
        await Page.FillAsync("#manifest", "/walk/" + manifest);
        await Page.FillAsync("#licence", new Uri(hub.Address, "/license/clearkey").AbsoluteUri);
        await Page.FillAsync("#token", token ?? "");
        await Page.FillAsync("#height", maxHeight?.ToString(CultureInfo.InvariantCulture) ?? "");
        await Page.ClickAsync("button");
        Measure measure;
        var (last, still) = (0.0, 0);
        do
        {
            await Task.Delay(100);
            measure = await Page.EvaluateAsync<Measure>(MeasureScript);
            still = measure.Time > last ? 0 : still + 1;
            last = measure.Time;
        }
        while (measure.Error is null && measure.Time < seconds && still < 150);
        return measure;
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
        await _site.DisposeAsync();
    }

    private static WebApplication BuildSite(string mediaFolder)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var site = builder.Build();
        var types = new FileExtensionContentTypeProvider { Mappings = { [".mpd"] = "application/dash+xml", [".m3u8"] = "application/vnd.apple.mpegurl", [".m4s"] = "video/mp4" } };
        site.UseStaticFiles(new StaticFileOptions { FileProvider = new PhysicalFileProvider(mediaFolder), RequestPath = "/walk", ContentTypeProvider = types });
        foreach (var folder in (string[])["samples", "tests/node_modules/shaka-player/dist"])
            site.UseStaticFiles(new StaticFileOptions { FileProvider = new PhysicalFileProvider(Path.Combine(Repository.Root, folder)), RequestPath = "/" + folder });
        return site;
    }

    /// <summary>What the page shows.</summary>
    public sealed class Measure
    {
        public string? Error { get; set; }

        public string? Granted { get; set; }

        public string? Withheld { get; set; }

        public double Time { get; set; }

        public int Width { get; set; }

        public int Frames { get; set; }
    }
}
