using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using DrmHub.Cenc;
using DrmHub.LicenseProxy.Systems.Widevine;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Rights;
using static DrmHub.LicenseProxy.Tests.Systems.WidevineWire;

namespace DrmHub.LicenseProxy.Tests.Systems;

public sealed class WidevineTests : IAsyncLifetime
{
    private static readonly byte[] License = WidevineWire.License();
    private LicenseDoor _door = null!;
    private WidevineTestService _service = null!;
    private IReadOnlyDictionary<string, KeyId> _title = null!;

    public async Task InitializeAsync()
    {
        _service = await WidevineTestService.StartAsync();
        _door = await LicenseDoor.OpenAsync(configure: options => options.Upstreams = [_service.Options()]);
        _title = await _door.CreateKeysAsync("demo-title", TrackType.Audio, TrackType.SD, TrackType.HD, TrackType.UHD1);
    }

    public async Task DisposeAsync()
    {
        await _door.DisposeAsync();
        await _service.DisposeAsync();
    }

    [Theory]
    [InlineData(1, "AUDIO,HD,SD,UHD1", "Hardware")]
    [InlineData(2, "AUDIO,HD,SD", "HardwareCrypto")]
    [InlineData(3, "AUDIO,SD", "Software")]
    [InlineData(null, "AUDIO,SD", "Software")]
    public async Task The_service_gets_the_keys_of_the_level_that_it_read_and_no_other(int? level, string tracks, string scale)
    {
        _service.SecurityLevel = level;
        var (status, body, _) = await AskAsync(NewRequest(_title.Values));
        Assert.Equal((200, Convert.ToHexString(License)), (status, Convert.ToHexString(body)));

        Assert.Equal([true, false], _service.Messages.Select(message => message.TryGetProperty("parse_only", out _)));
        Assert.False(_service.Messages[0].TryGetProperty("content_key_specs", out _));
        var specs = Specs(_service.Licences.Single());
        Assert.Equal(tracks, string.Join(',', specs.Keys.Order(StringComparer.Ordinal)));
        foreach (var (track, spec) in specs)
        {
            using var key = (await _door.Vault.Keys.FindAsync([_title[track]])).Single();
            Assert.Equal(_title[track].ToByteArray(), spec.GetProperty("key_id").GetBytesFromBase64());
            Assert.Equal(key.Key.Bytes.ToArray(), spec.GetProperty("key").GetBytesFromBase64());
        }

        var entry = (await _door.Vault.EntriesAsync()).Single();
        Assert.Equal((AuditKind.LicenseGranted, scale, "cloud"), (entry.Kind, entry.SecurityLevel, entry.Upstream));
        Assert.DoesNotContain("c2VjcmV0", Encoding.UTF8.GetString(entry.Leaf.Span), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_policy_is_that_of_the_decision_and_whole()
    {
        await AskAsync(NewRequest([_title["SD"], _title["UHD1"]]));
        var message = _service.Licences.Single();
        Assert.True(message.GetProperty("use_policy_overrides_exclusively").GetBoolean());
        Assert.Equal("demo-title", Encoding.UTF8.GetString(message.GetProperty("content_id").GetBytesFromBase64()));
        var policy = message.GetProperty("policy_overrides");
        Assert.Equal((true, false), (policy.GetProperty("can_play").GetBoolean(), policy.GetProperty("can_persist").GetBoolean()));
        Assert.Equal(DevicePolicy.Default.LicenseSeconds, policy.GetProperty("license_duration_seconds").GetInt64());
        var specs = Specs(message);
        Assert.Equal(("HDCP_NONE", 1), (specs["SD"].GetProperty("required_output_protection").GetProperty("hdcp").GetString(), specs["SD"].GetProperty("security_level").GetInt32()));
        Assert.Equal(("HDCP_V2_2", 5), (specs["UHD1"].GetProperty("required_output_protection").GetProperty("hdcp").GetString(), specs["UHD1"].GetProperty("security_level").GetInt32()));
    }

    [Fact]
    public async Task Keys_are_found_by_content_id_too()
    {
        _service.SecurityLevel = 3;
        Assert.Equal(200, (await AskAsync(NewRequest([], "demo-title"))).Status);
        Assert.Equal(["AUDIO", "SD"], Specs(_service.Licences.Single()).Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_device_is_asked_about_once_and_another_again()
    {
        await AskAsync(NewRequest([_title["SD"]], clientId: [1, 1, 1]));
        await AskAsync(NewRequest([_title["SD"]], clientId: [1, 1, 1]));
        Assert.Equal(3, _service.Messages.Count);
        _service.SecurityLevel = 3;
        await AskAsync(NewRequest([_title["HD"], _title["SD"]], clientId: [2, 2, 2]));
        Assert.Equal(["SD"], Specs(_service.Licences[^1]).Keys);
        _door.Time.Advance(WidevineDeviceCache.Lifetime);
        await AskAsync(NewRequest([_title["SD"]], clientId: [1, 1, 1]));
        Assert.Equal(7, _service.Messages.Count);
    }

    [Fact]
    public async Task Devices_are_counted_by_their_certificates_where_the_token_names_none()
    {
        await _door.Vault.Rights.PutDealAsync(LicenseDoor.DemoDeal with { MaxDevices = 1 });
        byte serial = 1;
        _service.Answer = message => message.TryGetProperty("parse_only", out _) ? new { status = "OK", security_level = 1, drm_cert_serial_number = Convert.ToBase64String([serial]) } : null;
        Assert.Equal(200, (await AskAsync(NewRequest([_title["SD"]], clientId: [1]))).Status);

        // In privacy mode the client id is encrypted anew each time; the certificate is the same.
        Assert.Equal(200, (await AskAsync(NewRequest([_title["SD"]], clientId: [2]))).Status);
        var renewed = ExistingRequest(2, _service.Licences[^1].GetProperty("session_init").GetProperty("provider_session_token").GetBytesFromBase64());
        var device = Assert.Single(await _door.Devices.ListAsync("premium"));
        Assert.StartsWith("widevine-", device.Device, StringComparison.Ordinal);

        serial = 2;
        var (status, body, _) = await AskAsync(NewRequest([_title["SD"]], clientId: [3]));
        Assert.Equal((403, ReasonCodes.DeviceLimit), (status, Code(body)));

        // A renewal names no device and takes no place of its own.
        Assert.Equal(200, (await AskAsync(renewed)).Status);
        Assert.Single(await _door.Devices.ListAsync("premium"));
    }

    [Fact]
    public void A_device_has_one_name_whether_a_service_or_the_hub_read_its_certificate()
    {
        var clear = Signed(1, [.. Bytes(1, [.. Varint(1, 1), .. Bytes(2, Bytes(1, [.. Varint(1, 2), .. Bytes(2, 1, 2, 3)]))]), .. Bytes(2, Bytes(1, [.. Bytes(1, new Cenc.Pssh.WidevinePsshData { KeyIds = [_title["SD"]] }.ToByteArray()), .. Varint(2, 1)])), .. Varint(3, 1)]);
        Assert.Equal(WidevineDeviceId.OfSerial("010203"), WidevineChallenge.Parse(clear).Client.DeviceId);
        Assert.Null(WidevineChallenge.Parse(NewRequest([_title["SD"]])).Client.DeviceId);
        Assert.Null(WidevineDeviceId.OfToken([0xFF, 0xFF]));
        Assert.Null(WidevineDeviceId.OfSerial(null));
    }

    [Fact]
    public async Task A_token_that_names_its_device_is_not_bound_to_a_certificate_that_may_change()
    {
        byte serial = 1;
        _service.Answer = message => message.TryGetProperty("parse_only", out _) ? new { status = "OK", security_level = 1, drm_cert_serial_number = Convert.ToBase64String([serial]) } : null;
        await _door.Vault.Rights.PutDealAsync(LicenseDoor.DemoDeal with { MaxDevices = 1 });
        foreach (var client in (byte[])[1, 2])
        {
            serial = client;
            Assert.Equal(200, (await AskAsync(NewRequest([_title["SD"]], clientId: [client]), token: _door.Token(change: claims => claims["did"] = "television"))).Status);
        }

        Assert.Equal("television", Assert.Single(await _door.Devices.ListAsync("premium")).Device);
    }

    [Fact]
    public async Task A_service_certificate_costs_nothing_and_is_kept()
    {
        for (var i = 0; i < 3; i++)
        {
            var (status, body, type) = await AskAsync(CertificateRequest, subscriber: "free");
            Assert.Equal((200, "application/octet-stream"), (status, type));
            Assert.Equal(Signed(5, "certificate"u8.ToArray()), body);
        }

        var message = Assert.Single(_service.Messages);
        Assert.Equal("CAQ=", message.GetProperty("payload").GetString());
        Assert.False(message.TryGetProperty("policy_overrides", out _) || message.TryGetProperty("content_key_specs", out _));
        Assert.Empty(await _door.Vault.EntriesAsync());
        Assert.Equal(401, (await AskAsync(CertificateRequest, subscriber: null)).Status);
    }

    [Fact]
    public async Task A_renewal_is_decided_again_for_what_the_licence_was_for()
    {
        await AskAsync(NewRequest([_title["SD"], _title["UHD1"]]));
        var token = _service.Licences.Single().GetProperty("session_init").GetProperty("provider_session_token").GetBytesFromBase64();
        var (status, _, _) = await AskAsync(ExistingRequest(2, token));
        Assert.Equal(200, status);
        Assert.Equal(3, _service.Messages.Count);
        Assert.False(_service.Licences[^1].TryGetProperty("content_key_specs", out _));
        Assert.True(_service.Licences[^1].TryGetProperty("policy_overrides", out _));
        var entry = (await _door.Vault.EntriesAsync())[0];
        Assert.Equal((AuditKind.LicenseRenewed, "demo-title", 2), (entry.Kind, entry.ContentId, entry.Keys.Count));

        await _door.Vault.Rights.PutSubscriberAsync(new Subscriber { Id = "premium", Status = SubscriberStatus.Suspended, Subscriptions = [new("premium")] });
        Assert.Equal(403, (await AskAsync(ExistingRequest(2, token))).Status);
    }

    [Fact]
    public async Task A_renewal_with_a_forged_token_is_what_the_service_says()
    {
        _service.SecurityLevel = 3;
        _service.Answer = message => message.TryGetProperty("parse_only", out _) ? new { status = "OK", security_level = 3, license_metadata = new { content_id = "ZGVtby10aXRsZQ==" } } : null;
        var forged = new WidevineSessionToken("demo-title", [_title["UHD1"]], SecurityLevel.Hardware, OfEntitlements: false).Seal(new byte[32]);
        var (status, body, _) = await AskAsync(ExistingRequest(2, forged));
        Assert.Equal((403, ReasonCodes.DeviceLevel), (status, Code(body)));
    }

    [Fact]
    public async Task A_release_is_always_forwarded_without_any_right()
    {
        var (status, _, _) = await AskAsync(ExistingRequest(3, null));
        Assert.Equal(200, status);
        var message = Assert.Single(_service.Messages);
        Assert.False(message.TryGetProperty("policy_overrides", out _) || message.TryGetProperty("content_key_specs", out _));
        Assert.Equal(AuditKind.LicenseReleased, Assert.Single(await _door.Vault.EntriesAsync()).Kind);
    }

    [Fact]
    public async Task Json_comes_where_it_is_asked_for()
    {
        var (status, body, type) = await AskAsync(NewRequest([_title["SD"]]), accept: "application/json");
        Assert.Equal((200, "application/json"), (status, type));
        Assert.Equal(License, JsonDocument.Parse(body).RootElement.GetProperty("license").GetBytesFromBase64());
        Assert.Equal("application/octet-stream", (await AskAsync(NewRequest([_title["SD"]]), accept: "application/json, */*")).Type);
    }

    [Fact]
    public async Task A_refusal_reaches_no_service()
    {
        Assert.Equal(403, (await AskAsync(NewRequest([_title["SD"]]), subscriber: "free")).Status);
        Assert.Empty(_service.Licences);
        _service.SecurityLevel = 3;
        Assert.Equal(ReasonCodes.DeviceLevel, Code((await AskAsync(NewRequest([_title["UHD1"]], clientId: [5]))).Body));
        Assert.Empty(_service.Licences);
    }

    [Theory]
    [InlineData("""{"status":"INVALID_LICENSE_CHALLENGE","internal_status":106}""", 502, ReasonCodes.UpstreamRefused)]
    [InlineData("""{"status":"DEVICE_REVOKED","internal_status":127}""", 403, ReasonCodes.DeviceRevoked)]
    [InlineData("""{"status":"SIGNATURE_FAILED"}""", 502, ReasonCodes.UpstreamRefused)]
    [InlineData("""{"status":"INTERNAL_ERROR"}""", 503, ReasonCodes.UpstreamUnavailable)]
    [InlineData("""{"status":"OK","license":"AAAA"}""", 503, ReasonCodes.UpstreamUnavailable)]
    [InlineData("""{"status":"OK"}""", 503, ReasonCodes.UpstreamUnavailable)]
    [InlineData("""{"license":"CAI="}""", 503, ReasonCodes.UpstreamUnavailable)]
    public async Task What_the_service_answers_to_the_licence_decides_the_reason(string answer, int status, string code)
    {
        _service.Answer = message => message.TryGetProperty("parse_only", out _) ? null : JsonDocument.Parse(answer).RootElement.Clone();
        var (got, body, _) = await AskAsync(NewRequest([_title["SD"]]));
        Assert.Equal((status, code), (got, Code(body)));
        var entry = (await _door.Vault.EntriesAsync()).Single();
        Assert.Equal((AuditKind.LicenseRefused, code), (entry.Kind, entry.ReasonCode));
    }

    [Fact]
    public async Task A_revoked_device_is_found_out_before_anything_is_decided()
    {
        _service.Answer = _ => new { status = "DEVICE_REVOKED", internal_status = 175 };
        var (status, body, _) = await AskAsync(NewRequest([_title["SD"]]));
        Assert.Equal((403, ReasonCodes.DeviceRevoked), (status, Code(body)));
    }

    [Fact]
    public async Task A_challenge_of_ten_megabytes_is_refused_with_an_entry()
    {
        var (status, body, _) = await AskAsync(new byte[10_000_000]);
        Assert.True(status is 400 or 413, $"{status}");
        if (status == 400) Assert.Equal(ReasonCodes.ChallengeMalformed, Code(body));
        Assert.Empty(_service.Messages);
    }

    internal async Task<(int Status, byte[] Body, string? Type)> AskAsync(byte[] challenge, string? subscriber = "premium", string? accept = null, string? token = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/license/widevine") { Content = new ByteArrayContent(challenge) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        if (accept is not null) request.Headers.TryAddWithoutValidation("Accept", accept);
        if (subscriber is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token ?? _door.Token(subscriber));
        using var response = await _door.Http.SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync(), response.Content.Headers.ContentType?.MediaType);
    }

    private static Dictionary<string, JsonElement> Specs(JsonElement message) =>
        message.GetProperty("content_key_specs").EnumerateArray().ToDictionary(spec => spec.GetProperty("track_type").GetString()!);

    private static string? Code(byte[] problem) => JsonDocument.Parse(problem).RootElement.TryGetProperty("code", out var code) ? code.GetString() : null;
}
