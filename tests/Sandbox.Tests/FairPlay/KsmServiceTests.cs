using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using DrmHub.Cenc;
using DrmHub.Sandbox.Devices;
using DrmHub.Sandbox.Devices.FairPlay;
using DrmHub.Sandbox.Wire;

namespace DrmHub.Sandbox.Tests.FairPlay;

/// <summary>FairPlay devices and the simulated key security module, over HTTP.</summary>
public sealed class KsmServiceTests : IAsyncLifetime
{
    private static readonly KeyId Kid = KeyId.Parse("00112233445566778899aabbccddeeff");
    private static readonly LicenseWish Wish = new() { KeyIds = [Kid], Scheme = ProtectionScheme.Cbcs };

    private SandboxDoor _door = null!;

    public async Task InitializeAsync() => _door = await SandboxDoor.OpenAsync();

    public async Task DisposeAsync() => await _door.DisposeAsync();

    [Theory]
    [InlineData(FairPlayLevel.Main, "uhd", 1, 0)]
    [InlineData(FairPlayLevel.Baseline, "uhd", 1, -42604)]
    [InlineData(FairPlayLevel.Baseline, "hd", 0, 0)]
    [InlineData(FairPlayLevel.Old, "hd", 0, -42604)]
    [InlineData(FairPlayLevel.Old, "sd", -1, 0)]
    [InlineData(FairPlayLevel.Main, "uhd", 0, -42581)]
    [InlineData(FairPlayLevel.Main, "hd", -1, -42581)]
    [InlineData(FairPlayLevel.Old, "sd", 1, -42604)]
    public async Task A_key_goes_to_devices_that_can_keep_its_rules(FairPlayLevel level, string contentType, int hdcp, int status)
    {
        using var device = new FairPlayDevice(level, time: _door.Time);
        var challenge = device.Ask(Wish);
        var answer = await CreateAsync(challenge, asset => (asset["content-type"], asset["hdcp-type"]) = (contentType, hdcp));
        Assert.Equal(status, (int?)answer["status"]);
        if (status != 0)
        {
            Assert.Null(answer["ckc"]);
            return;
        }

        using var license = challenge.Open(Convert.FromBase64String((string)answer["ckc"]!));
        Assert.Equal("0123456789abcdef0123456789abcdef", Convert.ToHexStringLower(license.Keys[0].Key.Bytes));
        Assert.Equal(PlayVerdict.Plays, license.Judge(Kid, _door.Time.GetUtcNow().ToUnixTimeMilliseconds(), HdcpVersion.Hdcp22));
        Assert.Equal(hdcp == -1 ? PlayVerdict.Plays : PlayVerdict.OutputTooLow, license.Judge(Kid, _door.Time.GetUtcNow().ToUnixTimeMilliseconds(), HdcpVersion.None));
    }

    [Fact]
    public async Task A_lease_ends_and_is_renewed()
    {
        using var device = new FairPlayDevice(FairPlayLevel.Baseline, time: _door.Time);
        var challenge = device.Ask(Wish);
        using var license = challenge.Open(Ckc(await CreateAsync(challenge, asset => asset["lease-duration"] = 60)));
        _door.Time.Advance(TimeSpan.FromSeconds(60));
        var now = _door.Time.GetUtcNow().ToUnixTimeMilliseconds();
        Assert.Equal(PlayVerdict.Ended, license.Judge(Kid, now, HdcpVersion.Hdcp1));

        var again = device.Ask(Wish with { Kind = LicenseKind.Renewal, Existing = license });
        using var renewed = again.Open(Ckc(await CreateAsync(again, asset => asset["lease-duration"] = 60)));
        Assert.Equal(PlayVerdict.Plays, renewed.Judge(Kid, now, HdcpVersion.Hdcp1));
    }

    [Fact]
    public async Task An_offline_key_carries_its_two_durations()
    {
        using var device = new FairPlayDevice(FairPlayLevel.Main, time: _door.Time);
        var challenge = device.Ask(Wish with { Offline = true });
        var offline = new JsonObject { ["stream-id"] = new string('a', 32), ["title-id"] = new string('b', 32), ["rental-duration"] = 100, ["playback-duration"] = 10 };
        using var license = challenge.Open(Ckc(await CreateAsync(challenge, asset => asset["offline-hls"] = offline)));
        var now = _door.Time.GetUtcNow().ToUnixTimeMilliseconds();
        Assert.True(license.Rules.Persistent);
        Assert.Equal(PlayVerdict.RentalEnded, license.Judge(Kid, now + 100_000, HdcpVersion.Hdcp1));
        Assert.Equal(PlayVerdict.Plays, license.Judge(Kid, now + 108_000, HdcpVersion.Hdcp1, firstPlayedMs: now + 99_000));
        Assert.Equal(PlayVerdict.PlaybackEnded, license.Judge(Kid, now + 109_000, HdcpVersion.Hdcp1, firstPlayedMs: now + 99_000));

        var streaming = device.Ask(Wish with { Offline = true });
        var answer = Ckc(await CreateAsync(streaming, _ => { }));
        Assert.Equal(SandboxFailure.Policy, Assert.Throws<SandboxException>(() => streaming.Open(answer)).Failure);
    }

    [Theory]
    [InlineData(FairPlayLevel.Main, "main", true)]
    [InlineData(FairPlayLevel.Baseline, "baseline", true)]
    [InlineData(FairPlayLevel.Old, null, false)]
    public async Task Client_info_says_what_the_device_reports(FairPlayLevel level, string? reported, bool hdcp)
    {
        using var device = new FairPlayDevice(level, name: "phone", time: _door.Time);
        using var second = new FairPlayDevice(level, name: "phone", time: _door.Time);
        var info = await AskAsync("get-client-info", new JsonObject { ["id"] = 7, ["spc"] = Convert.ToBase64String(device.Ask(Wish).Body) });
        var other = await AskAsync("get-client-info", new JsonObject { ["id"] = 7, ["spc"] = Convert.ToBase64String(second.Ask(Wish).Body) });
        Assert.Equal(0, (int?)info["status"]);
        Assert.Equal(reported, (string?)info["security-level"]);
        Assert.Equal(hdcp, (bool?)info["capabilities"]!["hdcp"]);
        Assert.Equal(Kid.ToString(), (string?)info["asset-id"]);
        Assert.Equal((string?)info["hu"], (string?)other["hu"]);
    }

    [Theory]
    [InlineData("version", -42580)]
    [InlineData("cut", -42581)]
    [InlineData("certificate", -42605)]
    [InlineData("wrapped key", -42581)]
    [InlineData("last block", -42581)]
    public async Task A_broken_spc_gets_its_number(string what, int status)
    {
        using var device = new FairPlayDevice(FairPlayLevel.Main, time: _door.Time);
        var spc = device.Ask(Wish).Body;
        switch (what)
        {
            case "version": spc[3] = 3; break;
            case "cut": spc = spc[..^16]; break;
            case "certificate": spc[285] ^= 1; break;
            case "wrapped key": spc[100] ^= 1; break;
            case "last block": BinaryPrimitives.WriteUInt32BigEndian(spc.AsSpan(300), 16); spc = spc[..320]; break;
        }

        var answer = await AskAsync("get-client-info", new JsonObject { ["id"] = 1, ["spc"] = Convert.ToBase64String(spc) });
        Assert.Equal(status, (int?)answer["status"]);
    }

    [Theory]
    [InlineData("wrong-signature")]
    [InlineData("revoked")]
    public async Task Faults_reach_the_device(string fault)
    {
        using var ordered = await _door.Http.PostAsJsonAsync("/sandbox/faults", new { service = "fairplay", fault, count = 1 });
        using var device = new FairPlayDevice(FairPlayLevel.Main, time: _door.Time);
        var challenge = device.Ask(Wish);
        var answer = await CreateAsync(challenge, _ => { });
        if (fault == "revoked") Assert.Equal(-42604, (int?)answer["status"]);
        else Assert.Throws<SandboxException>(() => challenge.Open(Convert.FromBase64String((string)answer["ckc"]!)));
    }

    [Fact]
    public async Task A_ckc_for_one_spc_does_not_open_with_another()
    {
        using var device = new FairPlayDevice(FairPlayLevel.Main, time: _door.Time);
        var (mine, other) = (device.Ask(Wish), device.Ask(Wish));
        var ckc = Ckc(await CreateAsync(mine, _ => { }));
        Assert.Throws<SandboxException>(() => other.Open(ckc));
    }

    [Theory]
    [InlineData(FairPlayForm.UrlEncoded, "<ckc>{0}</ckc>")]
    [InlineData(FairPlayForm.UrlEncoded, "{0}")]
    [InlineData(FairPlayForm.Json, """{"ckc":"{0}"}""")]
    [InlineData(FairPlayForm.StreamingKeys, """{"fairplay-streaming-response":{"streaming-keys":[{"id":1,"status":0,"ckc":"{0}"}]}}""")]
    public async Task Applications_take_the_ckc_in_the_form_they_asked_in(FairPlayForm form, string answer)
    {
        using var device = new FairPlayDevice(FairPlayLevel.Main, form: form, time: _door.Time);
        var challenge = device.Ask(Wish);
        var body = System.Text.Encoding.UTF8.GetString(challenge.Body);
        var spc = form switch
        {
            FairPlayForm.UrlEncoded => WebUtility.UrlDecode(body.Split('&')[0]["spc=".Length..]),
            FairPlayForm.Json => (string)JsonNode.Parse(body)!["spc"]!,
            _ => (string)JsonNode.Parse(body)!["fairplay-streaming-request"]!["streaming-keys"]![0]!["spc"]!,
        };
        var created = await AskAsync("create-ckc", new JsonObject { ["id"] = 1, ["spc"] = spc, ["asset-info"] = new JsonArray(Asset()) });
        using var license = challenge.Open(System.Text.Encoding.UTF8.GetBytes(answer.Replace("{0}", (string)created["ckc"]!, StringComparison.Ordinal)));
        Assert.Single(license.Keys);
    }

    private static byte[] Ckc(JsonObject answer)
    {
        Assert.Equal(0, (int?)answer["status"]);
        return Convert.FromBase64String((string)answer["ckc"]!);
    }

    private static JsonObject Asset() => new() { ["content-key"] = "0123456789abcdef0123456789abcdef", ["content-iv"] = new string('0', 32), ["encryption-scheme"] = "cbcs" };

    private Task<JsonObject> CreateAsync(DeviceChallenge challenge, Action<JsonObject> change)
    {
        var asset = Asset();
        change(asset);
        return AskAsync("create-ckc", new JsonObject { ["id"] = 1, ["spc"] = Convert.ToBase64String(challenge.Body), ["asset-info"] = new JsonArray(asset) });
    }

    private async Task<JsonObject> AskAsync(string operation, JsonObject entry)
    {
        using var response = await _door.Http.PostAsJsonAsync("/sandbox/fairplay/ksm", new JsonObject { ["fairplay-streaming-request"] = new JsonObject { [operation] = new JsonArray(entry) } });
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync<JsonObject>())!["fairplay-streaming-response"]![operation]![0]!.AsObject();
    }
}
