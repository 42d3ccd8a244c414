using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using DrmHub.Cenc;
using DrmHub.Cenc.Pssh;
using DrmHub.KeyService.Cpix;
using DrmHub.KeyService.Speke;
using DrmHub.Vault.Audit;

namespace DrmHub.KeyService.Tests.Speke;

/// <summary>SPEKE over HTTP, onto real keys.</summary>
public sealed class SpekeApiTests : IAsyncLifetime
{
    private static readonly string[] Types = ["SD", "HD", "UHD", "STEREO_AUDIO", "MULTICHANNEL_AUDIO"];
    private static readonly string[] Systems = [SpekeRequests.Widevine, SpekeRequests.PlayReady, SpekeRequests.FairPlay];

    private KeyDoor _door = null!;

    public async Task InitializeAsync() => _door = await KeyDoor.OpenAsync();

    public async Task DisposeAsync() => await _door.DisposeAsync();

    [Fact]
    public async Task Five_keys_on_three_systems_come_back_filled_and_stay_the_same()
    {
        using var response = await PostAsync(SpekeRequests.V2(Types, Systems));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/xml", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal("2.0", response.Headers.GetValues("X-Speke-Version").Single());
        Assert.StartsWith("DrmHub/", response.Headers.GetValues("X-Speke-User-Agent").Single(), StringComparison.Ordinal);

        var body = await response.Content.ReadAsByteArrayAsync();
        var document = CpixDocument.Load(body);
        Assert.Equal(Types.Length, document.ContentKeys.Count);
        Assert.Equal(Types.Length, document.ContentKeys.Select(key => Convert.ToHexString(key.GetKeyBytes()!)).Distinct().Count());
        Assert.All(document.ContentKeys, key => Assert.Equal(16, key.ExplicitIV!.Length));
        foreach (var system in document.DrmSystems.Where(system => system.System != DrmSystem.FairPlay))
        {
            var box = PsshBox.Parse(system.Pssh!);
            Assert.Equal(system.SystemId, box.SystemId);
            Assert.NotEmpty(system.ContentProtectionData!);
        }

        foreach (var system in document.DrmSystems)
            Assert.Equal(["#EXT-X-KEY:", "#EXT-X-SESSION-KEY:"], system.HlsSignaling.Select(hls => hls.Text![..(hls.Text!.IndexOf(':', StringComparison.Ordinal) + 1)]));

        var stored = (await _door.Vault.Keys.FindInfoByContentAsync("movie")).ToDictionary(key => key.Track);
        Assert.Equal(Types.Order(), stored.Keys.Order());
        Assert.Equal((0L, 589_824L), (stored["SD"].MinPixels!.Value, stored["SD"].MaxPixels!.Value));
        Assert.Equal((2_073_601L, null), (stored["UHD"].MinPixels!.Value, stored["UHD"].MaxPixels));
        Assert.Equal((null, 2), (stored["STEREO_AUDIO"].MinPixels, stored["STEREO_AUDIO"].MaxChannels));

        using var again = await PostAsync(SpekeRequests.V2(Types, Systems));
        Assert.Equal(body, await again.Content.ReadAsByteArrayAsync());
        var entry = (await _door.Vault.EntriesAsync())[0];
        Assert.Equal((AuditKind.KeysIssued, "movie", 5), (entry.Kind, entry.ContentId, entry.Keys.Count));
    }

    [Fact]
    public async Task Keys_for_a_certificate_open_with_its_private_key_alone()
    {
        using var rsa = RSA.Create(2048);
        using var certificate = new CertificateRequest("CN=encoder", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(DateTimeOffset.Now.AddDays(-1), DateTimeOffset.Now.AddDays(1));
        var request = SpekeRequests.V2(["SD"], [SpekeRequests.Widevine], extra: $"<cpix:DeliveryDataList><cpix:DeliveryData><cpix:DeliveryKey><ds:X509Data xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:X509Certificate>{Convert.ToBase64String(certificate.RawData)}</ds:X509Certificate></ds:X509Data></cpix:DeliveryKey></cpix:DeliveryData></cpix:DeliveryDataList>");
        using var response = await PostAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var body = await response.Content.ReadAsByteArrayAsync();
        var document = CpixDocument.Load(body);
        Assert.False(document.ContentKeys[0].HasPlainValue);
        var opened = document.ReadEncryptedKeys(certificate)[document.ContentKeys[0].Kid];
        using var stored = (await _door.Vault.Keys.FindAsync([document.ContentKeys[0].Kid])).Single();
        Assert.Equal(stored.Key.Bytes.ToArray(), opened);
        Assert.DoesNotContain(Convert.ToBase64String(opened), Encoding.UTF8.GetString(body), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("3.0", null, "Unsupported SPEKE version")]
    [InlineData("2.0", " contentId=\"movie\"", "Missing CPIX@contentId")]
    [InlineData("2.0", " version=\"2.3\"", "Missing CPIX@version")]
    [InlineData("2.0", " commonEncryptionScheme=\"cbcs\"", "Missing ContentKey@commonEncryptionScheme for KID 00000000-1111-4111-8111-111111111111")]
    public async Task A_refused_contract_gets_its_sentence_and_leaves_no_key(string version, string? removed, string sentence)
    {
        var request = SpekeRequests.V2(Types, Systems);
        using var response = await PostAsync(removed is null ? request : request.Replace(removed, "", StringComparison.Ordinal), version);
        Assert.Equal(422, (int)response.StatusCode);
        Assert.Equal(sentence, await response.Content.ReadAsStringAsync());
        Assert.Empty(await _door.Vault.Keys.FindInfoByContentAsync("movie"));
        Assert.Equal(AuditKind.KeysRefused, Assert.Single(await _door.Vault.EntriesAsync()).Kind);
    }

    [Fact]
    public async Task A_contract_that_contradicts_the_keys_of_another_content_is_refused()
    {
        using var first = await PostAsync(SpekeRequests.V2(Types, Systems));
        using var second = await PostAsync(SpekeRequests.V2(Types, Systems).Replace("contentId=\"movie\"", "contentId=\"other\"", StringComparison.Ordinal));
        Assert.Equal(422, (int)second.StatusCode);
        Assert.Equal(SpekeMessages.NotSupported, await second.Content.ReadAsStringAsync());
        Assert.EndsWith("is in use with another content id.", Assert.Single(second.Headers.GetValues("X-DrmHub-Detail")), StringComparison.Ordinal);
        Assert.Empty(await _door.Vault.Keys.FindInfoByContentAsync("other"));
    }

    [Fact]
    public async Task The_detail_of_a_refusal_cannot_add_headers()
    {
        var request = SpekeRequests.V2(Types, Systems).Replace("intendedTrackType=\"SD\"", "intendedTrackType=\"SD+&#13;&#10;X-Evil: 1 &#x20AC;" + new string('x', 1000) + "+\"", StringComparison.Ordinal);
        using var response = await PostAsync(request);
        Assert.Equal(422, (int)response.StatusCode);
        Assert.False(response.Headers.Contains("X-Evil"));
        var detail = Assert.Single(response.Headers.GetValues("X-DrmHub-Detail"));
        Assert.Contains("??X-Evil: 1 ?xxx", detail, StringComparison.Ordinal);
        Assert.Equal(400, detail.Length);
    }

    [Fact]
    public async Task A_stranger_gets_401_and_no_key()
    {
        _door.Remote = IPAddress.Parse("192.0.2.1");
        using var response = await PostAsync(SpekeRequests.V2(Types, Systems));
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Empty(await _door.Vault.Keys.FindInfoByContentAsync("movie"));
    }

    [Fact]
    public async Task Version_1_gets_its_key_and_the_heartbeat_answers()
    {
        var request = $"""
            <cpix:CPIX id="live-1" xmlns:cpix="urn:dashif:org:cpix" xmlns:pskc="urn:ietf:params:xml:ns:keyprov:pskc" xmlns:speke="urn:aws:amazon:com:speke">
            <cpix:ContentKeyList><cpix:ContentKey kid="{SpekeRequests.Kid(1)}"/></cpix:ContentKeyList>
            <cpix:DRMSystemList><cpix:DRMSystem kid="{SpekeRequests.Kid(1)}" systemId="{SpekeRequests.FairPlay}"><cpix:URIExtXKey/><speke:KeyFormat/><speke:KeyFormatVersions/></cpix:DRMSystem></cpix:DRMSystemList>
            </cpix:CPIX>
            """;
        using var response = await _door.Http.PostAsync("/speke/v1.0/copyProtection", new StringContent(request, Encoding.UTF8, "application/xml"));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.True(response.Headers.Contains("Speke-User-Agent"));
        var document = CpixDocument.Load(await response.Content.ReadAsByteArrayAsync());
        Assert.Equal(16, document.ContentKeys[0].GetKeyBytes()!.Length);
        Assert.StartsWith("skd://", document.DrmSystems[0].UriExtXKey, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await _door.Http.GetAsync("/speke/v1.0/heartbeat")).StatusCode);
    }

    /// <summary>A v1 request names a key by its id: what it does not say contradicts nothing that is known of the key.</summary>
    [Fact]
    public async Task Version_1_gets_the_key_that_it_names_whatever_else_is_known_of_it()
    {
        var live = await AskV1Async("movie", SpekeRequests.Kid(1), period: "7");
        Assert.Equal(live, await AskV1Async("movie", SpekeRequests.Kid(1), period: null));
        Assert.Equal(live, await AskV1Async("movie", SpekeRequests.Kid(1), period: "8"));
        Assert.Equal(7, Assert.Single(await _door.Vault.Keys.FindInfoByContentAsync("movie")).CryptoPeriod);

        // What was asked for with a scheme and a track is the same key to an older encoder.
        using var newer = await PostAsync(SpekeRequests.V2(["SD"], Systems).Replace("\"movie\"", "\"film\"", StringComparison.Ordinal));
        var key = CpixDocument.Load(await newer.Content.ReadAsByteArrayAsync()).ContentKeys[0];
        Assert.Equal(Convert.ToHexString(key.GetKeyBytes()!), await AskV1Async("film", key.Kid.ToString(), period: null));

        // Another content is a contradiction.
        Assert.Null(await AskV1Async("series", key.Kid.ToString(), period: null));
    }

    /// <returns>The key in hex; null where it was refused.</returns>
    private async Task<string?> AskV1Async(string contentId, string id, string? period)
    {
        var rotation = period is null ? "" : $"""<cpix:ContentKeyPeriodList><cpix:ContentKeyPeriod id="p" index="{period}"/></cpix:ContentKeyPeriodList><cpix:ContentKeyUsageRuleList><cpix:ContentKeyUsageRule kid="{id}"><cpix:KeyPeriodFilter periodId="p"/></cpix:ContentKeyUsageRule></cpix:ContentKeyUsageRuleList>""";
        var request = $"""
            <cpix:CPIX id="{contentId}" xmlns:cpix="urn:dashif:org:cpix" xmlns:pskc="urn:ietf:params:xml:ns:keyprov:pskc"><cpix:ContentKeyList><cpix:ContentKey kid="{id}"/></cpix:ContentKeyList>
            <cpix:DRMSystemList><cpix:DRMSystem kid="{id}" systemId="{SpekeRequests.Widevine}"><cpix:PSSH/></cpix:DRMSystem></cpix:DRMSystemList>{rotation}</cpix:CPIX>
            """;
        using var response = await _door.Http.PostAsync("/speke/v1.0/copyProtection", new StringContent(request, Encoding.UTF8, "application/xml"));
        return response.IsSuccessStatusCode ? Convert.ToHexString(CpixDocument.Load(await response.Content.ReadAsByteArrayAsync()).ContentKeys[0].GetKeyBytes()!) : null;
    }

    private async Task<HttpResponseMessage> PostAsync(string xml, string version = "2.0")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/speke/v2.0/copyProtection") { Content = new StringContent(xml, Encoding.UTF8, "application/xml") };
        request.Headers.Add("X-Speke-Version", version);
        return await _door.Http.SendAsync(request);
    }
}
