using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Xml.Linq;
using DrmHub.Cenc;
using DrmHub.Sandbox.Devices;
using DrmHub.Sandbox.Devices.PlayReady;

namespace DrmHub.Sandbox.Tests.PlayReady;

/// <summary>PlayReady devices and the simulated licence server, over HTTP.</summary>
public sealed class PlayReadyServiceTests : IAsyncLifetime
{
    private const string Url = "/sandbox/playready/rightsmanager.asmx";

    /// <summary>A key id of the public test vectors, with the key that the public test seed gives it.</summary>
    private static readonly KeyId Kid = KeyId.Parse("a2c786d0-f9ef-4cb3-b333-cd323a4284a5");
    private const string SeedKey = "4edb7704cdbf03617f4800bd878a6df2";

    private static readonly KeyId Second = KeyId.Parse("db06a8fe-ec16-4de2-9228-2c71e9b856ab");

    private SandboxDoor _door = null!;

    public async Task InitializeAsync() => _door = await SandboxDoor.OpenAsync();

    public async Task DisposeAsync() => await _door.DisposeAsync();

    private long Now => _door.Time.GetUtcNow().ToUnixTimeMilliseconds();

    [Fact]
    public async Task Without_a_policy_the_key_comes_from_the_public_test_seed()
    {
        using var device = new PlayReadyDevice(PlayReadyLevel.SL150, time: _door.Time);
        using var license = await OpenAsync(device, "", [Kid]);
        Assert.Equal(SeedKey, Convert.ToHexStringLower(license.Keys[0].Key.Bytes));
        Assert.Equal(PlayVerdict.Plays, license.Judge(Kid, Now, HdcpVersion.None));
    }

    [Theory]
    [InlineData(PlayReadyLevel.SL3000, 2)]
    [InlineData(PlayReadyLevel.SL2000, 1)]
    [InlineData(PlayReadyLevel.SL150, 0)]
    public async Task A_device_gets_the_keys_of_its_level_and_no_others(PlayReadyLevel level, int keys)
    {
        using var device = new PlayReadyDevice(level, time: _door.Time);
        var query = $"?cfg=(kid:{Kid},sl:3000,contentkey:{Key(7)},ucvopl:300,dvop:(guid:ABB2C6F1-E663-4625-A945-972D17B231E7,data:AAAAAQ==)),(kid:{Second},sl:2000,contentkey:{Key(8)},maxres:1280x720)";
        if (keys == 0)
        {
            Assert.Equal("0x8004c604", (await Assert.ThrowsAsync<SandboxException>(() => OpenAsync(device, query, [Kid, Second]))).Code);
            return;
        }

        using var license = await OpenAsync(device, query, [Kid, Second]);
        Assert.Equal(keys, license.Keys.Count);
        Assert.Equal(720, license.Keys.Single(key => key.KeyId == Second).MaxHeight);
        Assert.Equal(keys == 2 ? PlayVerdict.Plays : PlayVerdict.KeyMissing, license.Judge(Kid, Now, HdcpVersion.Hdcp22));
        if (keys == 2) Assert.Equal(PlayVerdict.OutputTooLow, license.Judge(Kid, Now, HdcpVersion.Hdcp21));
    }

    [Fact]
    public async Task Dates_and_the_first_playback_limit_a_licence()
    {
        using var device = new PlayReadyDevice(PlayReadyLevel.SL2000, time: _door.Time);
        using var license = await OpenAsync(device, $"?cfg=(kid:header,contentkey:{Key(1)},persist:true,begindate:20260601120001,enddate:20260602,firstexp:60)", [Kid], offline: true);
        Assert.Equal(PlayVerdict.NotBegun, license.Judge(Kid, Now, HdcpVersion.None));
        Assert.Equal(PlayVerdict.Plays, license.Judge(Kid, Now + 1000, HdcpVersion.None));
        Assert.Equal(PlayVerdict.PlaybackEnded, license.Judge(Kid, Now + 61_000, HdcpVersion.None, firstPlayedMs: Now + 1000));
        Assert.Equal(PlayVerdict.Ended, license.Judge(Kid, DateTimeOffset.Parse("2026-06-02T00:00Z").ToUnixTimeMilliseconds(), HdcpVersion.None));
        await Assert.ThrowsAsync<SandboxException>(() => OpenAsync(device, "?cfg=(persist:false)", [Kid], offline: true));
    }

    [Fact]
    public async Task A_plus_sign_in_the_query_stays_one()
    {
        using var device = new PlayReadyDevice(PlayReadyLevel.SL2000, time: _door.Time);
        using var license = await OpenAsync(device, "?cfg=(contentkey:++++++++++++++++++++/w==)", [Kid]);
        Assert.Equal("fbefbefbefbefbefbefbefbefbefbeff", Convert.ToHexStringLower(license.Keys[0].Key.Bytes));
    }

    [Fact]
    public async Task The_policy_may_stand_in_the_custom_data()
    {
        using var device = new PlayReadyDevice(PlayReadyLevel.SL2000, customData: "(sl:3000)", time: _door.Time);
        Assert.Equal("0x8004c604", (await Assert.ThrowsAsync<SandboxException>(() => OpenAsync(device, "", [Kid]))).Code);
    }

    [Theory]
    [InlineData("(sl:2500)")]
    [InlineData("(sl:150")]
    [InlineData("sl:150")]
    [InlineData("(sl)")]
    [InlineData("()")]
    [InlineData("(sl:150),")]
    [InlineData("(unknown:1)")]
    [InlineData("(persist:yes)")]
    [InlineData("(enddate:20260601)")]
    [InlineData("(begindate:20260602,enddate:20260601)")]
    [InlineData("(begindate:2026-06-01)")]
    [InlineData("(contentkey:AAAA)")]
    [InlineData("(kid:00000000-0000-0000-0000-000000000001)")]
    [InlineData("(sl:150),(sl:2000)")]
    [InlineData("(dvop:(guid:ABB2C6F1-E663-4625-A945-972D17B231E7,data:AAAAAA==))")]
    [InlineData("(maxres:1280)")]
    [InlineData("(sl:%20150)")]
    public async Task A_policy_that_the_test_server_would_not_take_is_refused(string policy)
    {
        using var device = new PlayReadyDevice(PlayReadyLevel.SL3000, time: _door.Time);
        var refusal = await Assert.ThrowsAsync<SandboxException>(() => OpenAsync(device, $"?cfg={policy}", [Kid]));
        Assert.Equal((SandboxFailure.Refused, "0x8004c601"), (refusal.Failure, refusal.Code));
    }

    [Theory]
    [InlineData("(errorcode:0x8004c606)", "0x8004c606")]
    [InlineData("(revoked:true)", "0x8004c065")]
    [InlineData("(msg:clientinfo)", "0x8004c604")]
    public async Task The_test_servers_diagnostics_answer_with_their_code(string policy, string code)
    {
        using var device = new PlayReadyDevice(PlayReadyLevel.SL2000, time: _door.Time);
        Assert.Equal(code, (await Assert.ThrowsAsync<SandboxException>(() => OpenAsync(device, $"?cfg={policy}", [Kid]))).Code);
    }

    [Theory]
    [InlineData("rewritten")]
    [InlineData("key id")]
    [InlineData("custom data")]
    [InlineData("signature")]
    public async Task A_request_that_was_not_forwarded_byte_for_byte_is_refused(string what)
    {
        using var device = new PlayReadyDevice(PlayReadyLevel.SL2000, customData: "abc", time: _door.Time);
        var challenge = device.Ask(new LicenseWish { KeyIds = [Kid] });
        var text = Encoding.UTF8.GetString(challenge.Body);
        var changed = what switch
        {
            "rewritten" => XDocument.Parse(text).ToString(),
            "key id" => text.Replace(Convert.ToBase64String(Kid.ToPlayReadyBytes()), Convert.ToBase64String(Second.ToPlayReadyBytes()), StringComparison.Ordinal),
            "custom data" => text.Replace(">abc<", ">abd<", StringComparison.Ordinal),
            _ => text.Replace("<SignatureValue>", "<SignatureValue>AAAA", StringComparison.Ordinal),
        };
        Assert.NotEqual(text, changed);
        using var request = new HttpRequestMessage(HttpMethod.Post, Url) { Content = new StringContent(changed, Encoding.UTF8, "text/xml") };
        request.Headers.Add("SOAPAction", challenge.Headers["SOAPAction"]);
        using var response = await _door.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Contains("0x8004c601", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_browsers_wrapper_holds_the_soap_message_and_its_headers()
    {
        using var device = new PlayReadyDevice(PlayReadyLevel.SL2000, form: PlayReadyForm.KeyMessage, time: _door.Time);
        var challenge = device.Ask(new LicenseWish { KeyIds = [Kid] });
        var message = XElement.Parse(Encoding.Unicode.GetString(challenge.Body));
        using var request = new HttpRequestMessage(HttpMethod.Post, Url) { Content = new ByteArrayContent(Convert.FromBase64String(message.Descendants("Challenge").Single().Value)) };
        foreach (var header in message.Descendants("HttpHeader"))
            if (!request.Headers.TryAddWithoutValidation(header.Element("name")!.Value, header.Element("value")!.Value)) request.Content.Headers.TryAddWithoutValidation(header.Element("name")!.Value, header.Element("value")!.Value);
        using var response = await _door.Http.SendAsync(request);
        using var license = challenge.Open(await response.Content.ReadAsByteArrayAsync());
        Assert.Single(license.Keys);
    }

    [Theory]
    [InlineData("wrong-signature", SandboxFailure.Signature)]
    [InlineData("revoked", SandboxFailure.Refused)]
    [InlineData("garbage", SandboxFailure.Format)]
    public async Task Faults_reach_the_device(string fault, SandboxFailure failure)
    {
        using var device = new PlayReadyDevice(PlayReadyLevel.SL2000, time: _door.Time);
        var refusal = await Assert.ThrowsAsync<SandboxException>(() => OpenAsync(device, $"?fault={fault}", [Kid]));
        Assert.Equal(failure, refusal.Failure);
        using var license = await OpenAsync(device, "", [Kid]);
    }

    [Fact]
    public async Task A_response_for_one_request_does_not_open_another()
    {
        using var device = new PlayReadyDevice(PlayReadyLevel.SL2000, time: _door.Time);
        var (mine, other) = (device.Ask(new LicenseWish { KeyIds = [Kid] }), device.Ask(new LicenseWish { KeyIds = [Kid] }));
        using var response = await _door.PostAsync(Url, mine);
        var answer = await response.Content.ReadAsByteArrayAsync();
        Assert.Equal(SandboxFailure.Signature, Assert.Throws<SandboxException>(() => other.Open(answer)).Failure);
    }

    private static string Key(byte fill) => Convert.ToBase64String(Enumerable.Repeat(fill, 16).ToArray());

    private async Task<OpenedLicense> OpenAsync(PlayReadyDevice device, string query, KeyId[] keyIds, bool offline = false)
    {
        var challenge = device.Ask(new LicenseWish { KeyIds = keyIds, Offline = offline });
        using var response = await _door.PostAsync(Url + query, challenge);
        return challenge.Open(await response.Content.ReadAsByteArrayAsync());
    }
}
