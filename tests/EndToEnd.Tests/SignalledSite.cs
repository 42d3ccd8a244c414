using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using DrmHub.Cenc;
using DrmHub.Cenc.Signalling;
using DrmHub.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Logging;
using Microsoft.Playwright;

namespace DrmHub.EndToEnd.Tests;

/// <summary>Serves signalled media, its key, and a page with three players.</summary>
internal sealed class SignalledSite : IAsyncDisposable
{
    private const string Page = """
        <!DOCTYPE html><title>players</title><video id="video" muted></video>
        <script src="/modules/shaka-player/dist/shaka-player.compiled.js"></script>
        <script src="/modules/dashjs/dist/legacy/umd/dash.all.min.js"></script>
        <script src="/modules/hls.js/dist/hls.min.js"></script>
        <script>
          const video = document.getElementById('video');
          window.failure = null;
          const fail = what => { window.failure ??= String(what); };
          const players = {
            async shaka(url) {
              const player = new shaka.Player();
              player.addEventListener('error', e => fail('shaka ' + e.detail.code));
              await player.attach(video);
              await player.load(url);
            },
            async dashjs(url) {
              const player = dashjs.MediaPlayer().create();
              player.on('error', e => fail('dash.js ' + (e.error?.code ?? e.error)));
              player.initialize(video, url, true);
            },
            async hlsjs(url) {
              const player = new Hls({ emeEnabled: true, drmSystems: { 'org.w3.clearkey': { licenseUrl: '/clearkey' } } });
              player.on(Hls.Events.ERROR, (_, e) => e.fatal && fail('hls.js ' + e.details));
              player.loadSource(url);
              player.attachMedia(video);
            },
          };
          window.start = (name, url) => players[name](url).then(() => video.play()).catch(e => e.name === 'AbortError' || fail(e.code ?? e));
        </script>
        """;

    private readonly WebApplication _site;
    private readonly ConcurrentQueue<string> _keyRequests = new();
    private string _address = "";

    private SignalledSite(WebApplication site) => _site = site;

    /// <summary>Answers 403 instead of a key.</summary>
    public bool Refuses { get; set; }

    /// <summary>Method and path of each request for a key.</summary>
    public IReadOnlyCollection<string> KeyRequests => _keyRequests;

    public static async Task<SignalledSite> StartAsync(ProtectionScheme scheme)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var site = new SignalledSite(builder.Build());
        site.Map(new SignalledMedia(scheme));
        await site._site.StartAsync();
        site._address = site._site.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return site;
    }

    /// <summary>Plays until two seconds are shown, the picture stands still, or an error came up.</summary>
    public async Task<Measure> PlayAsync(string player, string manifest)
    {
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await Browsers.LaunchAsync(playwright);
        var page = await browser.NewPageAsync();
        await page.GotoAsync(_address + "/");
        await page.EvaluateAsync("([name, url]) => { start(name, url); }", new[] { player, _address + "/" + manifest + (manifest == "dash" ? ".mpd" : ".m3u8") });
        Measure measure;
        var (last, still) = (0.0, 0);
        do
        {
            await Task.Delay(100);
            measure = await page.EvaluateAsync<Measure>("() => ({ error: window.failure, time: video.currentTime, width: video.videoWidth, frames: video.getVideoPlaybackQuality().totalVideoFrames })");
            still = measure.Time > last ? 0 : still + 1;
            last = measure.Time;
        }
        while (measure.Error is null && measure.Time < 2 && still < 200);
        return measure;
    }

    public ValueTask DisposeAsync() => _site.DisposeAsync();

    private void Map(SignalledMedia media)
    {
        _site.UseStaticFiles(new StaticFileOptions { FileProvider = new PhysicalFileProvider(Path.Combine(Repository.Root, "tests", "node_modules")), RequestPath = "/modules" });
        _site.MapGet("/", () => Results.Content(Page, "text/html; charset=utf-8"));
        _site.MapGet("/protected.mp4", () => Results.Bytes(media.Protected, "video/mp4", enableRangeProcessing: true));
        _site.MapGet("/dash.mpd", () => Results.Content(media.Dash(_address + "/clearkey?a=1&b=2"), "application/dash+xml"));
        _site.MapGet("/hls-clearkey.m3u8", () => Playlist(media.Hls(HlsKeyTag.ForClearKey(media.Scheme, SignalledMedia.KeyId))));
        _site.MapGet("/hls-identity.m3u8", () => Playlist(media.Hls(HlsKeyTag.ForIdentity(media.Scheme, _address + "/key"))));
        var (playlist, files) = media.Aes128("/key");
        _site.MapGet("/hls-aes128.m3u8", () => Playlist(playlist));
        foreach (var (name, bytes) in files) _site.MapGet("/" + name, () => Results.Bytes(bytes, "video/mp4"));
        _site.MapGet("/key", () => Answer("GET /key", () => Results.Bytes(SignalledMedia.Key)));
        _site.MapPost("/clearkey", (HttpRequest request) => AnswerClearKeyAsync(request));
    }

    private async Task<IResult> AnswerClearKeyAsync(HttpRequest request)
    {
        using var asked = await JsonDocument.ParseAsync(request.Body);
        var kid = Base64Url(SignalledMedia.KeyId.ToByteArray());
        var known = asked.RootElement.GetProperty("kids").EnumerateArray().Any(each => each.GetString() == kid);
        return Answer("POST /clearkey", () => known
            ? Results.Json(new { keys = new[] { new { kty = "oct", kid, k = Base64Url(SignalledMedia.Key) } }, type = "temporary" })
            : Results.NotFound());
    }

    private IResult Answer(string request, Func<IResult> answer)
    {
        _keyRequests.Enqueue(request);
        return Refuses ? Results.StatusCode(403) : answer();
    }

    private static IResult Playlist(string text) => Results.Content(text, "application/vnd.apple.mpegurl", Encoding.UTF8);

    private static string Base64Url(byte[] bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);

    public sealed class Measure
    {
        public string? Error { get; set; }

        public double Time { get; set; }

        public int Width { get; set; }

        public int Frames { get; set; }
    }
}
