using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using DrmHub.Cenc;
using DrmHub.LicenseProxy.Tokens;
using DrmHub.Vault.Rights;
using Microsoft.IdentityModel.Tokens;
using NSec.Cryptography;

namespace DrmHub.LicenseProxy.Tests;

/// <summary>Tokens under each kind of key, each also under the name of another.</summary>
public sealed class TokenKindTests : IAsyncLifetime
{
    private readonly RSA _rsa = RSA.Create(2048);
    private readonly Key _ed = Key.Create(SignatureAlgorithm.Ed25519, new KeyCreationParameters { ExportPolicy = KeyExportPolicies.AllowPlaintextExport });
    private readonly byte[] _secret = RandomNumberGenerator.GetBytes(32);
    private LicenseDoor _door = null!;
    private string _challenge = null!;

    public async Task InitializeAsync()
    {
        Assert.True(Ed25519SecurityKey.TryCreate(_ed.PublicKey.Export(KeyBlobFormat.RawPublicKey), out var ed));
        ed.KeyId = "ed";
        _door = await LicenseDoor.OpenAsync(configure: options => options.Tokens.SigningKeys =
            [.. options.Tokens.SigningKeys, new RsaSecurityKey(_rsa.ExportParameters(false)) { KeyId = "rsa" }, ed, new SymmetricSecurityKey(_secret) { KeyId = "hmac" }]);
        _challenge = LicenseDoor.Challenge((await _door.CreateKeysAsync("demo-title", TrackType.SD)).Values);
    }

    public async Task DisposeAsync()
    {
        await _door.DisposeAsync();
        _rsa.Dispose();
        _ed.Dispose();
    }

    [Fact]
    public async Task Rsa_elliptic_and_edwards_signatures_open_a_licence()
    {
        await AssertAsync(200, _door.Token());
        await AssertAsync(200, Rsa(SecurityAlgorithms.RsaSha256));
        await AssertAsync(200, Sign("""{"alg":"EdDSA","kid":"ed"}""", Payload()));
    }

    [Fact]
    public async Task A_shared_secret_counts_only_where_it_is_configured()
    {
        var token = Hmac(_secret, "hmac");
        await AssertAsync(401, token);
        await using var door = await LicenseDoor.OpenAsync(first: _door, configure: options =>
        {
            options.Tokens.SigningKeys = [new SymmetricSecurityKey(_secret) { KeyId = "hmac" }, new RsaSecurityKey(_rsa.ExportParameters(false)) { KeyId = "rsa" }];
            options.Tokens.Algorithms = [.. TokenAlgorithms.Default, SecurityAlgorithms.HmacSha256];
        });
        Assert.Equal(200, (await door.AskAsync(_challenge, token)).Status);
        Assert.Equal(401, (await door.AskAsync(_challenge, Hmac(RandomNumberGenerator.GetBytes(32), "hmac"))).Status);

        // Even here a public key is no secret.
        Assert.Equal(401, (await door.AskAsync(_challenge, Hmac(Encoding.ASCII.GetBytes(_rsa.ExportSubjectPublicKeyInfoPem()), "rsa"))).Status);
        Assert.Equal(401, (await door.AskAsync(_challenge, Hmac(_rsa.ExportSubjectPublicKeyInfo(), "rsa"))).Status);
    }

    [Fact]
    public async Task A_key_is_used_with_its_own_algorithms_only()
    {
        await AssertAsync(401, Rsa(SecurityAlgorithms.RsaSha512));
        await AssertAsync(401, Rsa(SecurityAlgorithms.RsaSha256, "ed"));
        await AssertAsync(401, Rsa(SecurityAlgorithms.RsaSha256, LicenseDoor.KeyName));
        await AssertAsync(401, Sign("""{"alg":"EdDSA","kid":"rsa"}""", Payload()));
        await AssertAsync(401, Sign("""{"alg":"ES256","kid":"ed"}""", Payload()));
        await AssertAsync(401, Sign("""{"alg":"none","kid":"ed"}""", Payload()));
        await AssertAsync(401, Sign("""{"kid":"ed"}""", Payload()));
    }

    [Fact]
    public async Task A_token_that_names_no_key_is_refused_where_there_are_several()
    {
        await AssertAsync(401, Sign("""{"alg":"EdDSA"}""", Payload()));
        await AssertAsync(401, Sign("""{"alg":"EdDSA","kid":"unknown"}""", Payload()));
    }

    [Fact]
    public async Task A_changed_edwards_signature_or_payload_is_refused()
    {
        var token = Sign("""{"alg":"EdDSA","kid":"ed"}""", Payload());
        var parts = token.Split('.');
        await AssertAsync(401, $"{parts[0]}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(Payload().Replace("premium", "free", StringComparison.Ordinal)))}.{parts[2]}");
        await AssertAsync(401, $"{parts[0]}.{parts[1]}.{(parts[2][0] == 'A' ? 'B' : 'A')}{parts[2][1..]}");
        await AssertAsync(401, $"{parts[0]}.{parts[1]}.{parts[2][..40]}");
        await AssertAsync(401, $"{parts[0]}.{parts[1]}.");
    }

    [Theory]
    [InlineData("""{"alg":"EdDSA","kid":"ed","crit":["exp"]}""", "")]
    [InlineData("""{"alg":"EdDSA","kid":"ed"}""", ""","content":[]""")]
    [InlineData("""{"alg":"EdDSA","kid":"ed"}""", ""","content":7""")]
    [InlineData("""{"alg":"EdDSA","kid":"ed"}""", ""","content":[{"id":"demo-title"}]""")]
    [InlineData("""{"alg":"EdDSA","kid":"ed"}""", ""","content":["another"]""", 404)]
    [InlineData("""{"alg":"EdDSA","kid":"ed"}""", ""","content":"another" """, 404)]
    [InlineData("""{"alg":"EdDSA","kid":"ed"}""", ""","content":"demo-title" """, 200)]
    [InlineData("""{"alg":"EdDSA","kid":"ed"}""", ""","content":["another","demo-title"]""", 200)]
    [InlineData("""{"alg":"EdDSA","kid":"ed"}""", ""","plans":[]""", 200)]
    [InlineData("""{"alg":"EdDSA","kid":"ed"}""", ""","plans":{"premium":true}""")]
    [InlineData("""{"alg":"EdDSA","kid":"ed"}""", ""","nbf":"soon" """)]
    public async Task What_the_hub_cannot_read_is_never_read_as_leave(string header, string claims, int status = 401) =>
        await AssertAsync(status, Sign(header, Payload(claims)));

    [Fact]
    public async Task A_token_seen_before_still_ends_and_still_counts_once()
    {
        var token = _door.Token();
        await AssertAsync(200, token);
        await AssertAsync(200, token);
        await AssertAsync(401, token + "A");
        _door.Time.Advance(TimeSpan.FromMinutes(7));
        Assert.Equal(ReasonCodes.TokenExpired, (await _door.AskAsync(_challenge, token)).Code);
    }

    [Fact]
    public async Task A_token_in_the_url_counts_only_where_that_is_configured()
    {
        var keyId = LicenseDoor.Challenge();
        using var refused = await _door.Http.GetAsync($"/key/00112233445566778899aabbccddeeff?token={_door.Token()}");
        Assert.Equal(401, (int)refused.StatusCode);
        await using var door = await LicenseDoor.OpenAsync(first: _door, configure: options => options.Tokens.InQuery = true);
        using var found = await door.Http.GetAsync($"/key/00112233445566778899aabbccddeeff?token={_door.Token()}");
        Assert.Equal(404, (int)found.StatusCode);
        using var twice = await door.Http.GetAsync($"/key/00112233445566778899aabbccddeeff?token={_door.Token()}&token=x");
        Assert.Equal(401, (int)twice.StatusCode);
        Assert.NotNull(keyId);
    }

    [Fact]
    public void A_cache_holds_no_more_than_it_may()
    {
        var cache = new TokenCache(100);
        var keys = TokenKeySet.Empty;
        var token = new ValidToken(new PlayerToken { Subscriber = "s", Expires = default }, 0, null);
        for (var i = 0; i < 1000; i++) cache.Add(TokenCache.NameOf($"token {i}"), token, keys);
        Assert.InRange(Enumerable.Range(0, 1000).Count(i => cache.Find(TokenCache.NameOf($"token {i}"), keys) is not null), 1, 150);
        Assert.Null(cache.Find(TokenCache.NameOf("token 999"), new TokenKeySet([])));
    }

    private async Task AssertAsync(int status, string token)
    {
        var answer = await _door.AskAsync(_challenge, token);
        Assert.Equal(status, answer.Status);
        if (status == 401) Assert.Equal(ReasonCodes.TokenInvalid, answer.Code);
    }

    private string Payload(string more = "")
    {
        var now = _door.Time.GetUtcNow().ToUnixTimeSeconds();
        return $$"""{"iss":"drmhub","aud":"drmhub-player","sub":"premium","jti":"1","exp":{{now + 300}}{{more}}}""";
    }

    private string Sign(string header, string payload)
    {
        var text = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header)) + "." + Base64Url.EncodeToString(Encoding.UTF8.GetBytes(payload));
        return text + "." + Base64Url.EncodeToString(SignatureAlgorithm.Ed25519.Sign(_ed, Encoding.ASCII.GetBytes(text)));
    }

    private string Rsa(string algorithm, string keyId = "rsa") =>
        _door.Token(describe: token => token.SigningCredentials = new SigningCredentials(new RsaSecurityKey(_rsa) { KeyId = keyId }, algorithm));

    private string Hmac(byte[] secret, string keyId) =>
        _door.Token(describe: token => token.SigningCredentials = new SigningCredentials(new SymmetricSecurityKey(secret) { KeyId = keyId }, SecurityAlgorithms.HmacSha256));
}
