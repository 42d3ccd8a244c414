using System.Net.Http.Headers;
using System.Text.Json;
using DrmHub.Cenc;
using DrmHub.LicenseProxy.Tests.Upstreams;
using DrmHub.LicenseProxy.Upstreams;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Rights;
using Microsoft.AspNetCore.Http;

namespace DrmHub.LicenseProxy.Tests.FairPlay;

/// <summary>A key security module outside, over HTTP: what is asked of it, and what becomes of whatever it answers.</summary>
public sealed class ExternalModuleTests : IAsyncLifetime
{
    private static readonly byte[] Spc = [0, 0, 0, 3, .. new byte[60]];
    private static readonly byte[] Ckc = [9, 8, 7];

    private readonly List<JsonElement> _asked = [];
    private TestUpstream _ksm = null!;
    private LicenseDoor _door = null!;
    private IReadOnlyDictionary<string, KeyId> _title = null!;
    private Func<JsonElement, string> _answer = null!;

    public async Task InitializeAsync()
    {
        _ksm = await TestUpstream.StartAsync(async http =>
        {
            using var document = await JsonDocument.ParseAsync(http.Request.Body);
            var request = document.RootElement.GetProperty("fairplay-streaming-request").Clone();
            _asked.Add(request);
            http.Response.ContentType = "application/json";
            await http.Response.WriteAsync(_answer(request));
        });
        _door = await LicenseDoor.OpenAsync(configure: options => options.Upstreams =
        [
            new UpstreamOptions { Name = "apple-ksm", System = DrmSystem.FairPlay, Kind = UpstreamKind.Ksm, Url = _ksm.Url },
        ]);
        _title = await _door.CreateKeysAsync("demo-title", TrackType.SD, TrackType.UHD1);
        _answer = request => request.TryGetProperty("get-client-info", out _) ? Info("SD", "main") : Created("SD");
    }

    public async Task DisposeAsync()
    {
        await _door.DisposeAsync();
        await _ksm.DisposeAsync();
    }

    [Fact]
    public async Task The_module_reads_the_spc_first_and_gets_key_and_terms_after_the_decision()
    {
        var (status, body) = await PostAsync();
        Assert.Equal((200, Convert.ToHexString(Ckc)), (status, Convert.ToHexString(body)));
        Assert.Equal(2, _asked.Count);
        var info = Assert.Single(_asked[0].GetProperty("get-client-info").EnumerateArray());
        Assert.Equal(Spc, info.GetProperty("spc").GetBytesFromBase64());
        Assert.False(info.TryGetProperty("asset-info", out _));

        var create = Assert.Single(_asked[1].GetProperty("create-ckc").EnumerateArray());
        var asset = Assert.Single(create.GetProperty("asset-info").EnumerateArray());
        using var key = (await _door.Vault.Keys.FindAsync([_title["SD"]]))[0];
        Assert.Equal(Convert.ToHexStringLower(key.Key.Bytes), asset.GetProperty("content-key").GetString());
        Assert.Equal(("sd", "cbcs", 6 * 3600), (asset.GetProperty("content-type").GetString(), asset.GetProperty("encryption-scheme").GetString(), asset.GetProperty("lease-duration").GetInt32()));
        Assert.False(asset.TryGetProperty("offline-hls", out _));
        var entry = Assert.Single(await _door.Vault.EntriesAsync());
        Assert.Equal((AuditKind.LicenseGranted, "apple-ksm", "Hardware"), (entry.Kind, entry.Upstream, entry.SecurityLevel));
    }

    [Theory]
    [InlineData("baseline")]
    [InlineData("0123456789ABCDEF")]
    public async Task What_the_module_says_of_the_device_decides(string level)
    {
        _answer = _ => Info("UHD1", level);
        var (status, body) = await PostAsync();
        Assert.Equal((403, ReasonCodes.DeviceLevel), (status, Code(body)));
        Assert.Single(_asked); // No key left the hub.
    }

    [Fact]
    public async Task A_module_that_pairs_the_key_with_another_asset_is_not_passed_on()
    {
        _answer = request => request.TryGetProperty("get-client-info", out _) ? Info("SD", "main") : Created("UHD1");
        var (status, body) = await PostAsync();
        Assert.Equal((502, ReasonCodes.UpstreamRefused), (status, Code(body)));
        Assert.Equal(AuditKind.LicenseRefused, Assert.Single(await _door.Vault.EntriesAsync()).Kind);
    }

    [Theory]
    [InlineData(-42581, 400, ReasonCodes.ChallengeMalformed)]
    [InlineData(-42605, 400, ReasonCodes.ChallengeMalformed)]
    [InlineData(-42590, 400, ReasonCodes.ChallengeUnsupported)]
    [InlineData(-42601, 503, ReasonCodes.UpstreamUnavailable)]
    [InlineData(-42604, 403, ReasonCodes.DeviceLevel)]
    public async Task A_status_is_the_spcs_fault_or_the_services(int status, int http, string code)
    {
        _answer = _ => $$$"""{"fairplay-streaming-response":{"get-client-info":[{"id":1,"status":{{{status}}}}]}}""";
        var (answered, body) = await PostAsync();
        Assert.Equal((http, code), (answered, Code(body)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"fairplay-streaming-response":5}""")]
    [InlineData("""{"fairplay-streaming-response":{"create-ckc":{}}}""")]
    [InlineData("""{"fairplay-streaming-response":{"create-ckc":[]}}""")]
    [InlineData("""{"fairplay-streaming-response":{"create-ckc":[{"id":1}]}}""")]
    [InlineData("""{"fairplay-streaming-response":{"create-ckc":[{"status":"0"}]}}""")]
    [InlineData("""{"fairplay-streaming-response":{"create-ckc":[{"status":0,"ckc":"%%"}]}}""")]
    [InlineData("""{"fairplay-streaming-response":{"create-ckc":[{"status":0,"ckc":5}]}}""")]
    public async Task Anything_else_is_an_unreadable_answer(string answer)
    {
        _answer = request => request.TryGetProperty("get-client-info", out _) ? Info("SD", "main") : answer;
        var (status, body) = await PostAsync();
        Assert.Equal((503, ReasonCodes.UpstreamUnavailable), (status, Code(body)));
    }

    private static string Code(byte[] body) => JsonDocument.Parse(body).RootElement.GetProperty("code").GetString()!;

    private string Info(string track, string level) => $$$"""
        {"fairplay-streaming-response":{"get-client-info":[{"id":1,"status":0,"asset-id":"skd://{{{_title[track]}}}","hu":"{{{new string('A', 40)}}}","security-level":"{{{level}}}","kdl-version":40,
        "capabilities":{"hdcp":true,"offline-key":true,"offline-key-2":true,"security-level-baseline":true,"security-level-main":true},
        "playback-state":{"creation-date":1,"state":{{{0xf4dee5a2}}},"session-id":18446744073709551615},"device-info":{"device-type":"8551FD5E31F479B3","os-version":"00110401"}}]}}
        """;

    private string Created(string track) => $$$"""{"fairplay-streaming-response":{"create-ckc":[{"id":1,"status":0,"asset-id":"skd://{{{_title[track]}}}","ckc":"{{{Convert.ToBase64String(Ckc)}}}"}]}}""";

    private async Task<(int Status, byte[] Body)> PostAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/license/fairplay") { Content = new ByteArrayContent(Spc) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _door.Token());
        using var response = await _door.Http.SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync());
    }
}
