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

/// <summary>Headless Chromium with Shaka Player on a page of another origin than the hub, as on a real site.</summary>
internal sealed class PlayerPage : IAsyncDisposable
{
    private const string Html = """
        <!doctype html><title>player</title><script src="/player/shaka-player.compiled.js"></script>
        <video id="video" muted autoplay></video>
        <script>
          const video = document.getElementById('video');
          window.result = {};
          // A Widevine pssh means nothing to Clear Key: the same key ids as a W3C common pssh (version 1).
          function commonPssh(initData, type, drmInfo) {
            const ids = [...(drmInfo?.keyIds ?? [])];
            if (!ids.length || drmInfo.keySystem !== 'org.w3.clearkey') return initData;
            const bytes = new Uint8Array(36 + 16 * ids.length), view = new DataView(bytes.buffer);
            view.setUint32(0, bytes.length);
            bytes.set([0x70, 0x73, 0x73, 0x68, 1, 0, 0, 0], 4);
            bytes.set('1077efecc0b24d02ace33c1e52e2fb4b'.match(/../g).map((x) => parseInt(x, 16)), 12);
            view.setUint32(28, ids.length);
            ids.forEach((id, i) => bytes.set(id.match(/../g).map((x) => parseInt(x, 16)), 32 + 16 * i));
            return bytes;
          }
          window.start = async (manifest, licence, token, hls) => {
            const player = new shaka.Player();
            await player.attach(video);
            player.addEventListener('error', (event) => { window.result.error ??= event.detail.code; });
            player.configure({ drm: { servers: { 'org.w3.clearkey': licence } }, streaming: { retryParameters: { maxAttempts: 1 } } });
            if (hls) player.configure({ drm: { keySystemsMapping: { 'com.widevine.alpha': 'org.w3.clearkey' }, initDataTransform: commonPssh } });
            player.getNetworkingEngine().registerRequestFilter((type, request) => {
              if (type === shaka.net.NetworkingEngine.RequestType.LICENSE && token) request.headers.Authorization = 'Bearer ' + token;
            });
            player.getNetworkingEngine().registerResponseFilter((type, response) => {
              if (type !== shaka.net.NetworkingEngine.RequestType.LICENSE) return;
              window.result.granted ??= response.headers['x-drmhub-granted'];
              window.result.withheld ??= response.headers['x-drmhub-withheld'];
            });
            window.player = player;
            try { await player.load(manifest); video.play(); } catch (error) { window.result.error ??= error.code; window.result.data = error.data?.[0]?.data?.slice?.(0, 2); }
          };
          window.measure = () => ({
            ...window.result, time: video.currentTime, width: video.videoWidth, frames: video.getVideoPlaybackQuality().totalVideoFrames,
            heights: [...new Set(window.player?.getVariantTracks().map((track) => track.height) ?? [])],
          });
        </script>
        """;

    private readonly WebApplication _site;
    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;
    private readonly Uri _address;

    private PlayerPage(WebApplication site, Uri address, IPlaywright playwright, IBrowser browser, IPage page)
    {
        _site = site;
        _address = address;
        _playwright = playwright;
        _browser = browser;
        Page = page;
    }

    public IPage Page { get; }

    /// <param name="mediaFolder">Served under <c>/media</c>.</param>
    public static async Task<PlayerPage> OpenAsync(string mediaFolder)
    {
        var site = StartSite(mediaFolder);
        await site.StartAsync();
        var address = new Uri(site.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        var playwright = await Playwright.CreateAsync();
        var browser = await Browsers.LaunchAsync(playwright);
        var page = await browser.NewPageAsync();
        await page.GotoAsync(address.AbsoluteUri);
        return new PlayerPage(site, address, playwright, browser, page);
    }

    /// <summary>Starts playing and waits until the picture has moved for over two seconds, or an error came up.</summary>
    public async Task<Measure> PlayAsync(HubProcess hub, string manifest, string? token)
    {
        var hls = manifest.EndsWith(".m3u8", StringComparison.Ordinal);
        await Page.EvaluateAsync(
            "([manifest, licence, token, hls]) => { window.start(manifest, licence, token, hls); }",
            new object?[] { new Uri(_address, "/media/" + manifest).AbsoluteUri, new Uri(hub.Address, "/license/clearkey").AbsoluteUri, token, hls });
        for (var i = 0; i < 150; i++)
        {
            var measure = (await Page.EvaluateAsync<Measure>("() => window.measure()"))!;
            if (measure.Error is not null || (measure.Time > 2.2 && measure.Frames > 20)) return measure;
            await Task.Delay(100);
        }

        return (await Page.EvaluateAsync<Measure>("() => window.measure()"))!;
    }

    /// <summary>Waits until the picture has come as far as <paramref name="seconds"/>, or stands still.</summary>
    public async Task<Measure> PlayUntilAsync(double seconds)
    {
        Measure measure;
        var tries = 0;
        do
        {
            await Task.Delay(100);
            measure = (await Page.EvaluateAsync<Measure>("() => window.measure()"))!;
        }
        while (measure.Error is null && measure.Time < seconds && ++tries < 300);
        return measure;
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
        await _site.DisposeAsync();
    }

    private static WebApplication StartSite(string mediaFolder)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var site = builder.Build();
        var types = new FileExtensionContentTypeProvider { Mappings = { [".mpd"] = "application/dash+xml", [".m3u8"] = "application/vnd.apple.mpegurl", [".m4s"] = "video/mp4" } };
        site.UseStaticFiles(new StaticFileOptions { FileProvider = new PhysicalFileProvider(mediaFolder), RequestPath = "/media", ContentTypeProvider = types });
        site.UseStaticFiles(new StaticFileOptions { FileProvider = new PhysicalFileProvider(Path.GetDirectoryName(Tools.ShakaPlayer)!), RequestPath = "/player" });
        site.MapGet("/", () => Microsoft.AspNetCore.Http.TypedResults.Content(Html, "text/html"));
        return site;
    }

    /// <summary>What the page reports.</summary>
    public sealed class Measure
    {
        public int? Error { get; set; }

        public string? Granted { get; set; }

        public string? Withheld { get; set; }

        public double Time { get; set; }

        public int Width { get; set; }

        public int Frames { get; set; }

        public int[] Heights { get; set; } = [];
    }
}
