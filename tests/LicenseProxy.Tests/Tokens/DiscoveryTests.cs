using System.Security.Cryptography;
using System.Text;
using DrmHub.LicenseProxy.Tokens;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.Tokens;

namespace DrmHub.LicenseProxy.Tests;

/// <summary>Keys that an OpenID provider publishes, from a real server that rotates, lies and goes away.</summary>
public sealed class DiscoveryTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _keys = [];
    private WebApplication _provider = null!;
    private string _issuer = null!;
    private string? _claims;
    private int _reads;
    private Func<HttpContext, Task>? _misbehave;

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _provider = builder.Build();
        _provider.MapGet("/.well-known/openid-configuration", async http =>
        {
            if (_misbehave is not null) await _misbehave(http);
            else await http.Response.WriteAsync($$"""{"issuer":"{{_claims ?? _issuer}}","jwks_uri":"{{_issuer}}/keys"}""");
        });
        _provider.MapGet("/keys", async http =>
        {
            Interlocked.Increment(ref _reads);
            await http.Response.WriteAsync($$"""{"keys":[{{string.Join(",", _keys)}}]}""");
        });
        await _provider.StartAsync();
        _issuer = _provider.Urls.Single();
        _keys.Add(Rsa("one"));
    }

    public async Task DisposeAsync() => await _provider.DisposeAsync();

    [Fact]
    public async Task Keys_are_found_and_a_new_one_as_soon_as_a_token_names_it()
    {
        using var source = Open();
        Assert.NotNull(await source.FindAsync("one", default));
        Assert.Null(await source.FindAsync("two", default));
        _keys.Add(Rsa("two"));

        // Within the pause not even a thousand strange names cause a reading.
        for (var i = 0; i < 1000; i++) Assert.Null(await source.FindAsync($"strange {i}", default));
        Assert.Equal(1, _reads);
        _time.Advance(TimeSpan.FromSeconds(31));
        Assert.NotNull(await source.FindAsync("two", default));
        Assert.Equal(2, _reads);
    }

    [Fact]
    public async Task Many_that_ask_at_once_cause_one_reading()
    {
        using var source = Open();
        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Task.Run(async () => await source.FindAsync($"k{i}", default))));
        Assert.Equal(1, _reads);
    }

    [Fact]
    public async Task A_key_that_is_withdrawn_ends_with_the_next_reading()
    {
        using var source = Open();
        Assert.NotNull(await source.FindAsync("one", default));
        _keys.Clear();
        _keys.Add(Rsa("two"));
        _time.Advance(TimeSpan.FromHours(13));
        await source.FindAsync("one", default);
        while (source.Current.Find("two") is null) await Task.Delay(10);
        Assert.Null(source.Current.Find("one"));
    }

    [Fact]
    public async Task A_provider_that_goes_away_leaves_the_keys_that_are_known()
    {
        using var source = Open();
        Assert.NotNull(await source.FindAsync("one", default));
        _misbehave = http => Answer(http, 503, "");
        _time.Advance(TimeSpan.FromHours(13));
        Assert.NotNull(await source.FindAsync("one", default));
        Assert.Null(await source.FindAsync("two", default));
        Assert.NotNull(await source.FindAsync("one", default));
    }

    [Fact]
    public async Task A_provider_that_lies_gives_no_key()
    {
        Func<HttpContext, Task>[] lies =
        [
            http => Answer(http, 200, "not json"),
            http => Answer(http, 200, "[]"),
            http => Answer(http, 200, "{}"),
            http => Answer(http, 200, $$"""{"issuer":"{{_issuer}}"}"""),
            http => Answer(http, 200, $$"""{"issuer":"{{_issuer}}","jwks_uri":"http://192.0.2.1/keys"}"""),
            http => Answer(http, 200, $$"""{"issuer":"{{_issuer}}","jwks_uri":7}"""),
            http => Answer(http, 200, new string(' ', 300_000)),
            http => { http.Response.Redirect("/elsewhere"); return Task.CompletedTask; },
            http => Task.Delay(Timeout.Infinite, http.RequestAborted),
            http => { http.Abort(); return Task.CompletedTask; },
        ];
        foreach (var lie in lies)
        {
            _misbehave = lie;
            using var source = Open(TimeSpan.FromMilliseconds(300));
            Assert.Null(await source.FindAsync("one", default));
        }

        _misbehave = null;
        _claims = "https://another.example";
        using var other = Open();
        Assert.Null(await other.FindAsync("one", default));
    }

    [Fact]
    public void Only_keys_that_can_check_a_signature_are_taken()
    {
        using var weak = RSA.Create(1024);
        string[] bad =
        [
            """{"kty":"oct","kid":"x","k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}""",
            """{"kty":"RSA","kid":"x","n":"AQAB","e":"AQAB"}""",
            $$"""{"kty":"RSA","kid":"x","n":"{{Base64UrlEncoder.Encode(weak.ExportParameters(false).Modulus)}}","e":"AQAB"}""",
            """{"kty":"EC","kid":"x","crv":"P-256","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","y":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}""",
            """{"kty":"EC","kid":"x","crv":"P-521","x":"AA","y":"AA"}""",
            """{"kty":"OKP","kid":"x","crv":"X25519","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}""",
            """{"kty":"OKP","kid":"x","crv":"Ed25519","x":"AA"}""",
            Rsa("x").Replace("\"sig\"", "\"enc\"", StringComparison.Ordinal),
            "7", "null", "[]", "{}",
        ];
        Assert.Empty(JsonWebKeys.Read(Encoding.UTF8.GetBytes($$"""{"keys":[{{string.Join(",", bad)}}]}""")));
        Assert.Single(JsonWebKeys.Read(Encoding.UTF8.GetBytes($$"""{"keys":[{{Rsa("good")}},7]}""")));

        // RFC 8037, appendix A.2.
        Assert.IsType<Ed25519SecurityKey>(Assert.Single(JsonWebKeys.Read("""{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"""u8.ToArray())));
    }

    [Fact]
    public void Mutated_key_sets_are_read_or_refused()
    {
        var seconds = double.Parse(Environment.GetEnvironmentVariable("DRMHUB_FUZZ_SECONDS") ?? "2", System.Globalization.CultureInfo.InvariantCulture);
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var corpus = Encoding.UTF8.GetBytes($$"""{"keys":[{{Rsa("a")}},{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"},{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}""");
        var watch = System.Diagnostics.Stopwatch.StartNew();
        while (watch.Elapsed.TotalSeconds < seconds)
        {
            var input = corpus.ToArray();
            for (var i = random.Next(1, 4); i > 0; i--) input[random.Next(input.Length)] = (byte)(random.Next(4) == 0 ? random.Next(256) : "{}[]\",:AZaz09-_"[random.Next(15)]);
            try
            {
                Assert.InRange(JsonWebKeys.Read(input.AsMemory(0, random.Next(8) == 0 ? random.Next(input.Length) : input.Length)).Count, 0, JsonWebKeys.MaxKeys);
            }
            catch (InvalidDataException)
            {
                // Refused.
            }
            catch (Exception exception) when (exception is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"Seed {seed}: {exception}\n{Convert.ToBase64String(input)}");
            }
        }
    }

    private TokenKeySource Open(TimeSpan? timeout = null) =>
        new(new TokenKeyOptions { Issuer = _issuer, Discovery = true, Timeout = timeout ?? TimeSpan.FromSeconds(30) }, _time, NullLogger<TokenKeySource>.Instance);

    private static string Rsa(string keyId)
    {
        using var rsa = RSA.Create(2048);
        var key = rsa.ExportParameters(false);
        return $$"""{"kty":"RSA","use":"sig","kid":"{{keyId}}","n":"{{Base64UrlEncoder.Encode(key.Modulus)}}","e":"{{Base64UrlEncoder.Encode(key.Exponent)}}"}""";
    }

    private static async Task Answer(HttpContext http, int status, string body)
    {
        http.Response.StatusCode = status;
        await http.Response.WriteAsync(body);
    }
}
