using System.Buffers.Text;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Web;
using System.Xml.Linq;
using DrmHub.Cenc;
using DrmHub.LicenseProxy.Tests.Systems;
using DrmHub.LicenseProxy.Upstreams;
using DrmHub.LicenseProxy.Upstreams.Vendors;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Rights;
using Microsoft.AspNetCore.Http;

namespace DrmHub.LicenseProxy.Tests.Upstreams;

/// <summary>
/// A server for each vendor that checks the token as the vendor's public documents say, and hands out a licence only where it holds. What was granted is read out of
/// the token again, by code that shares nothing with what wrote it.
/// </summary>
public sealed class VendorTests : IAsyncLifetime
{
    private static readonly byte[] Secret = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];
    private static readonly byte[] SiteKey = "0123456789ABCDEF0123456789ABCDEF"u8.ToArray();
    private readonly List<string> _problems = [];
    private readonly RSA _rsa = RSA.Create(2048);
    private TestUpstream _vendor = null!;
    private LicenseDoor _door = null!;
    private IReadOnlyDictionary<string, KeyId> _title = null!;
    private Func<HttpContext, Granted?> _check = _ => null;
    private Granted? _granted;
    private Func<byte[], byte[]> _pack = license => license;

    public async Task InitializeAsync() => _vendor = await TestUpstream.StartAsync(HandleAsync);

    public async Task DisposeAsync()
    {
        if (_door is not null) await _door.DisposeAsync();
        await _vendor.DisposeAsync();
        _rsa.Dispose();
    }

    [Fact]
    public async Task Axinom_gets_an_entitlement_message_with_encrypted_keys()
    {
        _check = http =>
        {
            var claims = Jwt(http.Request.Headers["X-AxDRM-Message"].ToString(), HMACSHA256.HashData, Secret);
            var message = claims.GetProperty("message");
            Assert.Equal(("c0ffee", "entitlement_message", 2), (claims.GetProperty("com_key_id").GetString(), message.GetProperty("type").GetString(), message.GetProperty("version").GetInt32()));
            Assert.True(DateTimeOffset.Parse(claims.GetProperty("expiration_date").GetString()!, null) > _door.Time.GetUtcNow());
            using var aes = Aes.Create();
            aes.Key = Secret;
            var policies = message.GetProperty("content_key_usage_policies").EnumerateArray().ToDictionary(policy => policy.GetProperty("name").GetString()!);
            var keys = message.GetProperty("content_keys_source").GetProperty("inline").EnumerateArray().ToDictionary(
                key => KeyId.Parse(key.GetProperty("id").GetString()!),
                key => aes.DecryptCbc(key.GetProperty("encrypted_key").GetBytesFromBase64(), KeyId.Parse(key.GetProperty("id").GetString()!).ToByteArray(), PaddingMode.None));
            var levels = message.GetProperty("content_keys_source").GetProperty("inline").EnumerateArray().ToDictionary(
                key => KeyId.Parse(key.GetProperty("id").GetString()!),
                key => policies[key.GetProperty("usage_policy").GetString()!].GetProperty("widevine").GetProperty("device_security_level").GetString()!);
            Assert.Equal("2.2", policies.Values.Single(policy => policy.GetProperty("widevine").TryGetProperty("hdcp", out _)).GetProperty("widevine").GetProperty("hdcp").GetString());
            return new Granted(keys, levels, message.GetProperty("license").GetProperty("allow_persistence").GetBoolean());
        };
        await OpenAsync(UpstreamKind.Axinom, new AxinomOptions("c0ffee", Secret));
        await AskAllAsync();
        await AssertKeysAsync("AUDIO", "SD", "HD", "UHD1");
        Assert.Equal(("SW_SECURE_CRYPTO", "HW_SECURE_CRYPTO", "HW_SECURE_ALL"), (_granted!.Levels[_title["SD"]], _granted.Levels[_title["HD"]], _granted.Levels[_title["UHD1"]]));
    }

    [Fact]
    public async Task DoveRunner_gets_a_policy_that_only_its_site_key_opens()
    {
        _check = http =>
        {
            using var token = JsonDocument.Parse(Convert.FromBase64String(http.Request.Headers["pallycon-customdata-v2"].ToString()));
            string Text(string name) => token.RootElement.GetProperty(name).GetString()!;
            var hashed = "access" + Text("drm_type") + Text("site_id") + Text("user_id") + Text("cid") + Text("policy") + Text("timestamp");
            Assert.Equal(Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(hashed))), Text("hash"));
            Assert.Equal(("Widevine", "SITE", "demo-title", "original"), (Text("drm_type"), Text("site_id"), Text("cid"), Text("response_format")));
            Assert.InRange((_door.Time.GetUtcNow() - DateTimeOffset.Parse(Text("timestamp"), null)).TotalSeconds, 0, 600);
            using var aes = Aes.Create();
            aes.Key = SiteKey;
            using var policy = JsonDocument.Parse(aes.DecryptCbc(Convert.FromBase64String(Text("policy")), "0123456789abcdef"u8));
            Assert.Equal(2, policy.RootElement.GetProperty("policy_version").GetInt32());
            var levels = policy.RootElement.GetProperty("security_policy").EnumerateArray().ToDictionary(one => one.GetProperty("track_type").GetString()!, one => one.GetProperty("widevine"));
            Assert.Equal("HDCP_V2_2", levels["UHD1"].GetProperty("required_hdcp_version").GetString());
            var cenc = policy.RootElement.GetProperty("external_key").GetProperty("mpeg_cenc").EnumerateArray().ToList();
            return new Granted(
                cenc.ToDictionary(key => KeyId.Parse(key.GetProperty("key_id").GetString()!), key => Convert.FromHexString(key.GetProperty("key").GetString()!)),
                cenc.ToDictionary(key => KeyId.Parse(key.GetProperty("key_id").GetString()!), key => levels[key.GetProperty("track_type").GetString()!].GetProperty("security_level").GetRawText()),
                policy.RootElement.GetProperty("playback_policy").GetProperty("persistent").GetBoolean());
        };
        await OpenAsync(UpstreamKind.DoveRunner, new DoveRunnerOptions("SITE", SiteKey, "access"));
        await AskAllAsync();
        await AssertKeysAsync("AUDIO", "SD", "HD", "UHD1");
        Assert.Equal(("1", "3", "5"), (_granted!.Levels[_title["SD"]], _granted.Levels[_title["HD"]], _granted.Levels[_title["UHD1"]]));
    }

    [Fact]
    public async Task DRMtoday_gets_a_rights_token_and_keeps_the_keys_so_the_device_counts_as_the_lowest()
    {
        _check = http =>
        {
            var claims = Jwt(http.Request.Headers["x-dt-auth-token"].ToString(), HMACSHA512.HashData, Secret);
            Assert.NotEmpty(claims.GetProperty("jti").GetString()!);
            using var owner = JsonDocument.Parse(claims.GetProperty("optData").GetString()!);
            using var custom = JsonDocument.Parse(Convert.FromBase64String(http.Request.Headers["x-dt-custom-data"].ToString()));
            Assert.Equal("acme", owner.RootElement.GetProperty("merchant").GetString());
            Assert.Equal(owner.RootElement.GetRawText(), custom.RootElement.GetRawText());
            Assert.NotEqual("premium", owner.RootElement.GetProperty("userId").GetString());
            using var rights = JsonDocument.Parse(claims.GetProperty("crt").GetString()!);
            var right = Assert.Single(rights.RootElement.EnumerateArray());
            Assert.Equal("demo-title", right.GetProperty("assetId").GetString());
            var rental = right.GetProperty("profile").GetProperty("rental");
            Assert.Equal(_door.Time.GetUtcNow().AddSeconds(DevicePolicy.Default.LicenseSeconds), DateTimeOffset.Parse(rental.GetProperty("absoluteExpiration").GetString()!, null));
            return new Granted([], [], right.GetProperty("storeLicense").GetBoolean());
        };
        _pack = license => JsonSerializer.SerializeToUtf8Bytes(new { license });
        await OpenAsync(UpstreamKind.DrmToday, new DrmTodayOptions("acme", Secret, "k"));
        var (status, _, withheld) = await AskAllAsync();
        Assert.Equal(200, status);
        Assert.Contains("UHD1;reason=device.level", withheld, StringComparison.Ordinal);
        Assert.Contains("HD;reason=device.level", withheld, StringComparison.Ordinal);
        Assert.NotNull(_granted);
    }

    [Fact]
    public async Task KeyOS_gets_a_document_whose_signature_holds_over_its_data()
    {
        _check = http =>
        {
            var text = Encoding.UTF8.GetString(Convert.FromBase64String(http.Request.Headers["x-keyos-authorization"].ToString()));
            var document = XDocument.Parse(text).Root!;
            var data = text[text.IndexOf("<Data", StringComparison.Ordinal)..(text.IndexOf("</Data>", StringComparison.Ordinal) + "</Data>".Length)];
            Assert.True(_rsa.VerifyData(Encoding.UTF8.GetBytes(data), Convert.FromBase64String(document.Element("Signature")!.Value), HashAlgorithmName.SHA1, RSASignaturePadding.Pkcs1));
            var content = document.Element("Data")!;
            Assert.Equal("pub1", content.Element("RSAPubKeyId")!.Value);
            Assert.Equal(32, content.Element("UniqueId")!.Value.Length);
            var levels = content.Elements("WidevineContentKeySpec").ToDictionary(spec => spec.Attribute("TrackType")!.Value, spec => spec.Element("SecurityLevel")!.Value);
            Assert.Equal("HDCP_V2_2", content.Elements("WidevineContentKeySpec").Single(spec => spec.Attribute("TrackType")!.Value == "UHD1").Element("RequiredHDCP")!.Value);
            return new Granted(
                content.Element("KeyIDList")!.Elements("KeyID").ToDictionary(id => KeyId.Parse(id.Value), _ => Array.Empty<byte>()),
                _title.ToDictionary(track => track.Value, track => levels[track.Key]),
                content.Element("WidevinePolicy")!.Attribute("fl_CanPersist")!.Value == "true");
        };
        await OpenAsync(UpstreamKind.KeyOs, new KeyOsOptions(_rsa, "pub1"));
        await AskAllAsync();
        Assert.Equal(_title.Values.Order(), _granted!.Keys.Keys.Order());
        Assert.Equal(("1", "3", "5"), (_granted.Levels[_title["SD"]], _granted.Levels[_title["HD"]], _granted.Levels[_title["UHD1"]]));
    }

    [Fact]
    public async Task EZDRM_brings_our_own_token_back_to_the_operator()
    {
        _check = http =>
        {
            var query = HttpUtility.ParseQueryString(http.Request.QueryString.Value!);
            Assert.Equal(("P1", "1"), (query["pX"], query["region"]));
            var claims = Jwt(query["CustomData"]!, HMACSHA256.HashData, Secret);
            Assert.Equal("demo-title", claims.GetProperty("content").GetString());
            return new Granted(claims.GetProperty("kids").EnumerateArray().ToDictionary(id => KeyId.Parse(id.GetString()!), _ => Array.Empty<byte>()), [], claims.GetProperty("persistent").GetBoolean());
        };
        await OpenAsync(UpstreamKind.Ezdrm, new EzdrmOptions("P1", Secret), "?region=1");
        await AskAllAsync();
        Assert.Equal(new[] { _title["AUDIO"], _title["SD"] }.Order(), _granted!.Keys.Keys.Order());
    }

    [Theory]
    [InlineData(401, ReasonCodes.UpstreamRefused)]
    [InlineData(403, ReasonCodes.UpstreamRefused)]
    [InlineData(500, ReasonCodes.UpstreamUnavailable)]
    public async Task What_a_vendor_refuses_is_refused_with_an_entry(int status, string code)
    {
        await OpenAsync(UpstreamKind.Axinom, new AxinomOptions("c", Secret));
        _vendor.Behaviour = TestUpstream.Fails(status);
        var (_, body, _) = await AskAllAsync();
        Assert.Equal(code, JsonDocument.Parse(body).RootElement.GetProperty("code").GetString());
        var entry = (await _door.Vault.EntriesAsync()).Single();
        Assert.Equal((AuditKind.LicenseRefused, code, "vendor"), (entry.Kind, entry.ReasonCode, entry.Upstream));
    }

    [Fact]
    public async Task A_refusal_in_drmtodays_header_is_no_licence()
    {
        await OpenAsync(UpstreamKind.DrmToday, new DrmTodayOptions("acme", Secret, null));
        _vendor.Behaviour = http =>
        {
            http.Response.Headers["x-dt-resp-code"] = "40000";
            return http.Response.WriteAsync("no");
        };
        var (status, _, _) = await AskAllAsync();
        Assert.Equal(502, status);
    }

    private async Task OpenAsync(UpstreamKind kind, object credentials, string query = "")
    {
        _door = await LicenseDoor.OpenAsync(configure: options => options.Upstreams =
        [
            new UpstreamOptions
            {
                Name = "vendor", System = DrmSystem.Widevine, Kind = kind, Url = new Uri(_vendor.Url + query), Credentials = credentials,
                ConnectTimeout = TimeSpan.FromSeconds(20), FirstByteTimeout = TimeSpan.FromSeconds(20), Timeout = TimeSpan.FromSeconds(30),
            },
        ]);
        _title = await _door.CreateKeysAsync("demo-title", TrackType.Audio, TrackType.SD, TrackType.HD, TrackType.UHD1);
    }

    private async Task<(int Status, byte[] Body, string Withheld)> AskAllAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/license/widevine") { Content = new ByteArrayContent(WidevineWire.NewRequest(_title.Values)) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _door.Token());
        using var response = await _door.Http.SendAsync(request);
        var body = await response.Content.ReadAsByteArrayAsync();
        Assert.Empty(_problems);
        if (response.IsSuccessStatusCode) Assert.Equal(WidevineWire.License(), body);
        return ((int)response.StatusCode, body, response.Headers.TryGetValues("X-DrmHub-Withheld", out var withheld) ? string.Join(", ", withheld) : "");
    }

    private async Task AssertKeysAsync(params string[] tracks)
    {
        Assert.Equal(tracks.Select(track => _title[track]).Order(), _granted!.Keys.Keys.Order());
        foreach (var track in tracks)
        {
            using var key = (await _door.Vault.Keys.FindAsync([_title[track]])).Single();
            Assert.Equal(key.Key.Bytes.ToArray(), _granted.Keys[_title[track]]);
        }

        Assert.False(_granted.Persistent);
    }

    /// <summary>Any assertion that fails makes a refusal and is reported by the test.</summary>
    private async Task HandleAsync(HttpContext http)
    {
        try
        {
            _granted = _check(http);
        }
        catch (Exception exception)
        {
            _problems.Add(exception.Message);
            http.Response.StatusCode = 403;
            return;
        }

        await http.Response.Body.WriteAsync(_pack(WidevineWire.License()));
    }

    private static JsonElement Jwt(string token, Func<byte[], byte[], byte[]> mac, byte[] key)
    {
        var parts = token.Split('.');
        Assert.Equal(3, parts.Length);
        Assert.Equal(mac(key, Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}")), Base64Url.DecodeFromChars(parts[2]));
        return JsonDocument.Parse(Base64Url.DecodeFromChars(parts[1])).RootElement.Clone();
    }

    private sealed record Granted(Dictionary<KeyId, byte[]> Keys, Dictionary<KeyId, string> Levels, bool Persistent);
}
