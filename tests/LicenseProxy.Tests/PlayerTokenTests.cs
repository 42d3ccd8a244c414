using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using DrmHub.Cenc;
using DrmHub.Vault.Rights;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace DrmHub.LicenseProxy.Tests;

/// <summary>Tokens as an attacker sends them: each is refused before a key is looked up.</summary>
public sealed class PlayerTokenTests : IAsyncLifetime
{
    private LicenseDoor _door = null!;
    private string _challenge = null!;

    public async Task InitializeAsync()
    {
        _door = await LicenseDoor.OpenAsync();
        _challenge = LicenseDoor.Challenge((await _door.CreateKeysAsync("demo-title", TrackType.SD, TrackType.HD)).Values);
    }

    public async Task DisposeAsync() => await _door.DisposeAsync();

    [Fact]
    public async Task No_token_is_401_whatever_the_title()
    {
        var known = await _door.AskAsync(_challenge, null);
        var unknown = await _door.AskAsync("not even a challenge", null);
        Assert.Equal((401, ReasonCodes.TokenMissing), (known.Status, known.Code));
        Assert.Equal((known.Status, known.Code, known.Detail), (unknown.Status, unknown.Code, unknown.Detail));
    }

    [Fact]
    public async Task Alg_none_is_refused()
    {
        var parts = _door.Token().Split('.');
        var header = Base64Url.EncodeToString("""{"alg":"none","typ":"JWT"}"""u8);
        await AssertInvalidAsync($"{header}.{parts[1]}.");
        await AssertInvalidAsync($"{header}.{parts[1]}.{parts[2]}");
    }

    [Fact]
    public async Task The_public_key_is_no_hmac_secret()
    {
        var secret = Encoding.ASCII.GetBytes(_door.Signer.ExportSubjectPublicKeyInfoPem());
        var key = new SymmetricSecurityKey(secret) { KeyId = LicenseDoor.KeyName };
        await AssertInvalidAsync(_door.Token(describe: token => token.SigningCredentials = new SigningCredentials(key, SecurityAlgorithms.HmacSha256)));
    }

    [Fact]
    public async Task A_foreign_key_under_our_name_is_refused()
    {
        using var foreign = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var key = new ECDsaSecurityKey(foreign) { KeyId = LicenseDoor.KeyName };
        await AssertInvalidAsync(_door.Token(describe: token => token.SigningCredentials = new SigningCredentials(key, SecurityAlgorithms.EcdsaSha256)));
    }

    [Fact]
    public async Task Audience_issuer_and_subject_must_fit()
    {
        await AssertInvalidAsync(_door.Token(describe: token => token.Audience = "drmhub-operator"));
        await AssertInvalidAsync(_door.Token(describe: token => token.Issuer = "somebody"));
        await AssertInvalidAsync(_door.Token(subscriber: null));
        await AssertInvalidAsync(_door.Token(describe: token => token.Expires = null));
    }

    [Fact]
    public async Task A_changed_claim_breaks_the_signature()
    {
        var parts = _door.Token("free").Split('.');
        var payload = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(parts[1])).Replace("free", "premium", StringComparison.Ordinal);
        await AssertInvalidAsync($"{parts[0]}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(payload))}.{parts[2]}");
    }

    [Theory]
    [InlineData("x")]
    [InlineData("a.b.c")]
    [InlineData("....")]
    public Task Junk_is_refused(string token) => AssertInvalidAsync(token);

    [Fact]
    public Task A_huge_token_is_refused() => AssertInvalidAsync(new string('a', 20_000));

    [Fact]
    public async Task Clocks_may_differ_by_a_minute_and_the_refusal_says_by_how_much()
    {
        var token = _door.Token();
        _door.Time.Advance(TimeSpan.FromSeconds((5 * 60) + 59));
        Assert.Equal(200, (await _door.AskAsync(_challenge, token)).Status);
        _door.Time.Advance(TimeSpan.FromSeconds(1));
        var answer = await _door.AskAsync(_challenge, token);
        Assert.Equal((401, ReasonCodes.TokenExpired), (answer.Status, answer.Code));
        Assert.Contains("60 s ago", answer.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_from_the_future_waits()
    {
        var token = _door.Token(describe: descriptor => descriptor.NotBefore = _door.Time.GetUtcNow().UtcDateTime.AddSeconds(120));
        Assert.Equal(ReasonCodes.TokenInvalid, (await _door.AskAsync(_challenge, token)).Code);
        _door.Time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(200, (await _door.AskAsync(_challenge, token)).Status);
    }

    [Fact]
    public async Task Plans_and_max_in_the_token_count()
    {
        Assert.Equal(200, (await _door.AskAsync(_challenge, _door.Token("nobody", claims => claims["plans"] = new[] { "premium" }))).Status);
        Assert.Equal(ReasonCodes.TokenInvalid, (await _door.AskAsync(_challenge, _door.Token(change: claims => claims["max"] = "4K"))).Code);
        var capped = await _door.AskAsync(_challenge, _door.Token(change: claims => claims["max"] = "AUDIO"));
        Assert.Equal(403, capped.Status);
    }

    private async Task AssertInvalidAsync(string token)
    {
        var answer = await _door.AskAsync(_challenge, token);
        Assert.Equal((401, ReasonCodes.TokenInvalid), (answer.Status, answer.Code));
        Assert.DoesNotContain(token, answer.Body.GetRawText(), StringComparison.Ordinal);
    }
}
