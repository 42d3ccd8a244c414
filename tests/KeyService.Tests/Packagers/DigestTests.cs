using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using DrmHub.KeyService.Packagers;
using DrmHub.KeyService.Tests.Cpix;
using DrmHub.Vault.Keys.Packagers;

namespace DrmHub.KeyService.Tests.Packagers;

public sealed class DigestTests : IAsyncLifetime
{
    private readonly Clock _time = new();
    private KeyDoor _door = null!;
    private string _password = "";

    public async Task InitializeAsync() => _door = await OpenAsync(DigestAlgorithm.Sha256, DigestAlgorithm.Md5);

    public async Task DisposeAsync() => await _door.DisposeAsync();

    [Fact]
    public async Task Both_algorithms_are_offered_with_one_nonce_the_better_first()
    {
        var offers = await OffersAsync();
        Assert.Equal(["SHA-256", "MD5"], offers.Select(offer => offer["algorithm"]));
        Assert.Single(offers.Select(offer => offer["nonce"]).Distinct());
        Assert.All(offers, offer => Assert.Equal(("drmhub", "auth"), (offer["realm"], offer["qop"])));
    }

    [Theory]
    [InlineData(DigestAlgorithm.Sha256)]
    [InlineData(DigestAlgorithm.Md5)]
    public async Task An_answer_counts_once_and_the_next_number_again(DigestAlgorithm algorithm)
    {
        var nonce = (await OffersAsync())[0]["nonce"];
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(Answer(nonce, algorithm))).Status);
        var (status, challenge) = await AskAsync(Answer(nonce, algorithm));
        Assert.Equal(HttpStatusCode.Unauthorized, status);
        Assert.Contains("stale=true", challenge, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await AskAsync(Answer(nonce, algorithm, count: 7))).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await AskAsync(Answer(nonce, algorithm, count: 6))).Status);
    }

    [Fact]
    public async Task A_nonce_ends_after_a_minute_and_the_client_is_told_to_go_on_with_another()
    {
        var nonce = (await OffersAsync())[0]["nonce"];
        _time.Advance(TimeSpan.FromSeconds(61));
        Assert.Contains("stale=true", (await AskAsync(Answer(nonce, DigestAlgorithm.Sha256))).Challenge, StringComparison.Ordinal);
        Assert.DoesNotContain("stale=true", (await AskAsync(Answer(nonce, DigestAlgorithm.Sha256, password: "wrong"))).Challenge, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("user")]
    [InlineData("password")]
    [InlineData("uri")]
    [InlineData("method")]
    [InlineData("nonce")]
    [InlineData("realm")]
    [InlineData("qop")]
    [InlineData("twice")]
    [InlineData("session")]
    [InlineData("revoked")]
    public async Task Anything_else_is_refused_in_the_same_words(string what)
    {
        var nonce = (await OffersAsync())[0]["nonce"];
        if (what == "nonce") nonce = Convert.ToBase64String(new byte[48]);
        var answer = Answer(
            nonce, DigestAlgorithm.Sha256, user: what == "user" ? "nobody" : "encoder", password: what == "password" ? "x" : null, uri: what == "uri" ? "/cpix/other" : "/cpix/film", method: what == "method" ? "POST" : "GET");
        answer = what switch
        {
            "realm" => answer.Replace("realm=\"drmhub\"", "realm=\"other\"", StringComparison.Ordinal),
            "qop" => answer.Replace("qop=auth, ", "", StringComparison.Ordinal),
            "twice" => answer + ", uri=\"/cpix/film\"",
            "session" => answer.Replace("algorithm=SHA-256", "algorithm=SHA-256-sess", StringComparison.Ordinal),
            _ => answer,
        };
        if (what == "revoked") await _door.Packagers.RevokeAsync("encoder");
        var (status, challenge) = await AskAsync(answer);
        Assert.Equal(HttpStatusCode.Unauthorized, status);
        Assert.DoesNotContain("stale", challenge, StringComparison.Ordinal);
        Assert.Empty(await _door.Vault.Keys.FindInfoByContentAsync("film"));
    }

    [Fact]
    public async Task It_is_off_unless_it_is_turned_on_and_MD5_can_be_left_out()
    {
        await using var off = await OpenAsync();
        using (var response = await off.Http.GetAsync("/cpix/film")) Assert.DoesNotContain("Digest", response.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        var nonce = (await OffersAsync())[0]["nonce"];
        var answer = Answer(nonce, DigestAlgorithm.Sha256);
        using (var request = new HttpRequestMessage(HttpMethod.Get, "/cpix/film"))
        {
            request.Headers.TryAddWithoutValidation("Authorization", answer);
            using var response = await off.Http.SendAsync(request);
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        }

        var (door, password) = (_door, _password);
        try
        {
            _door = await OpenAsync(DigestAlgorithm.Sha256);
            var offer = Assert.Single(await OffersAsync());
            Assert.Equal(HttpStatusCode.Unauthorized, (await AskAsync(Answer(offer["nonce"], DigestAlgorithm.Md5))).Status);
            Assert.Equal(HttpStatusCode.OK, (await AskAsync(Answer(offer["nonce"], DigestAlgorithm.Sha256))).Status);
            await _door.DisposeAsync();
        }
        finally
        {
            (_door, _password) = (door, password);
        }
    }

    [SkippableTheory]
    [InlineData("--digest")]
    [InlineData("--anyauth")]
    public async Task Curl_gets_in(string option)
    {
        Skip.IfNot(File.Exists("/usr/bin/curl"), "curl is not installed.");
        await using var live = await KeyDoor.OpenAsync(_time, options => options.DigestAlgorithms = [DigestAlgorithm.Sha256, DigestAlgorithm.Md5], TestCertificates.A);
        live.Remote = IPAddress.Parse("192.0.2.7");
        var password = (await live.Packagers.AddAsync(new Packager { Name = "encoder" }, CredentialKind.Digest))!.Secret!;
        var start = new ProcessStartInfo("/usr/bin/curl") { RedirectStandardOutput = true };
        foreach (var word in (string[])["-s", option, "-u", "encoder:" + password, "-o", "/dev/null", "-w", "%{http_code}", new Uri(live.Http.BaseAddress!, "/cpix/a%2Fb?tracks=SD").ToString()]) start.ArgumentList.Add(word);
        using var process = Process.Start(start)!;
        Assert.Equal("200", await process.StandardOutput.ReadToEndAsync());
    }

    [Fact]
    public async Task The_client_of_the_framework_gets_in()
    {
        await using var live = await KeyDoor.OpenAsync(_time, options => options.DigestAlgorithms = [DigestAlgorithm.Sha256, DigestAlgorithm.Md5], TestCertificates.A);
        live.Remote = IPAddress.Parse("192.0.2.7");
        var password = (await live.Packagers.AddAsync(new Packager { Name = "encoder" }, CredentialKind.Digest))!.Secret!;
        var cache = new CredentialCache { { live.Http.BaseAddress!, "Digest", new NetworkCredential("encoder", password) } };
        using var handler = new SocketsHttpHandler { Credentials = cache };
        using var client = new HttpClient(handler) { BaseAddress = live.Http.BaseAddress };
        using var response = await client.GetAsync("/cpix/film?tracks=SD");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public void The_header_parser_takes_quoted_and_unquoted_values_and_survives_noise()
    {
        var answer = DigestAnswer.Parse("username=\"a\\\"b\", qop=\"auth\" ,nc=00000001,, algorithm=\"MD5\"")!;
        Assert.Equal(("a\"b", "auth", "00000001", "MD5", ""), (answer["username"], answer["QOP"], answer["nc"], answer["algorithm"], answer["none"]));
        foreach (var wrong in (string[])["a", "=b", "a=\"b", "a=\"b\\", "a=\"b\"c", "a=b c", "a=1, A=2", "a b=1", new string('x', 9000), string.Join(',', Enumerable.Range(0, 17).Select(i => $"p{i}=1"))])
            Assert.Null(DigestAnswer.Parse(wrong));
        Noise.Run("username=\"a\\\"b\", qop=\"auth\" ,nc=00000001,, algorithm=\"MD5\", uri=/x", text => Assert.True(DigestAnswer.Parse(text)?["username"].Length is null or < 200));
        Noise.Run(Convert.ToBase64String("encoder:secret\u00e9"u8), text =>
        {
            if (BasicCredentials.TryParse(text, out var user, out _)) Assert.DoesNotContain(':', user);
        });
        Noise.Run("dhk_0123456789abcdef_" + new string('A', 43), text =>
        {
            if (PackagerSecrets.TrySplitApiKey(text, out var identifier, out var secret)) Assert.Equal((16, 43), (identifier.Length, secret.Length));
        });
    }

    private async Task<KeyDoor> OpenAsync(params DigestAlgorithm[] algorithms)
    {
        var door = await KeyDoor.OpenAsync(_time, options => options.DigestAlgorithms = algorithms, TestCertificates.A); // In memory there is no raw target.
        door.Remote = IPAddress.Parse("192.0.2.7");
        _password = (await door.Packagers.AddAsync(new Packager { Name = "encoder" }, CredentialKind.Digest))!.Secret!;
        return door;
    }

    private async Task<List<DigestAnswer>> OffersAsync()
    {
        using var response = await _door.Http.GetAsync("/cpix/film");
        return [.. response.Headers.WwwAuthenticate.Where(each => each.Scheme == "Digest").Select(each => DigestAnswer.Parse(each.Parameter!)!)];
    }

    private string Answer(string nonce, DigestAlgorithm algorithm, string user = "encoder", string? password = null, string uri = "/cpix/film", string method = "GET", uint count = 1)
    {
        string H(string text) => Convert.ToHexStringLower(algorithm == DigestAlgorithm.Sha256 ? SHA256.HashData(Encoding.UTF8.GetBytes(text)) : MD5.HashData(Encoding.UTF8.GetBytes(text)));
        var response = H($"{H($"{user}:drmhub:{password ?? _password}")}:{nonce}:{count:x8}:abc:auth:{H($"{method}:{uri}")}");
        return $"Digest username=\"{user}\", realm=\"drmhub\", nonce=\"{nonce}\", uri=\"{uri}\", qop=auth, nc={count:x8}, cnonce=\"abc\", response=\"{response}\", algorithm={(algorithm == DigestAlgorithm.Sha256 ? "SHA-256" : "MD5")}";
    }

    private async Task<(HttpStatusCode Status, string Challenge)> AskAsync(string authorization)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/cpix/film");
        request.Headers.TryAddWithoutValidation("Authorization", authorization);
        using var response = await _door.Http.SendAsync(request);
        return (response.StatusCode, response.Headers.WwwAuthenticate.ToString());
    }
}
