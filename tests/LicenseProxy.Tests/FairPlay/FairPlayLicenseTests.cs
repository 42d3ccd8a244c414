using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using DrmHub.Cenc;
using DrmHub.LicenseProxy.Systems.FairPlay;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Rights;

namespace DrmHub.LicenseProxy.Tests.FairPlay;

/// <summary>The route with the hub's own key security module: what a device can open is what the decision says.</summary>
public sealed class FairPlayLicenseTests : IAsyncLifetime
{
    private LicenseDoor _door = null!;
    private IReadOnlyDictionary<string, KeyId> _title = null!;

    public async Task InitializeAsync()
    {
        _door = await LicenseDoor.OpenAsync(configure: options => options.FairPlay = new FairPlayOptions
        {
            Published = FairPlayVectors.Certificate(1),
            Module = FairPlayVectors.Module(),
        });
        _title = await _door.CreateKeysAsync("demo-title", TrackType.Audio, TrackType.SD, TrackType.HD, TrackType.UHD1);
    }

    public async Task DisposeAsync() => await _door.DisposeAsync();

    [Fact]
    public async Task The_certificate_is_there_for_everybody_and_cached()
    {
        using var response = await _door.Http.GetAsync("/license/fairplay/certificate");
        Assert.Equal(FairPlayVectors.Certificate(1), await response.Content.ReadAsByteArrayAsync());
        Assert.True(response.Headers.CacheControl!.Public);
        using var again = new HttpRequestMessage(HttpMethod.Get, "/license/fairplay/certificate");
        again.Headers.IfNoneMatch.Add(response.Headers.ETag!);
        using var unchanged = await _door.Http.SendAsync(again);
        Assert.Equal(304, (int)unchanged.StatusCode);
    }

    [Fact]
    public async Task Each_form_gets_the_same_key_back_in_its_own_form()
    {
        var uri = $"skd://{_title["SD"]}";
        var base64 = (byte[] spc) => Convert.ToBase64String(spc);
        (string Type, Func<byte[], byte[]> Write, Func<byte[], string, byte[]> Read)[] forms =
        [
            ("application/x-www-form-urlencoded", spc => Utf8($"spc={Uri.EscapeDataString(base64(spc))}&assetId={Uri.EscapeDataString(uri)}"), (body, type) =>
            {
                Assert.Equal("text/plain", type);
                return Convert.FromBase64String(Encoding.ASCII.GetString(body)["<ckc>".Length..^"</ckc>".Length]);
            }),
            ("application/octet-stream", spc => spc, (body, type) =>
            {
                Assert.Equal("application/octet-stream", type);
                return body;
            }),
            ("application/json", spc => Utf8($$"""{"spc":"{{base64(spc)}}"}"""), (body, _) => JsonDocument.Parse(body).RootElement.GetProperty("ckc").GetBytesFromBase64()),
            ("application/json", spc => Utf8($$$"""{"fairplay-streaming-request":{"version":1,"streaming-keys":[{"id":7,"uri":"{{{uri}}}","spc":"{{{base64(spc)}}}"}]}}"""), (body, _) =>
            {
                var key = Assert.Single(JsonDocument.Parse(body).RootElement.GetProperty("fairplay-streaming-response").GetProperty("streaming-keys").EnumerateArray());
                Assert.Equal((7, 0), (key.GetProperty("id").GetInt32(), key.GetProperty("status").GetInt32()));
                return key.GetProperty("ckc").GetBytesFromBase64();
            }),
        ];
        foreach (var (type, write, read) in forms)
        {
            var device = new TestDevice(uri).Playing().Reporting(TestDevice.Baseline);
            var (status, body, answerType) = await PostAsync(type, write(device.SpcV2()));
            Assert.Equal(200, status);
            Assert.Equal(await KeyAsync("SD"), device.Open(read(body, answerType)).Key);
        }
    }

    /// <summary>The default policy: 720p for Software, 1080p for Baseline, everything for Main; UHD needs HDCP 2.2.</summary>
    [Theory]
    [InlineData(null, "AUDIO", true)]
    [InlineData(null, "SD", true)]
    [InlineData(null, "HD", false)]
    [InlineData(null, "UHD1", false)]
    [InlineData(TestDevice.Baseline, "HD", true)]
    [InlineData(TestDevice.Baseline, "UHD1", false)]
    [InlineData(TestDevice.Main, "HD", true)]
    [InlineData(TestDevice.Main, "UHD1", true)]
    public async Task A_device_opens_what_its_level_may_have_and_nothing_else(ulong? level, string track, bool granted)
    {
        var device = new TestDevice($"skd://{_title[track]}").Playing().Reporting(level);
        var (status, body, _) = await PostAsync("application/octet-stream", device.SpcV2());
        var entry = Assert.Single(await _door.Vault.EntriesAsync());
        Assert.Equal(("demo-title", DrmSystem.FairPlay), (entry.ContentId, entry.System));
        if (!granted)
        {
            var problem = JsonDocument.Parse(body).RootElement;
            Assert.Equal((403, ReasonCodes.DeviceLevel, -42604), (status, problem.GetProperty("code").GetString(), problem.GetProperty("fairPlayStatus").GetInt32()));
            Assert.Equal(AuditKind.LicenseRefused, entry.Kind);
            return;
        }

        var ckc = device.Open(body);
        Assert.Equal((200, AuditKind.LicenseGranted), (status, entry.Kind));
        Assert.Equal(await KeyAsync(track), ckc.Key);
        Assert.Equal((uint)(6 * 3600), ckc.Duration!.Value.Lease);
        Assert.Equal(track == "UHD1" ? 0x285a0863bba8e1d3 : ckc.Hdcp, ckc.Hdcp);
        if (track == "UHD1") Assert.Equal(TestDevice.Main, ckc.RequiredLevel);
        if (track == "AUDIO") Assert.Equal(0xef72894ca7895b78, ckc.Hdcp);
    }

    [Fact]
    public async Task A_device_that_cannot_be_held_to_the_output_rule_is_refused_and_the_log_says_so()
    {
        var device = new TestDevice($"skd://{_title["UHD1"]}").Playing().Reporting(TestDevice.Main, 0b111110);
        var (status, body, _) = await PostAsync("application/octet-stream", device.SpcV2());
        Assert.Equal((403, ReasonCodes.DeviceOutput), (status, JsonDocument.Parse(body).RootElement.GetProperty("code").GetString()));
        var entry = Assert.Single(await _door.Vault.EntriesAsync());
        Assert.Equal((AuditKind.LicenseRefused, ReasonCodes.DeviceOutput), (entry.Kind, entry.ReasonCode));
    }

    [Theory]
    [InlineData("suspended", 403, ReasonCodes.EntitlementSuspended)]
    [InlineData("free", 403, ReasonCodes.EntitlementNone)]
    public async Task A_subscriber_without_the_right_is_refused_in_every_form(string subscriber, int expected, string code)
    {
        var device = new TestDevice($"skd://{_title["SD"]}").Playing().Reporting(TestDevice.Main);
        var (status, body, _) = await PostAsync("application/octet-stream", device.SpcV2(), subscriber);
        Assert.Equal((expected, code), (status, JsonDocument.Parse(body).RootElement.GetProperty("code").GetString()));

        var list = Utf8($$$"""{"fairplay-streaming-request":{"create-ckc":[{"id":"a","spc":"{{{Convert.ToBase64String(device.SpcV2())}}}"}]}}""");
        (status, body, _) = await PostAsync("application/json", list, subscriber);
        var root = JsonDocument.Parse(body).RootElement;
        var item = Assert.Single(root.GetProperty("fairplay-streaming-response").GetProperty("create-ckc").EnumerateArray());
        Assert.Equal((expected, code, "a", -42585), (status, root.GetProperty("code").GetString(), item.GetProperty("id").GetString(), item.GetProperty("status").GetInt32()));
        Assert.False(item.TryGetProperty("ckc", out _));
    }

    [Fact]
    public async Task What_is_wrong_with_an_spc_is_said_by_number_and_only_to_who_has_a_token()
    {
        var spc = new TestDevice($"skd://{_title["SD"]}").SpcV1();
        spc[3] = 9;
        var (status, body, _) = await PostAsync("application/octet-stream", spc);
        var problem = JsonDocument.Parse(body).RootElement;
        Assert.Equal((400, ReasonCodes.ChallengeUnsupported, -42580), (status, problem.GetProperty("code").GetString(), problem.GetProperty("fairPlayStatus").GetInt32()));
        (status, body, _) = await PostAsync("application/octet-stream", [1, 2, 3]);
        Assert.Equal((400, ReasonCodes.ChallengeMalformed), (status, JsonDocument.Parse(body).RootElement.GetProperty("code").GetString()));
        (status, body, _) = await PostAsync("application/octet-stream", spc, null);
        Assert.Equal((401, ReasonCodes.TokenMissing), (status, JsonDocument.Parse(body).RootElement.GetProperty("code").GetString()));
    }

    [Fact]
    public async Task A_list_answers_each_key_for_itself_and_the_lowest_device_counts()
    {
        var id = new byte[20];
        var sd = new TestDevice($"skd://{_title["SD"]}", id).Playing().Reporting(TestDevice.Baseline);
        var uhd = new TestDevice($"skd://{_title["UHD1"]}", id).Playing().Reporting(TestDevice.Baseline);
        var broken = new TestDevice($"skd://{_title["SD"]}", id).SpcV1();
        broken[^1] ^= 1;
        broken[3] = 7;
        var (status, body, _) = await PostAsync("application/json", List(sd.SpcV2(), uhd.SpcV2(), broken));
        Assert.Equal(200, status);
        var items = JsonDocument.Parse(body).RootElement.GetProperty("fairplay-streaming-response").GetProperty("streaming-keys").EnumerateArray().ToList();
        Assert.Equal([0, -42604, -42580], items.Select(item => item.GetProperty("status").GetInt32()));
        Assert.Equal(await KeyAsync("SD"), sd.Open(items[0].GetProperty("ckc").GetBytesFromBase64()).Key);
    }

    [Fact]
    public async Task Spcs_of_two_devices_do_not_go_into_one_request()
    {
        var strong = new TestDevice($"skd://{_title["UHD1"]}").Playing().Reporting(TestDevice.Main);
        var weak = new TestDevice($"skd://{_title["SD"]}").Playing().Reporting(null);
        var (status, _, _) = await PostAsync("application/json", List(strong.SpcV2(), weak.SpcV2()));
        Assert.Equal(400, status);
    }

    [Fact]
    public async Task A_title_with_one_key_is_found_by_its_name_and_one_with_several_is_not_guessed()
    {
        var single = await _door.CreateKeysAsync("demo-single", TrackType.SD);
        var device = new TestDevice("skd://demo-single").Playing().Reporting(TestDevice.Baseline);
        var (status, body, _) = await PostAsync("application/octet-stream", device.SpcV1());
        Assert.Equal(200, status);
        using var stored = (await _door.Vault.Keys.FindAsync([single["SD"]]))[0];
        Assert.Equal(stored.Key.Bytes.ToArray(), device.Open(body).Key);
        (status, body, _) = await PostAsync("application/octet-stream", new TestDevice("skd://demo-title").Playing().Reporting(TestDevice.Main).SpcV1());
        Assert.Equal((404, ReasonCodes.KeyUnknown), (status, JsonDocument.Parse(body).RootElement.GetProperty("code").GetString()));
    }

    [Fact]
    public async Task The_device_its_level_and_its_playback_reach_the_log_without_secrets()
    {
        var device = new TestDevice($"skd://{_title["SD"]}").Playing(0x4f834330).Reporting(TestDevice.Main);
        await PostAsync("application/octet-stream", device.SpcV2());
        var leaf = Encoding.UTF8.GetString((await _door.Vault.EntriesAsync()).Single().Leaf.Span);
        Assert.Contains("\"Hardware\"", leaf, StringComparison.Ordinal);
        Assert.Contains("spc_version", leaf, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToHexStringLower(device.Secrets.DeviceId), leaf, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(Convert.ToHexStringLower(device.Secrets.Key), leaf, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_hub_without_FairPlay_says_so()
    {
        await using var door = await LicenseDoor.OpenAsync();
        using var certificate = await door.Http.GetAsync("/license/fairplay/certificate");
        Assert.Equal(400, (int)certificate.StatusCode);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/license/fairplay") { Content = new ByteArrayContent(new TestDevice("skd://x").SpcV1()) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", door.Token());
        using var response = await door.Http.SendAsync(request);
        Assert.Contains(ReasonCodes.ChallengeUnsupported, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[] List(params byte[][] spcs) =>
        Utf8($$$"""{"fairplay-streaming-request":{"streaming-keys":[{{{string.Join(',', spcs.Select((spc, i) => $$"""{"id":{{i}},"spc":"{{Convert.ToBase64String(spc)}}"}"""))}}}]}}""");

    private async Task<byte[]> KeyAsync(string track)
    {
        using var key = (await _door.Vault.Keys.FindAsync([_title[track]]))[0];
        return key.Key.Bytes.ToArray();
    }

    private async Task<(int Status, byte[] Body, string Type)> PostAsync(string type, byte[] body, string? subscriber = "premium")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/license/fairplay") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        if (subscriber is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _door.Token(subscriber));
        using var response = await _door.Http.SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync(), response.Content.Headers.ContentType!.MediaType!);
    }
}
