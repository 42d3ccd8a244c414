using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using DrmHub.Cenc;
using DrmHub.LicenseProxy.Tests.Upstreams;
using DrmHub.LicenseProxy.Upstreams;
using DrmHub.LicenseProxy.Upstreams.Vendors;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Rights;
using Microsoft.AspNetCore.Http;

namespace DrmHub.LicenseProxy.Tests.FairPlay;

/// <summary>A vendor's FairPlay service: it gets the SPC and a token of the decision, and its CKC goes to the player in the player's own form.</summary>
public sealed class VendorModuleTests : IAsyncLifetime
{
    private static readonly byte[] Spc = [0, 0, 0, 2, .. Enumerable.Range(0, 300).Select(i => (byte)(i & 0xff))];
    private static readonly byte[] Ckc = [0, 0, 0, 1, 9, 8, 7];

    private readonly List<(string Body, string Token)> _asked = [];
    private TestUpstream _vendor = null!;
    private LicenseDoor _door = null!;
    private IReadOnlyDictionary<string, KeyId> _title = null!;

    public async Task InitializeAsync()
    {
        _vendor = await TestUpstream.StartAsync(async http =>
        {
            using var reader = new StreamReader(http.Request.Body);
            _asked.Add((await reader.ReadToEndAsync(), http.Request.Headers["pallycon-customdata-v2"].ToString()));
            await http.Response.WriteAsync(Convert.ToBase64String(Ckc));
        });
        await OpenAsync(new UpstreamOptions
        {
            Name = "vendor",
            System = DrmSystem.FairPlay,
            Kind = UpstreamKind.DoveRunner,
            Url = _vendor.Url,
            Credentials = new DoveRunnerOptions("SITE", Encoding.ASCII.GetBytes("0123456789abcdef0123456789abcdef"), "access"),
        });
    }

    public async Task DisposeAsync()
    {
        await _door.DisposeAsync();
        await _vendor.DisposeAsync();
    }

    [Fact]
    public async Task The_spc_goes_on_as_it_came_with_a_token_and_the_ckc_comes_back_in_the_players_form()
    {
        var json = JsonSerializer.Serialize(new { spc = Convert.ToBase64String(Spc), assetId = $"skd://{_title["UHD1"]}" });
        var (status, body) = await PostAsync("application/json", json);
        Assert.Equal((200, $$"""{"ckc":"{{Convert.ToBase64String(Ckc)}}"}"""), (status, body));
        var (sent, token) = Assert.Single(_asked);
        Assert.Equal("spc=" + Uri.EscapeDataString(Convert.ToBase64String(Spc)), sent);
        var said = JsonDocument.Parse(Convert.FromBase64String(token)).RootElement;
        Assert.Equal(("FairPlay", "demo-title"), (said.GetProperty("drm_type").GetString(), said.GetProperty("cid").GetString()));
        var entry = Assert.Single(await _door.Vault.EntriesAsync());
        Assert.Equal((AuditKind.LicenseGranted, "vendor"), (entry.Kind, entry.Upstream));
    }

    [Fact]
    public async Task A_request_that_names_no_asset_is_refused_because_nobody_here_can_read_it()
    {
        var (status, body) = await PostAsync("application/json", JsonSerializer.Serialize(new { spc = Convert.ToBase64String(Spc) }));
        Assert.Equal((400, -42585), (status, JsonDocument.Parse(body).RootElement.GetProperty("fairPlayStatus").GetInt32()));
        Assert.Empty(_asked);
    }

    [Fact]
    public async Task Where_the_vendor_keeps_no_levels_a_device_counts_as_the_lowest()
    {
        await _door.DisposeAsync();
        await OpenAsync(new UpstreamOptions
        {
            Name = "vendor",
            System = DrmSystem.FairPlay,
            Kind = UpstreamKind.DrmToday,
            Url = _vendor.Url,
            Credentials = new DrmTodayOptions("merchant", new byte[64], "key"),
        });
        var (status, body) = await PostAsync("application/json", JsonSerializer.Serialize(new { spc = Convert.ToBase64String(Spc), assetId = $"skd://{_title["UHD1"]}" }));
        Assert.Equal((403, ReasonCodes.DeviceLevel), (status, JsonDocument.Parse(body).RootElement.GetProperty("code").GetString()));
        Assert.Empty(_asked);
    }

    private async Task OpenAsync(UpstreamOptions vendor)
    {
        _door = await LicenseDoor.OpenAsync(configure: options => options.Upstreams = [vendor]);
        _title = await _door.CreateKeysAsync("demo-title", TrackType.SD, TrackType.UHD1);
    }

    private async Task<(int Status, string Body)> PostAsync(string type, string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/license/fairplay") { Content = new StringContent(body, Encoding.UTF8, type) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _door.Token());
        using var response = await _door.Http.SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
