using System.Buffers.Text;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using DrmHub.Cenc;
using DrmHub.LicenseProxy.Systems.PlayReady;
using DrmHub.LicenseProxy.Tests.Upstreams;
using DrmHub.LicenseProxy.Upstreams;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Rights;
using Microsoft.AspNetCore.Http;
using static DrmHub.LicenseProxy.Tests.Systems.PlayReadyWire;

namespace DrmHub.LicenseProxy.Tests.Systems;

public sealed class PlayReadyTests : IAsyncLifetime
{
    private static readonly byte[] PolicyKey = [.. Enumerable.Range(0, PlayReadyPolicyHeader.KeySize).Select(i => (byte)i)];
    private readonly List<(byte[] Body, string? Action, string? Policy, string Query)> _asked = [];
    private LicenseDoor _door = null!;
    private TestUpstream _server = null!;
    private IReadOnlyDictionary<string, KeyId> _title = null!;
    private string _answer = Answer("AcquireLicense");
    private int _status = 200;
    private UpstreamKind _kind = UpstreamKind.PlayReady;

    public async Task InitializeAsync()
    {
        _server = await TestUpstream.StartAsync(async http =>
        {
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body);
            lock (_asked) _asked.Add((body.ToArray(), http.Request.Headers["SOAPAction"], http.Request.Headers[PlayReadyPolicyHeader.Name], http.Request.QueryString.Value ?? ""));
            http.Response.StatusCode = _status;
            http.Response.ContentType = "text/xml; charset=utf-8";
            await http.Response.WriteAsync(_answer);
        });
        await OpenAsync();
    }

    public async Task DisposeAsync()
    {
        await _door.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData("4.0.0.0", 1)]
    [InlineData("4.1.0.0", 1)]
    [InlineData("4.2.0.0", 3)]
    [InlineData("4.3.0.0", 3)]
    public async Task Every_header_version_is_read_and_forwarded_byte_for_byte(string version, int keys)
    {
        var soap = Challenge(Header(version, [.. _title.Values.Take(keys)]));
        var (status, body, _) = await AskAsync(Encoding.UTF8.GetBytes(soap));
        Assert.Equal((200, _answer), (status, body));
        Assert.Equal(soap, Encoding.UTF8.GetString(_asked.Single().Body));
        Assert.Equal($"\"{Protocols}/AcquireLicense\"", _asked.Single().Action);
        var entry = (await _door.Vault.EntriesAsync()).Single();
        Assert.Equal((AuditKind.LicenseGranted, keys, "server"), (entry.Kind, entry.Keys.Count, entry.Upstream));
    }

    [Fact]
    public async Task The_browsers_message_is_unwrapped()
    {
        var soap = Challenge(Header("4.2.0.0", _title["SD"]));
        var (status, _, _) = await AskAsync(KeyMessage(soap), action: null);
        Assert.Equal(200, status);
        Assert.Equal(soap, Encoding.UTF8.GetString(_asked.Single().Body));
    }

    [Fact]
    public async Task The_policy_header_opens_with_the_key_and_says_what_was_granted()
    {
        var soap = Encoding.UTF8.GetBytes(Challenge(Header("4.2.0.0", [.. _title.Values])));
        await AskAsync(soap);
        var policy = Open(_asked.Single().Policy!);
        Assert.Equal((1, "demo-title"), (policy.GetProperty("version").GetInt32(), policy.GetProperty("content").GetString()));
        Assert.Equal(SHA256.HashData(soap), policy.GetProperty("challenge").GetBytesFromBase64());
        Assert.Equal(60, policy.GetProperty("expires").GetInt64() - policy.GetProperty("issued").GetInt64());
        var licenses = policy.GetProperty("licenses").EnumerateArray().ToDictionary(license => license.GetProperty("kid").GetString()!);
        Assert.Equal(4, licenses.Count);
        foreach (var (track, level, video, type1) in new (string, int, int?, bool)[] { ("AUDIO", 150, null, false), ("SD", 150, 100, false), ("HD", 3000, 100, false), ("UHD1", 3000, 300, true) })
        {
            var license = licenses[_title[track].ToString()];
            using var key = (await _door.Vault.Keys.FindAsync([_title[track]])).Single();
            Assert.Equal(key.Key.Bytes.ToArray(), license.GetProperty("key").GetBytesFromBase64());
            Assert.Equal(level, license.GetProperty("minimumSecurityLevel").GetInt32());
            Assert.Equal(video, license.TryGetProperty("uncompressedDigitalVideo", out var output) ? output.GetInt32() : null);
            Assert.Equal(type1, license.TryGetProperty("hdcpType1", out _));
            Assert.Equal(DevicePolicy.Default.LicenseSeconds + 300, license.GetProperty("end").GetInt64() - license.GetProperty("begin").GetInt64());
        }
    }

    [Fact]
    public void The_documented_vector_comes_out_to_the_character()
    {
        // docs/playready.md shows it; a Server SDK handler is tested against it.
        var file = Path.Combine(DrmHub.Testing.Repository.Root, "tests", "Vectors", "playready-policy.json");
        var vector = JsonDocument.Parse(File.ReadAllText(file)).RootElement;
        var opened = Open(vector.GetProperty("header").GetString()!, Convert.FromHexString(vector.GetProperty("policyKey").GetString()!));
        Assert.Equal(vector.GetProperty("policy").GetRawText(), opened.GetRawText());
        var options = new PlayReadyServerOptions(Convert.FromHexString(vector.GetProperty("policyKey").GetString()!), vector.GetProperty("policyKeyId").GetString()!);
        Assert.Equal(vector.GetProperty("header").GetString(), PlayReadyPolicyHeader.Seal(options, Encoding.UTF8.GetBytes(vector.GetProperty("policy").GetRawText()), Convert.FromHexString(vector.GetProperty("iv").GetString()!)));
        Assert.Contains(vector.GetProperty("header").GetString()!, File.ReadAllText(Path.Combine(DrmHub.Testing.Repository.Root, "docs", "playready.md")).Replace("\n", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_test_server_gets_keys_and_policy_in_its_query()
    {
        _kind = UpstreamKind.PlayReadyTest;
        await _door.DisposeAsync();
        await OpenAsync();
        await AskAsync(Encoding.UTF8.GetBytes(Challenge(Header("4.2.0.0", _title["SD"], _title["UHD1"]))));
        var (_, _, policy, query) = _asked.Single();
        Assert.Null(policy);
        using var sd = (await _door.Vault.Keys.FindAsync([_title["SD"]])).Single();
        Assert.StartsWith($"?cfg=(kid:", query, StringComparison.Ordinal);
        Assert.Contains($"(kid:{_title["SD"]},contentkey:{Convert.ToBase64String(sd.Key.Bytes)},sl:150,ckt:aes128bitctr,persist:false,begindate:20260601115500,enddate:20260601180000,ucvopl:100)", query, StringComparison.Ordinal);
        Assert.Contains($"kid:{_title["UHD1"]},", query, StringComparison.Ordinal);
        Assert.Contains("sl:3000,", query, StringComparison.Ordinal);
        Assert.Contains("ucvopl:300,dvop:(guid:ABB2C6F1-E663-4625-A945-972D17B231E7,data:AAAAAQ==)", query, StringComparison.Ordinal);
        Assert.DoesNotContain(' ', query);
    }

    [Theory]
    [InlineData("AcknowledgeLicense")]
    [InlineData("GetMeteringCertificate")]
    [InlineData("JoinDomain")]
    [InlineData("LeaveDomain")]
    [InlineData("ProcessDeleteLicenseData")]
    [InlineData("ProcessMeteringData")]
    [InlineData("ProcessSecureStopData")]
    public async Task Other_operations_are_forwarded_for_players_with_a_token(string operation)
    {
        _answer = Answer(operation);
        var soap = Encoding.UTF8.GetBytes(Operation(operation));
        var (refused, fault, _) = await AskAsync(soap, action: $"{Protocols}/{operation}", subscriber: null);
        Assert.Equal((500, ReasonCodes.TokenMissing), (refused, CustomData(fault)));
        Assert.Empty(_asked);
        var (status, body, _) = await AskAsync(soap, action: $"{Protocols}/{operation}");
        Assert.Equal((200, _answer), (status, body));
        Assert.Equal(soap, _asked.Single().Body);
        Assert.Equal(($"\"{Protocols}/{operation}\"", null), (_asked.Single().Action, _asked.Single().Policy));

        // What is no licence is in the log too, by its name.
        var entries = await _door.Vault.EntriesAsync();
        Assert.Equal(2, entries.Count);
        var served = Assert.Single(entries, entry => entry.Upstream == "server");
        Assert.Equal(operation == "ProcessSecureStopData" ? AuditKind.LicenseReleased : AuditKind.DeviceServed, served.Kind);
        if (served.Kind == AuditKind.DeviceServed) Assert.Equal(operation, served.Details["operation"]);
    }

    [Fact]
    public async Task An_operation_that_the_server_refuses_is_in_the_log_and_one_that_cannot_be_recorded_is_not_answered()
    {
        (_status, _answer) = (500, Fault(0x8004C605));
        var (status, body, _) = await AskAsync(Encoding.UTF8.GetBytes(Operation("JoinDomain")), action: $"{Protocols}/JoinDomain");
        Assert.Equal((500, _answer), (status, body));
        var entry = (await _door.Vault.EntriesAsync()).Single();
        Assert.Equal((AuditKind.LicenseRefused, ReasonCodes.UpstreamRefused, "JoinDomain"), (entry.Kind, entry.ReasonCode, entry.Details["operation"]));

        (_status, _answer) = (200, Answer("JoinDomain"));
        await _door.Vault.Audit.DisposeAsync();
        var (unrecorded, fault, _) = await AskAsync(Encoding.UTF8.GetBytes(Operation("JoinDomain")), action: $"{Protocols}/JoinDomain");
        Assert.Equal((500, ReasonCodes.AuditUnavailable), (unrecorded, CustomData(fault)));
    }

    [Fact]
    public async Task Packaging_data_is_not_for_players()
    {
        var (_, fault, _) = await AskAsync(Encoding.UTF8.GetBytes(Operation("AcquirePackagingData")), action: $"{Protocols}/AcquirePackagingData");
        Assert.Equal((ReasonCodes.ChallengeUnsupported, "0x8004c60b"), (CustomData(fault), StatusCode(fault)));
        Assert.Empty(_asked);
    }

    [Theory]
    [InlineData("free", ReasonCodes.EntitlementNone, "0x8004c604")]
    [InlineData("suspended", ReasonCodes.EntitlementSuspended, "0x8004c604")]
    [InlineData(null, ReasonCodes.TokenMissing, "0x8004c604")]
    public async Task A_refusal_is_a_fault_with_our_reason(string? subscriber, string code, string status)
    {
        var (http, fault, type) = await AskAsync(Encoding.UTF8.GetBytes(Challenge(Header("4.0.0.0", _title["SD"]))), subscriber: subscriber);
        Assert.Equal((500, "text/xml", code, status), (http, type, CustomData(fault), StatusCode(fault)));
        Assert.Empty(_asked);
        Assert.Equal(code, Assert.Single(await _door.Vault.EntriesAsync()).ReasonCode);
    }

    [Theory]
    [InlineData(0x8004C065, ReasonCodes.DeviceRevoked)]
    [InlineData(0x8004C605, ReasonCodes.UpstreamRefused)]
    public async Task The_servers_own_fault_reaches_the_client_as_it_is(uint code, string reason)
    {
        (_status, _answer) = (500, Fault(code));
        var (status, body, _) = await AskAsync(Encoding.UTF8.GetBytes(Challenge(Header("4.0.0.0", _title["SD"]))));
        Assert.Equal((500, _answer), (status, body));
        var entry = (await _door.Vault.EntriesAsync()).Single();
        Assert.Equal((AuditKind.LicenseRefused, reason), (entry.Kind, entry.ReasonCode));
    }

    [Theory]
    [InlineData(500, "out of order")]
    [InlineData(200, "<html/>")]
    [InlineData(200, "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body><AcquireLicenseResponse xmlns=\"x\"/></soap:Body></soap:Envelope>")]
    [InlineData(200, "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body><AcquireLicenseResponse xmlns=\"x\"><License>")]
    public async Task A_server_that_answers_anything_else_is_a_failing_one(int status, string answer)
    {
        (_status, _answer) = (status, answer);
        var (http, fault, _) = await AskAsync(Encoding.UTF8.GetBytes(Challenge(Header("4.0.0.0", _title["SD"]))));
        Assert.Equal((500, ReasonCodes.UpstreamUnavailable, "0x8004c604"), (http, CustomData(fault), StatusCode(fault)));
    }

    [Fact]
    public async Task Broken_challenges_are_faults_with_the_right_code()
    {
        var good = Challenge(Header("4.2.0.0", _title["SD"]));
        var header = Header("4.2.0.0", _title["SD"]);
        (string Body, string Code)[] broken =
        [
            ("", ReasonCodes.ChallengeMalformed),
            ("<html/>", ReasonCodes.ChallengeMalformed),
            (good[..^20], ReasonCodes.ChallengeMalformed),
            (good.Replace("<?xml version=\"1.0\" encoding=\"utf-8\"?>", "<!DOCTYPE a [<!ENTITY b \"c\">]>", StringComparison.Ordinal), ReasonCodes.ChallengeMalformed),
            (good.Replace("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope", StringComparison.Ordinal), ReasonCodes.ChallengeUnsupported),
            (good.Replace(header, "", StringComparison.Ordinal), ReasonCodes.ChallengeMalformed),
            (good.Replace(header, header + header, StringComparison.Ordinal), ReasonCodes.ChallengeMalformed),
            (good.Replace("4.2.0.0", "5.0.0.0", StringComparison.Ordinal), ReasonCodes.ChallengeMalformed),
            (good.Replace("AcquireLicense", "AcquireKeys", StringComparison.Ordinal), ReasonCodes.ChallengeUnsupported),
            (string.Concat(Enumerable.Repeat("<a>", 5000)), ReasonCodes.ChallengeMalformed),
            (good.Replace("</challenge>", "</challenge>" + string.Concat(Enumerable.Repeat("<a/>", 30_000)), StringComparison.Ordinal), ReasonCodes.ChallengeMalformed),
        ];
        foreach (var (body, code) in broken)
        {
            var (status, fault, _) = await AskAsync(Encoding.UTF8.GetBytes(body), action: null);
            Assert.True((500, code) == (status, CustomData(fault)), $"{status} {CustomData(fault)} for {body[..Math.Min(body.Length, 200)]}");
        }

        Assert.Empty(_asked);
        var (_, mismatch, _) = await AskAsync(Encoding.UTF8.GetBytes(good), action: Protocols + "/JoinDomain");
        Assert.Equal((ReasonCodes.ChallengeMalformed, "0x8004c601"), (CustomData(mismatch), StatusCode(mismatch)));
    }

    private async Task OpenAsync()
    {
        _door = await LicenseDoor.OpenAsync(configure: options => options.Upstreams =
        [
            new UpstreamOptions
            {
                Name = "server",
                System = DrmSystem.PlayReady,
                Kind = _kind,
                Url = _server.Url,
                FirstByteTimeout = TimeSpan.FromSeconds(20),
                ConnectTimeout = TimeSpan.FromSeconds(20),
                Timeout = TimeSpan.FromSeconds(30),
                Credentials = _kind == UpstreamKind.PlayReady ? new PlayReadyServerOptions(PolicyKey, "k1") : null,
            },
        ]);
        _title = await _door.CreateKeysAsync("demo-title", TrackType.Audio, TrackType.SD, TrackType.HD, TrackType.UHD1);
    }

    private async Task<(int Status, string Body, string? Type)> AskAsync(byte[] challenge, string? action = Protocols + "/AcquireLicense", string? subscriber = "premium")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/license/playready") { Content = new ByteArrayContent(challenge) };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse("text/xml; charset=utf-8");
        if (action is not null) request.Headers.TryAddWithoutValidation("SOAPAction", $"\"{action}\"");
        if (subscriber is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _door.Token(subscriber));
        using var response = await _door.Http.SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(), response.Content.Headers.ContentType?.MediaType);
    }

    private static string? CustomData(string fault) => XDocument.Parse(fault).Descendants("CustomData").SingleOrDefault()?.Value;

    private static string? StatusCode(string fault) => XDocument.Parse(fault).Descendants("StatusCode").SingleOrDefault()?.Value;

    private static JsonElement Open(string header) => Open(header, PolicyKey);

    /// <summary>As docs/playready.md tells a server to do it, with the framework's AES-CBC and HMAC alone.</summary>
    private static JsonElement Open(string header, byte[] key)
    {
        var parts = header.Split('.');
        Assert.Equal((5, ""), (parts.Length, parts[1]));
        using var head = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[0]));
        Assert.Equal(("dir", "A256CBC-HS512"), (head.RootElement.GetProperty("alg").GetString(), head.RootElement.GetProperty("enc").GetString()));
        var additional = Encoding.ASCII.GetBytes(parts[0]);
        var (iv, cipher, tag) = (Base64Url.DecodeFromChars(parts[2]), Base64Url.DecodeFromChars(parts[3]), Base64Url.DecodeFromChars(parts[4]));
        byte[] length = [0, 0, 0, 0, .. BitConverter.GetBytes(additional.Length * 8).Reverse()];
        using var mac = new HMACSHA512(key[..32]);
        Assert.Equal(mac.ComputeHash([.. additional, .. iv, .. cipher, .. length])[..32], tag);
        using var aes = Aes.Create();
        aes.Key = key[32..];
        return JsonDocument.Parse(aes.DecryptCbc(cipher, iv)).RootElement.Clone();
    }
}
