using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using DrmHub.Cenc;
using DrmHub.Sandbox.Devices;
using DrmHub.Sandbox.Devices.Widevine;
using DrmHub.Sandbox.Wire;
using DrmHub.Testing;
using static DrmHub.Sandbox.Tests.Widevine.WidevineCaller;

namespace DrmHub.Sandbox.Tests.Widevine;

/// <summary>Widevine devices and the simulated cloud service, over HTTP.</summary>
public sealed class WidevineServiceTests : IAsyncLifetime
{
    private static readonly KeyId Sd = new(Enumerable.Repeat((byte)1, 16).ToArray());
    private static readonly KeyId Uhd = new(Enumerable.Repeat((byte)3, 16).ToArray());
    private static readonly LicenseWish Wish = new() { KeyIds = [Sd, Uhd], ContentId = "demo-title" };

    private SandboxDoor _door = null!;

    public async Task InitializeAsync() => _door = await SandboxDoor.OpenAsync();

    public async Task DisposeAsync() => await _door.DisposeAsync();

    [Theory]
    [InlineData(WidevineLevel.L1, PlayVerdict.Plays)]
    [InlineData(WidevineLevel.L2, PlayVerdict.LevelTooLow)]
    [InlineData(WidevineLevel.L3, PlayVerdict.LevelTooLow)]
    public async Task A_device_opens_its_licence_and_keeps_levels_and_outputs(WidevineLevel level, PlayVerdict uhd)
    {
        using var device = new WidevineDevice(level, time: _door.Time);
        var challenge = device.Ask(Wish);
        using var license = challenge.Open((await _door.AskAsync(Message(challenge.Body, Spec("SD", 1), Spec("UHD1", 3, level: 5, hdcp: "HDCP_V2_2")))).License());

        var now = _door.Time.GetUtcNow().ToUnixTimeMilliseconds();
        Assert.Equal(Enumerable.Repeat((byte)2, 16), license.Keys[0].Key.Bytes.ToArray());
        Assert.Equal(PlayVerdict.Plays, license.Judge(Sd, now, HdcpVersion.None));
        Assert.Equal(uhd, license.Judge(Uhd, now, HdcpVersion.Hdcp22));
        if (level == WidevineLevel.L1) Assert.Equal(PlayVerdict.OutputTooLow, license.Judge(Uhd, now, HdcpVersion.Hdcp1));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Parse_only_says_who_asks_even_where_the_client_id_is_encrypted(bool privacy)
    {
        using var device = new WidevineDevice(WidevineLevel.L2, hdcp: HdcpVersion.Hdcp21, time: _door.Time);
        if (privacy) device.UseServiceCertificate((await _door.AskAsync(new JsonObject { ["payload"] = "CAQ=" })).License());
        var body = device.Ask(Wish).Body;

        Assert.Equal(privacy, Encoding.Latin1.GetString(body).IndexOf("company_name", StringComparison.Ordinal) < 0);
        var answer = await _door.AskAsync(new JsonObject { ["payload"] = Convert.ToBase64String(body), ["parse_only"] = true });
        Assert.True((string?)answer["status"] == "OK", (string?)answer["status_message"]);
        Assert.Null(answer["license"]);
        Assert.Equal(2, (int?)answer["security_level"]);
        Assert.Equal(900_002, (int?)answer["system_id"]);
        Assert.Equal("HDCP_V2_1", (string?)answer["client_max_hdcp_version"]);
        Assert.Equal("NEW", (string?)answer["license_metadata"]!["request_type"]);
        Assert.Equal(Convert.ToBase64String(Uhd.ToByteArray()), (string?)answer["pssh_data"]!["key_id"]![1]);
    }

    [Fact]
    public async Task A_renewal_brings_new_rules_to_the_same_keys_and_a_release_ends_them()
    {
        using var device = new WidevineDevice(WidevineLevel.L3, time: _door.Time);
        var first = device.Ask(Wish with { Offline = true });
        var message = Message(first.Body, Spec("SD", 1));
        message["policy_overrides"] = new JsonObject
        {
            ["can_play"] = true, ["can_persist"] = true, ["can_renew"] = true, ["license_duration_seconds"] = 60, ["renewal_delay_seconds"] = 30, ["always_include_client_id"] = true,
        };
        message["session_init"] = new JsonObject { ["provider_session_token"] = Convert.ToBase64String("session"u8) };
        using var license = first.Open((await _door.AskAsync(message)).License());
        _door.Time.Advance(TimeSpan.FromSeconds(61));
        var now = _door.Time.GetUtcNow().ToUnixTimeMilliseconds();
        Assert.Equal(PlayVerdict.Ended, license.Judge(Sd, now, HdcpVersion.None));
        Assert.Equal(30, license.Rules.RenewAfterSeconds);

        var again = device.Ask(new LicenseWish { Kind = LicenseKind.Renewal, Existing = license });
        Assert.Contains("session", Encoding.Latin1.GetString(again.Body), StringComparison.Ordinal);
        var renewal = await _door.AskAsync(new JsonObject
        {
            ["payload"] = Convert.ToBase64String(again.Body),
            ["policy_overrides"] = new JsonObject { ["can_play"] = true, ["can_persist"] = true, ["license_duration_seconds"] = 60 },
        });
        Assert.Equal("RENEWAL", (string?)renewal["license_metadata"]!["request_type"]);
        Assert.Equal(Convert.ToBase64String("demo-title"u8), (string?)renewal["license_metadata"]!["content_id"]);
        Assert.Equal(3, (int?)renewal["security_level"]);
        var renewed = again.Open(renewal.License());
        Assert.Equal(PlayVerdict.Plays, renewed.Judge(Sd, now, HdcpVersion.None));

        var release = device.Ask(new LicenseWish { Kind = LicenseKind.Release, Existing = renewed });
        var released = release.Open((await _door.AskAsync(new JsonObject { ["payload"] = Convert.ToBase64String(release.Body) })).License());
        Assert.Equal(PlayVerdict.KeyMissing, released.Judge(Sd, now, HdcpVersion.None));
    }

    [Fact]
    public async Task A_renewal_without_the_key_of_its_licence_is_refused()
    {
        using var device = new WidevineDevice(WidevineLevel.L3, time: _door.Time);
        var first = device.Ask(Wish);
        using var license = first.Open((await _door.AskAsync(Message(first.Body, Spec("SD", 1)))).License());
        var body = device.Ask(new LicenseWish { Kind = LicenseKind.Renewal, Existing = license }).Body;
        body[^1] ^= 1;
        Assert.Equal("INVALID_LICENSE_CHALLENGE", (string?)(await _door.AskAsync(new JsonObject { ["payload"] = Convert.ToBase64String(body) }))["status"]);
    }

    [Fact]
    public async Task An_offline_wish_takes_no_licence_that_may_not_be_kept()
    {
        using var device = new WidevineDevice(WidevineLevel.L1, time: _door.Time);
        var challenge = device.Ask(Wish with { Offline = true });
        var answer = (await _door.AskAsync(Message(challenge.Body, Spec("SD", 1)))).License();
        Assert.Equal(SandboxFailure.Policy, Assert.Throws<SandboxException>(() => challenge.Open(answer)).Failure);
    }

    [Fact]
    public async Task Without_can_play_nothing_plays()
    {
        using var device = new WidevineDevice(WidevineLevel.L1, time: _door.Time);
        var challenge = device.Ask(Wish);
        var message = Message(challenge.Body, Spec("SD", 1));
        message.Remove("policy_overrides");
        using var license = challenge.Open((await _door.AskAsync(message)).License());
        Assert.Equal(PlayVerdict.NotAllowed, license.Judge(Sd, _door.Time.GetUtcNow().ToUnixTimeMilliseconds(), HdcpVersion.Hdcp23));
    }

    [Fact]
    public async Task A_licence_for_one_challenge_does_not_open_another()
    {
        using var device = new WidevineDevice(WidevineLevel.L1, time: _door.Time);
        var (mine, other) = (device.Ask(Wish), device.Ask(Wish));
        var answer = (await _door.AskAsync(Message(mine.Body, Spec("SD", 1)))).License();
        Assert.Equal(SandboxFailure.Signature, Assert.Throws<SandboxException>(() => other.Open(answer)).Failure);
    }

    [Theory]
    [InlineData("unknown member", "MALFORMED_REQUEST")]
    [InlineData("both key lists", "MALFORMED_REQUEST")]
    [InlineData("no keys", "CONTENT_KEYS_MISSING")]
    [InlineData("short key", "MALFORMED_REQUEST")]
    [InlineData("bad hdcp", "MALFORMED_REQUEST")]
    [InlineData("bad level", "MALFORMED_REQUEST")]
    [InlineData("key twice", "MALFORMED_REQUEST")]
    [InlineData("unknown policy", "INVALID_POLICY")]
    [InlineData("negative duration", "INVALID_POLICY")]
    [InlineData("delay without renewal", "INVALID_POLICY")]
    [InlineData("other provider", "UNKNOWN_PROVIDER")]
    [InlineData("tampered challenge", "INVALID_LICENSE_CHALLENGE")]
    [InlineData("no challenge", "INVALID_LICENSE_CHALLENGE")]
    public async Task What_a_real_service_would_not_take_is_refused(string what, string status)
    {
        using var device = new WidevineDevice(WidevineLevel.L1, time: _door.Time);
        var message = Message(device.Ask(Wish).Body, Spec("SD", 1));
        switch (what)
        {
            case "unknown member": message["content_keys"] = new JsonArray(); break;
            case "both key lists": message["allowed_track_types"] = "SD_HD"; break;
            case "no keys": message.Remove("content_key_specs"); break;
            case "short key": message["content_key_specs"]![0]!["key"] = "AAAA"; break;
            case "bad hdcp": message["content_key_specs"]![0]!["required_output_protection"] = new JsonObject { ["hdcp"] = "HDCP_V9" }; break;
            case "bad level": message["content_key_specs"]![0]!["security_level"] = 6; break;
            case "key twice": message["content_key_specs"]!.AsArray().Add(Spec("HD", 1)); break;
            case "unknown policy": message["policy_name"] = "gold"; break;
            case "negative duration": message["policy_overrides"]!["license_duration_seconds"] = -1; break;
            case "delay without renewal": message["policy_overrides"]!["renewal_delay_seconds"] = 10; break;
            case "other provider": message["provider"] = "Widevine_Test"; break;
            case "tampered challenge":
                var payload = Convert.FromBase64String((string)message["payload"]!);
                payload[40] ^= 1;
                message["payload"] = Convert.ToBase64String(payload);
                break;
            case "no challenge": message["payload"] = "AAAA"; break;
        }

        Assert.Equal(status, (string?)(await _door.AskAsync(message))["status"]);
    }

    [Fact]
    public async Task A_wrong_signature_of_the_envelope_is_refused()
    {
        var envelope = Envelope(new JsonObject { ["payload"] = "CAQ=" });
        envelope["request"] = Convert.ToBase64String("""{"payload":"CAQ=" }"""u8);
        using var response = await _door.Http.PostAsJsonAsync(Url, envelope);
        Assert.Equal("SIGNATURE_FAILED", (string?)(await response.Content.ReadFromJsonAsync<JsonObject>())!["status"]);
    }

    [Theory]
    [InlineData("wrong-signature")]
    [InlineData("revoked")]
    [InlineData("garbage")]
    [InlineData("status:503")]
    [InlineData("half")]
    [InlineData("reset")]
    public async Task Faults_happen_as_ordered_and_end(string fault)
    {
        using var device = new WidevineDevice(WidevineLevel.L1, time: _door.Time);
        using var ordered = await _door.Http.PostAsJsonAsync("/sandbox/faults", new { service = "widevine", fault, count = 1 });
        Assert.Equal(HttpStatusCode.OK, ordered.StatusCode);
        var challenge = device.Ask(Wish);
        var envelope = Envelope(Message(challenge.Body, Spec("SD", 1)));
        switch (fault)
        {
            case "half" or "reset":
                await Assert.ThrowsAnyAsync<Exception>(() => _door.Http.PostAsJsonAsync(Url, envelope));
                break;
            case "status:503":
                Assert.Equal(HttpStatusCode.ServiceUnavailable, (await _door.Http.PostAsJsonAsync(Url, envelope)).StatusCode);
                break;
            case "garbage":
                var garbage = await (await _door.Http.PostAsJsonAsync(Url, envelope)).Content.ReadAsByteArrayAsync();
                Assert.ThrowsAny<System.Text.Json.JsonException>(() => JsonNode.Parse(garbage));
                break;
            case "revoked":
                Assert.Equal(127, (int?)(await _door.AskAsync(Message(challenge.Body, Spec("SD", 1))))["internal_status"]);
                break;
            default:
                var wrong = (await _door.AskAsync(Message(challenge.Body, Spec("SD", 1)))).License();
                Assert.Equal(SandboxFailure.Signature, Assert.Throws<SandboxException>(() => challenge.Open(wrong)).Failure);
                break;
        }

        using var license = challenge.Open((await _door.AskAsync(Message(challenge.Body, Spec("SD", 1)))).License());
        Assert.Single(license.Keys);
    }

    [SkippableFact]
    public void The_real_browser_challenge_has_the_form_that_devices_make()
    {
        var file = SharedVectors.Find("vectors/widevine/challenge.b64");
        Skip.If(file is null, "The vector collection is not here.");
        var real = ProtoMessage.Parse(Convert.FromBase64String(File.ReadAllText(file)), "real");
        using var device = new WidevineDevice(WidevineLevel.L3);
        device.UseServiceCertificate(LicenseServices.Widevine.WidevineServiceCertificate.Answer);
        var ours = ProtoMessage.Parse(device.Ask(new LicenseWish { ContentId = "fkj3ljaSdfalkr3j" }).Body, "ours");

        Assert.Equal(real.Int(1), ours.Int(1));
        Assert.Equal(real.Bytes(3)!.Value.Length, ours.Bytes(3)!.Value.Length);
        var (realRequest, ourRequest) = (real.Message(2, "real")!, ours.Message(2, "ours")!);
        foreach (var field in (int[])[2, 3, 4, 6, 8]) Assert.Equal(realRequest.Has(field), ourRequest.Has(field));
        var (realPssh, ourPssh) = (realRequest.Message(2, "c")!.Message(1, "p")!, ourRequest.Message(2, "c")!.Message(1, "p")!);
        Assert.Equal(realPssh.Need(1, "pssh").ToArray(), ourPssh.Need(1, "pssh").ToArray());
        Assert.Equal(realPssh.Need(3, "id").Length, ourPssh.Need(3, "id").Length);
        var (realClient, ourClient) = (realRequest.Message(8, "e")!, ourRequest.Message(8, "e")!);
        foreach (var field in (int[])[4, 5]) Assert.Equal(realClient.Need(field, "f").Length, ourClient.Need(field, "f").Length);
    }
}
