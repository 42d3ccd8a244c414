using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using DrmHub.Cenc;
using DrmHub.Cenc.Signalling;
using DrmHub.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Microsoft.Playwright;

namespace DrmHub.EndToEnd.Tests;

/// <summary>One hub with short leases, a site on another origin with four players, and one Chromium: shared by the tests that play.</summary>
public sealed class PlayersFixture : IAsyncLifetime
{
    public const string Content = "film";

    private readonly WebApplication _site = Build();
    private HubProcess _hub = null!;
    private IPlaywright? _playwright;
    private IBrowser _browser = null!;
    private HttpClient _admin = null!;

    public static string? Missing { get; } =
        Tools.Chromium is null || Tools.ShakaPlayer is null || !File.Exists(Path.Combine(Repository.Root, "tests/node_modules/videojs-contrib-eme/dist/videojs-contrib-eme.min.js"))
            ? "Needs chromium and the players of tests/package.json: tests/run installs them." : null;

    public async Task InitializeAsync()
    {
        if (Missing is not null) return;
        _hub = await HubProcess.StartAsync(null, "--Sessions:Lease=00:00:08", "--Sessions:Heartbeat=00:00:01");
        _admin = new HttpClient { BaseAddress = _hub.Address };
        _admin.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", await _hub.TokenAsync("admin", "--role", "keys.admin,rights.write,rights.read,audit.read"));
        using var imported = await _admin.PostAsJsonAsync("/admin/keys", new[]
        {
            new { contentId = Content, keyId = SignalledMedia.KeyId.ToString(), key = Convert.ToHexStringLower(SignalledMedia.Key), track = "SD", scheme = "cenc", minPixels = 0, maxPixels = 589_824 },
        });
        Assert.True(imported.IsSuccessStatusCode, await imported.Content.ReadAsStringAsync());
        MapMedia();
        await _site.StartAsync();
        _playwright = await Playwright.CreateAsync();
        _browser = await Browsers.LaunchAsync(_playwright);
    }

    public async Task DisposeAsync()
    {
        if (_playwright is null) return;
        await _browser.DisposeAsync();
        _playwright.Dispose();
        _admin.Dispose();
        await _site.DisposeAsync();
        await _hub.DisposeAsync();
    }

    /// <summary>Writes a document of the rights, as a rights team does.</summary>
    public async Task PutAsync(string path, object document)
    {
        using var response = await _admin.PutAsJsonAsync("/rights/" + path, document);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    public async Task DeleteAsync(string path)
    {
        using var response = await _admin.DeleteAsync("/rights/" + path);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>The deal that everything else departs from: the film for the plan <c>film-plan</c> in India, for now.</summary>
    public Task PutDealAsync(Action<Dictionary<string, object>>? change = null)
    {
        var deal = new Dictionary<string, object>
        {
            ["name"] = "Film", ["content"] = new { patterns = new[] { Content } }, ["plans"] = new[] { "film-plan" }, ["territories"] = new[] { "IN" }, ["clearKeyAllowed"] = true,
        };
        change?.Invoke(deal);
        return PutAsync("deals/film", deal);
    }

    /// <summary>A fresh token, as the operator's backend would sign one.</summary>
    public string Token(string subscriber, string country = "IN")
    {
        using var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(Path.Combine(_hub.Data, "tokens.pem")));
        var security = new ECDsaSecurityKey(key) { CryptoProviderFactory = new CryptoProviderFactory { CacheSignatureProviders = false } };
        security.KeyId = Base64UrlEncoder.Encode(security.ComputeJwkThumbprint());
        return new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Issuer = "drmhub",
            Audience = "drmhub-player",
            Claims = new Dictionary<string, object> { ["sub"] = subscriber, ["jti"] = RandomNumberGenerator.GetHexString(16), ["cty"] = country },
            Expires = TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(5),
            SigningCredentials = new SigningCredentials(security, SecurityAlgorithms.EcdsaSha256),
        });
    }

    /// <summary>A tab with the page in it.</summary>
    internal async Task<PlayerTab> OpenTabAsync()
    {
        var page = await _browser.NewPageAsync();
        await page.GotoAsync(_site.Urls.First() + "/");
        return new PlayerTab(page, _site.Urls.First(), _hub.Address.GetLeftPart(UriPartial.Authority));
    }

    private void MapMedia()
    {
        var media = new SignalledMedia(ProtectionScheme.Cenc);
        var hub = _hub.Address.GetLeftPart(UriPartial.Authority);
        var (playlist, files) = media.Aes128($"{hub}/key/{SignalledMedia.KeyId}");
        foreach (var (name, bytes) in files) _site.MapGet("/" + name, () => Results.Bytes(bytes, "video/mp4"));
        _site.MapGet("/protected.mp4", () => Results.Bytes(media.Protected, "video/mp4", enableRangeProcessing: true));
        _site.MapGet("/dash.mpd", () => Results.Content(media.Dash($"{hub}/license/clearkey"), "application/dash+xml"));
        _site.MapGet("/clearkey.m3u8", () => Results.Content(media.Hls(HlsKeyTag.ForClearKey(media.Scheme, SignalledMedia.KeyId)), "application/vnd.apple.mpegurl", Encoding.UTF8));
        _site.MapGet("/aes128.m3u8", () => Results.Content(playlist, "application/vnd.apple.mpegurl", Encoding.UTF8));
    }

    private static WebApplication Build()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var site = builder.Build();
        var modules = Path.Combine(Repository.Root, "tests", "node_modules");
        if (Directory.Exists(modules)) site.UseStaticFiles(new StaticFileOptions { FileProvider = new PhysicalFileProvider(modules), RequestPath = "/modules" });
        site.MapGet("/", () => Results.Content(File.ReadAllText(Path.Combine(Repository.Root, "tests/EndToEnd.Tests/Players/players.html")), "text/html; charset=utf-8"));
        return site;
    }
}
