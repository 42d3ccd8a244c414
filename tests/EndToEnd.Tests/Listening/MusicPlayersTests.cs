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

namespace DrmHub.EndToEnd.Tests.Listening;

/// <summary>hls.js and Shaka Player on a site of their own play what the packager wrote, by the manifests of the hub.</summary>
public sealed class MusicPlayersTests
{
    private const string Page = """
        <!DOCTYPE html><title>players</title><video id="video"></video>
        <script src="/modules/shaka-player/dist/shaka-player.compiled.js"></script>
        <script src="/modules/hls.js/dist/hls.min.js"></script>
        <script>
          const video = document.getElementById('video');
          window.failure = null;
          const fail = what => { window.failure ??= String(what); };
          const players = {
            async shaka(hub, track, token) {
              const player = new shaka.Player();
              player.addEventListener('error', e => fail('shaka ' + e.detail.code));
              await player.attach(video);
              player.getNetworkingEngine().registerRequestFilter((type, request) => {
                if (type === shaka.net.NetworkingEngine.RequestType.LICENSE) request.headers.Authorization = 'Bearer ' + token;
              });
              await player.load(`${hub}/music/${track}/manifest.mpd?max=high`);
            },
            async hlsjs(hub, track, token) {
              const player = new Hls({
                emeEnabled: true,
                drmSystems: { 'org.w3.clearkey': { licenseUrl: hub + '/license/clearkey' } },
                licenseXhrSetup: (xhr, url) => { xhr.open('POST', url, true); xhr.setRequestHeader('Authorization', 'Bearer ' + token); },
              });
              player.on(Hls.Events.ERROR, (_, e) => e.fatal && fail('hls.js ' + e.details));
              player.loadSource(`${hub}/music/${track}/manifest.m3u8?max=high`);
              player.attachMedia(video);
            },
          };
          window.start = (name, ...rest) => players[name](...rest).then(() => video.play()).catch(e => e.name === 'AbortError' || fail(e.code ?? e));
        </script>
        """;

    [SkippableTheory]
    [InlineData("hlsjs")]
    [InlineData("shaka")]
    public async Task Other_players_play_the_manifests(string player)
    {
        Skip.If(Tools.Chromium is null || Tools.ShakaPlayer is null, "Needs chromium and the players: tests/run installs them.");
        await using var hub = await HubProcess.StartAsync();
        var token = await hub.TokenAsync("player", "--sub", "demo-premium");
        await using var site = await StartSiteAsync();
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await Browsers.LaunchAsync(playwright);
        var page = await browser.NewPageAsync();
        await page.GotoAsync(site.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        await page.EvaluateAsync("([name, hub, track, token]) => { start(name, hub, track, token); }", new[] { player, hub.Address.AbsoluteUri.TrimEnd('/'), "listen-track-2", token });
        await page.WaitForFunctionAsync("() => window.failure || video.currentTime > 2", null, new() { Timeout = 60_000 });
        Assert.Null(await page.EvaluateAsync<string?>("() => window.failure"));
        Assert.InRange(await page.EvaluateAsync<double>("() => video.duration"), 9.9, 10.1);
    }

    private static async Task<WebApplication> StartSiteAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var site = builder.Build();
        site.UseStaticFiles(new StaticFileOptions { FileProvider = new PhysicalFileProvider(Path.Combine(Repository.Root, "tests", "node_modules")), RequestPath = "/modules" });
        site.MapGet("/", () => Results.Content(Page, "text/html; charset=utf-8"));
        await site.StartAsync();
        return site;
    }
}
