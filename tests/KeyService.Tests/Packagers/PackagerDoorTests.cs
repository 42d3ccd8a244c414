using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DrmHub.Cenc;
using DrmHub.KeyService.Cpix;
using DrmHub.KeyService.Tests.Cpix;
using DrmHub.KeyService.Tests.Speke;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Keys.Packagers;

namespace DrmHub.KeyService.Tests.Packagers;

/// <summary>API keys, Basic and signers at the packagers' routes, and the limits of who comes with them.</summary>
public sealed class PackagerDoorTests : IAsyncLifetime
{
    private static readonly IPAddress s_elsewhere = IPAddress.Parse("192.0.2.7");

    private readonly Clock _time = new();
    private KeyDoor _door = null!;

    public async Task InitializeAsync()
    {
        _door = await KeyDoor.OpenAsync(_time, _ => { });
        _door.Remote = s_elsewhere;
    }

    public async Task DisposeAsync() => await _door.DisposeAsync();

    [Theory]
    [InlineData("X-API-Key", "")]
    [InlineData("API-KEY", "")]
    [InlineData("Authorization", "Bearer ")]
    public async Task An_api_key_opens_the_door_in_each_of_its_headers_and_names_its_packager_in_the_log(string header, string scheme)
    {
        var key = await AddAsync(new Packager { Name = "studio" });
        using var response = await GetAsync("film", (header, scheme + key));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var entry = (await _door.Vault.EntriesAsync())[0];
        Assert.Equal((AuditKind.KeysIssued, "studio"), (entry.Kind, entry.Actor));
    }

    [Fact]
    public async Task A_wrong_secret_an_unknown_key_and_a_revoked_one_look_the_same_from_outside()
    {
        var key = await AddAsync(new Packager { Name = "studio" });
        var other = await AddAsync(new Packager { Name = "gone" });
        await _door.Packagers.RevokeAsync("gone");
        var flipped = key[..^2] + (key[^2] == 'A' ? 'B' : 'A') + key[^1];
        var unknown = key[..4] + "0123456789abcdef" + key[20..];
        string? said = null;
        foreach (var wrong in (string[])[flipped, unknown, other, key + "A", key[..^1], "dhk_", "x", key.ToUpperInvariant()])
        {
            using var response = await GetAsync("film", ("X-API-Key", wrong));
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
            var answer = await response.Content.ReadFromJsonAsync<JsonElement>();
            Assert.Equal("credential.invalid", answer.GetProperty("code").GetString());
            var text = answer.GetProperty("detail").GetString() + response.Headers.WwwAuthenticate;
            Assert.Equal(said ??= text, text);
        }

        Assert.Empty(await _door.Vault.Keys.FindInfoByContentAsync("film"));
        var entries = await _door.Vault.EntriesAsync();
        Assert.Equal(8, entries.Count);
        Assert.Equal(("packager.revoked", "gone"), entries.Where(entry => entry.Actor is not null).Select(entry => (entry.ReasonCode, entry.Actor)).Single());
    }

    [Fact]
    public async Task A_revoked_key_stops_working_on_another_node_after_half_a_second()
    {
        var key = await AddAsync(new Packager { Name = "studio" });
        using (var response = await GetAsync("film", ("X-API-Key", key))) Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        using (var elsewhere = await PackagerStore.OpenAsync(_door.Vault.Database, _door.Vault.Vault, _time)) await elsewhere.RevokeAsync("studio");
        _time.Advance(PackagerStore.MaxAge);
        using (var response = await GetAsync("film", ("X-API-Key", key))) Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Fact]
    public async Task A_credential_in_the_address_is_not_looked_at()
    {
        var key = await AddAsync(new Packager { Name = "studio" });
        using var response = await _door.Http.GetAsync($"/cpix/film?api_key={key}&X-API-Key={key}&auth-token={key}&access_token={key}&token={key}");
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal("token.missing", await CodeAsync(response));
    }

    [Fact]
    public async Task Two_credentials_in_one_request_are_refused_whichever_is_right()
    {
        var key = await AddAsync(new Packager { Name = "studio" });
        (string, string)[][] pairs =
        [
            [("Authorization", "Bearer " + key), ("Authorization", "Basic eA==")],
            [("Authorization", "Bearer " + key), ("Authorization", "Bearer " + key)],
            [("X-API-Key", key), ("API-KEY", key)],
            [("X-API-Key", key), ("X-API-Key", "x")],
            [("X-API-Key", key), ("Authorization", "Basic eA==")],
        ];
        foreach (var headers in pairs)
        {
            using var response = await GetAsync("film", headers);
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
            Assert.Equal("credential.ambiguous", await CodeAsync(response));
        }

        foreach (var joined in (string[])[$"{key}, {key}", $"{key},x", $"x {key}"])
        {
            using var response = await GetAsync("film", ("X-API-Key", joined));
            Assert.Equal("credential.invalid", await CodeAsync(response));
        }

        using var huge = await GetAsync("film", ("X-API-Key", new string('a', 9000)));
        Assert.Equal("credential.ambiguous", await CodeAsync(huge));
    }

    [Fact]
    public async Task Basic_needs_TLS_where_the_caller_is_not_this_machine()
    {
        var password = await AddAsync(new Packager { Name = "encoder" }, CredentialKind.Basic);
        using (var response = await GetAsync("film", Basic("encoder", password)))
        {
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
            Assert.Equal("credential.insecure", await CodeAsync(response));
        }

        foreach (var (user, secret, expected) in ((string, string, HttpStatusCode)[])
            [("encoder", password, HttpStatusCode.OK), ("encoder", password + "x", HttpStatusCode.Unauthorized), ("encoder", "", HttpStatusCode.Unauthorized), ("Encoder", password, HttpStatusCode.Unauthorized), ("nobody", password, HttpStatusCode.Unauthorized)])
        {
            using var request = Request(HttpMethod.Get, "https://localhost/cpix/film", Basic(user, secret));
            using var response = await _door.Http.SendAsync(request);
            Assert.Equal(expected, response.StatusCode);
            if (expected == HttpStatusCode.Unauthorized) Assert.Contains("Basic realm=\"drmhub\"", response.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task On_this_machine_in_development_a_scheme_that_nobody_has_is_ignored_and_one_that_somebody_has_is_not()
    {
        _door.Remote = IPAddress.Loopback;
        foreach (var header in ((string, string)[])[Basic("any", "thing"), ("X-API-Key", "x"), ("Authorization", "Digest x"), ("Authorization", "AWS4-HMAC-SHA256 x")])
        {
            using var response = await GetAsync("film", header);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        await AddAsync(new Packager { Name = "encoder" }, CredentialKind.Basic);
        using (var response = await GetAsync("film", Basic("any", "thing"))) Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        using (var response = await GetAsync("film")) Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("/cpix/other?systems=widevine", "packager.content", "other")]
    [InlineData("/cpix/other/periods", "packager.content", "other")]
    [InlineData("/cpix/film-1?systems=widevine,playready", "packager.system", "film-1")]
    [InlineData("/cpix/film-1?systems=widevine", "packager.plain_keys", "film-1")]
    public async Task What_is_outside_the_limits_is_refused_on_cpix_and_leaves_no_key(string address, string code, string contentId)
    {
        var key = await AddAsync(new Packager { Name = "studio", Patterns = ["film-*"], Systems = [DrmSystem.Widevine], PlainKeys = false });
        using var request = Request(HttpMethod.Get, address, ("X-API-Key", key));
        using var response = await _door.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal(code, await CodeAsync(response));
        Assert.Empty(await _door.Vault.Keys.FindInfoByContentAsync(contentId));
        var entry = Assert.Single(await _door.Vault.EntriesAsync());
        Assert.Equal((AuditKind.KeysRefused, "studio", code, contentId), (entry.Kind, entry.Actor, entry.ReasonCode, entry.ContentId));
    }

    [Theory]
    [InlineData("other", "packager.content")]
    [InlineData("film-1", "packager.plain_keys")]
    public async Task PlayReady_packaging_has_the_same_limits(string program, string code)
    {
        var key = await AddAsync(new Packager { Name = "studio", Patterns = ["film-*"], PlainKeys = false });
        using var request = Request(HttpMethod.Post, "/playready/AcquirePackagingData", ("X-API-Key", key));
        request.Content = new StringContent(PlayReadyPackaging.PlayReadyPackagingTests.Request(program), System.Text.Encoding.UTF8, "text/xml");
        using var response = await _door.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Contains(code, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(await _door.Vault.Keys.FindInfoByContentAsync(program));
        Assert.Equal(code, Assert.Single(await _door.Vault.EntriesAsync()).ReasonCode);
    }

    [Theory]
    [InlineData("film-*", SpekeRequests.Widevine, true, "packager.content")]
    [InlineData("movie", SpekeRequests.FairPlay, true, "packager.system")]
    [InlineData("movie", SpekeRequests.Widevine, false, "packager.plain_keys")]
    public async Task What_is_outside_the_limits_is_refused_on_speke_in_plain_text(string pattern, string system, bool plain, string code)
    {
        var key = await AddAsync(new Packager { Name = "studio", Patterns = [pattern], Systems = [DrmSystem.Widevine], PlainKeys = plain });
        using var response = await SpekeAsync(SpekeRequests.V2(["SD"], [system]), ("X-API-Key", key));
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal("text/plain", response.Content.Headers.ContentType?.MediaType);
        Assert.Empty(await _door.Vault.Keys.FindInfoByContentAsync("movie"));
        Assert.Equal(code, Assert.Single(await _door.Vault.EntriesAsync()).ReasonCode);
    }

    [Fact]
    public async Task A_registered_certificate_encrypts_the_keys_and_no_other_may_take_its_place()
    {
        var key = await AddAsync(new Packager { Name = "studio", PlainKeys = false, Certificate = TestCertificates.A.RawData });
        foreach (var path in (string[])["/cpix/film", "/speke/v2.0/copyProtection"])
        {
            using var response = path[1] == 'c' ? await GetAsync("film", ("X-API-Key", key)) : await SpekeAsync(SpekeRequests.V2(["SD"], [SpekeRequests.Widevine]), ("X-API-Key", key));
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            var document = CpixDocument.Load(await response.Content.ReadAsByteArrayAsync());
            Assert.All(document.ContentKeys, each => Assert.False(each.HasPlainValue));
            var opened = document.ReadEncryptedKeys(TestCertificates.A);
            using var stored = (await _door.Vault.Keys.FindAsync([document.ContentKeys[0].Kid])).Single();
            Assert.Equal(stored.Key.Bytes.ToArray(), opened[stored.KeyId]);
        }

        foreach (var (certificate, expected) in ((byte[], HttpStatusCode)[])[(TestCertificates.A.RawData, HttpStatusCode.OK), (TestCertificates.B.RawData, HttpStatusCode.Forbidden)])
        {
            using var response = await SpekeAsync(SpekeRequests.V2(["SD"], [SpekeRequests.Widevine], extra: Recipient(certificate)).Replace("\"movie\"", "\"second\"", StringComparison.Ordinal).Replace("00000000-1111", "00000000-2222", StringComparison.Ordinal), ("X-API-Key", key));
            Assert.Equal(expected, response.StatusCode);
        }

        Assert.Equal("packager.certificate", (await _door.Vault.EntriesAsync())[0].ReasonCode);
    }

    [Fact]
    public async Task Without_a_registered_certificate_one_in_the_request_is_enough_for_encrypted_keys()
    {
        var key = await AddAsync(new Packager { Name = "studio", PlainKeys = false });
        using var response = await SpekeAsync(SpekeRequests.V2(["SD"], [SpekeRequests.Widevine], extra: Recipient(TestCertificates.B.RawData)), ("X-API-Key", key));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.DoesNotContain("PlainValue", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Above_the_rate_a_packager_waits_and_another_does_not()
    {
        var key = await AddAsync(new Packager { Name = "studio", Rate = 3 });
        var other = await AddAsync(new Packager { Name = "other", Rate = 3 });
        for (var i = 0; i < 3; i++)
        {
            using var response = await GetAsync("film", ("X-API-Key", key));
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        using (var response = await GetAsync("later", ("X-API-Key", key)))
        {
            Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
            Assert.Equal("rate.limited", await CodeAsync(response));
            Assert.Equal(TimeSpan.FromSeconds(1), response.Headers.RetryAfter?.Delta);
        }

        Assert.Empty(await _door.Vault.Keys.FindInfoByContentAsync("later"));
        using (var response = await GetAsync("film", ("X-API-Key", other))) Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        _time.Advance(TimeSpan.FromSeconds(1));
        using (var response = await GetAsync("later", ("X-API-Key", key))) Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData(CredentialKind.Signer)]
    [InlineData(CredentialKind.RsaSigner)]
    public async Task A_signer_of_the_widevine_api_is_a_packager_with_its_limits(CredentialKind kind)
    {
        using var rsa = RSA.Create(2048);
        var issued = (await _door.Packagers.AddAsync(new Packager { Name = "shaka", Patterns = ["film-*"], Rate = 3 }, kind, kind == CredentialKind.RsaSigner ? rsa.ExportSubjectPublicKeyInfo() : null))!;
        byte[] Sign(byte[] message)
        {
            if (kind == CredentialKind.RsaSigner) return rsa.SignData(message, HashAlgorithmName.SHA1, RSASignaturePadding.Pss);
            var (key, iv) = issued.Secret!.Split(' ') is [var first, var second] ? (first, second) : throw new InvalidOperationException();
            using var aes = Aes.Create();
            aes.Key = Convert.FromHexString(key);
            return aes.EncryptCbc(SHA1.HashData(message), Convert.FromHexString(iv));
        }

        Assert.Equal("OK", await WidevineAsync("film-1", "shaka", Sign));
        Assert.Equal("SIGNATURE_FAILED", await WidevineAsync("film-1", "nobody", Sign));
        Assert.Equal("SIGNATURE_FAILED", await WidevineAsync("film-1", "shaka", message => Sign([.. message, 0])));
        Assert.Equal("ACCESS_DENIED", await WidevineAsync("other", "shaka", Sign));
        Assert.Equal("packager.content", (await _door.Vault.EntriesAsync())[0].ReasonCode);
        Assert.Empty(await _door.Vault.Keys.FindInfoByContentAsync("other"));
        Assert.Equal("OK", await WidevineAsync("film-1", "shaka", Sign));
        Assert.Equal("INTERNAL_ERROR", await WidevineAsync("film-1", "shaka", Sign));
        Assert.Equal("rate.limited", (await _door.Vault.EntriesAsync())[0].ReasonCode);
        await _door.Packagers.RevokeAsync("shaka");
        Assert.Equal("SIGNATURE_FAILED", await WidevineAsync("film-1", "shaka", Sign));
    }

    [Fact]
    public async Task The_widevine_api_gives_nothing_to_who_may_have_encrypted_keys_alone()
    {
        using var rsa = RSA.Create(2048);
        await _door.Packagers.AddAsync(new Packager { Name = "shaka", PlainKeys = false, Certificate = TestCertificates.A.RawData }, CredentialKind.RsaSigner, rsa.ExportSubjectPublicKeyInfo());
        Assert.Equal("ACCESS_DENIED", await WidevineAsync("film", "shaka", message => rsa.SignData(message, HashAlgorithmName.SHA1, RSASignaturePadding.Pss)));
        Assert.Equal("packager.plain_keys", Assert.Single(await _door.Vault.EntriesAsync()).ReasonCode);
    }

    internal static (string, string) Basic(string user, string password) => ("Authorization", "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));

    private static string Recipient(byte[] certificate) =>
        $"<cpix:DeliveryDataList><cpix:DeliveryData><cpix:DeliveryKey><ds:X509Data xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:X509Certificate>{Convert.ToBase64String(certificate)}</ds:X509Certificate></ds:X509Data></cpix:DeliveryKey></cpix:DeliveryData></cpix:DeliveryDataList>";

    private static async Task<string?> CodeAsync(HttpResponseMessage response) => (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString();

    private static HttpRequestMessage Request(HttpMethod method, string address, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, address);
        foreach (var group in headers.GroupBy(header => header.Name)) Assert.True(request.Headers.TryAddWithoutValidation(group.Key, group.Select(header => header.Value)));
        return request;
    }

    private async Task<string> AddAsync(Packager packager, CredentialKind kind = CredentialKind.ApiKey) => (await _door.Packagers.AddAsync(packager, kind))!.Secret!;

    private async Task<HttpResponseMessage> GetAsync(string contentId, params (string, string)[] headers)
    {
        using var request = Request(HttpMethod.Get, "/cpix/" + contentId, headers);
        return await _door.Http.SendAsync(request);
    }

    private async Task<HttpResponseMessage> SpekeAsync(string body, params (string, string)[] headers)
    {
        using var request = Request(HttpMethod.Post, "/speke/v2.0/copyProtection", [.. headers, ("X-Speke-Version", "2.0")]);
        request.Content = new StringContent(body, new MediaTypeHeaderValue("application/xml"));
        return await _door.Http.SendAsync(request);
    }

    private async Task<string?> WidevineAsync(string contentId, string signer, Func<byte[], byte[]> sign)
    {
        var message = JsonSerializer.SerializeToUtf8Bytes(new { content_id = Encoding.UTF8.GetBytes(contentId), policy = "", tracks = new[] { new { type = "SD" } }, drm_types = new[] { "WIDEVINE" } });
        using var response = await _door.Http.PostAsJsonAsync("/cenc/getcontentkey/provider", new { request = message, signature = sign(message), signer });
        var outer = await response.Content.ReadFromJsonAsync<JsonElement>();
        return JsonDocument.Parse(outer.GetProperty("response").GetBytesFromBase64()).RootElement.GetProperty("status").GetString();
    }
}
