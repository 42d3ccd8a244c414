using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DrmHub.KeyService.Packagers;
using DrmHub.KeyService.Tests.Cpix;
using DrmHub.KeyService.Tests.Speke;
using DrmHub.Vault.Keys.Packagers;

namespace DrmHub.KeyService.Tests.Packagers;

public sealed class AwsTests : IAsyncLifetime
{
    private readonly Clock _time = new();
    private KeyDoor _door = null!;
    private AwsSigner _signer = null!;

    public async Task InitializeAsync()
    {
        _door = await KeyDoor.OpenAsync(_time, _ => { }, TestCertificates.A);
        _door.Remote = IPAddress.Parse("192.0.2.7");
        var issued = (await _door.Packagers.AddAsync(new Packager { Name = "script" }, CredentialKind.Aws))!;
        _signer = new AwsSigner(issued.Identifier, issued.Secret!);
    }

    public async Task DisposeAsync() => await _door.DisposeAsync();

    private string Host => _door.Http.BaseAddress!.Authority;

    // Own vectors: target as sent, and what the signer's description makes of it.
    [Theory]
    [InlineData("/cpix/film", "/cpix/film", "")]
    [InlineData("/cpix/film?tracks=SD&scheme=cbcs", "/cpix/film", "scheme=cbcs&tracks=SD")]
    [InlineData("/cpix/film%20one", "/cpix/film%2520one", "")]
    [InlineData("/cpix/f%C3%BC", "/cpix/f%25C3%25BC", "")]
    [InlineData("/cpix/film?b=2&a=2&a=1&empty", "/cpix/film", "a=1&a=2&b=2&empty=")]
    [InlineData("/cpix/film?x=%7e%2f%20+", "/cpix/film", "x=~%2F%20%2B")]
    public async Task A_signed_get_opens_the_door_once(string target, string path, string query)
    {
        var authorization = _signer.Sign("GET", path, query, [], ("host", Host), ("x-amz-date", _signer.Timestamp));
        Assert.StartsWith("HTTP/1.1 200 ", await RawAsync($"GET {target} HTTP/1.1", $"Authorization: {authorization}", $"x-amz-date: {_signer.Timestamp}"), StringComparison.Ordinal);
        // Dates count whole seconds: two honest requests of one second may be signed the same.
        Assert.StartsWith("HTTP/1.1 200 ", await RawAsync($"GET {target} HTTP/1.1", $"Authorization: {authorization}", $"x-amz-date: {_signer.Timestamp}"), StringComparison.Ordinal);
        _time.Advance(TimeSpan.FromSeconds(3));
        var replay = await RawAsync($"GET {target} HTTP/1.1", $"Authorization: {authorization}", $"x-amz-date: {_signer.Timestamp}");
        Assert.StartsWith("HTTP/1.1 403 ", replay, StringComparison.Ordinal);
        Assert.Contains("credential.replayed", replay, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_signed_body_is_read_once_more_by_the_route_and_cannot_be_changed()
    {
        var body = SpekeRequests.V2(["SD"], [SpekeRequests.Widevine]);
        var authorization = _signer.Sign("POST", "/speke/v2.0/copyProtection", "", Encoding.UTF8.GetBytes(body), ("content-type", "application/xml"), ("host", Host), ("x-amz-date", _signer.Timestamp));
        Assert.Equal(HttpStatusCode.Forbidden, await PostAsync(body.Replace("movie", "other", StringComparison.Ordinal), authorization));
        Assert.Equal(HttpStatusCode.OK, await PostAsync(body, authorization));
        Assert.Empty(await _door.Vault.Keys.FindInfoByContentAsync("other"));
        Assert.Equal("script", (await _door.Vault.EntriesAsync())[0].Actor);
    }

    [Fact]
    public async Task A_client_that_does_not_sign_its_content_type_is_admitted_for_its_body()
    {
        var body = SpekeRequests.V2(["SD"], [SpekeRequests.Widevine]);
        var authorization = _signer.Sign("POST", "/speke/v2.0/copyProtection", "", Encoding.UTF8.GetBytes(body), ("host", Host), ("x-amz-date", _signer.Timestamp));
        Assert.Equal(HttpStatusCode.Forbidden, await PostAsync(body.Replace("movie", "other", StringComparison.Ordinal), authorization));
        Assert.Equal(HttpStatusCode.OK, await PostAsync(body, authorization));
    }

    [Theory]
    [InlineData("path")]
    [InlineData("query")]
    [InlineData("secret")]
    [InlineData("id")]
    [InlineData("region")]
    [InlineData("service")]
    [InlineData("old")]
    [InlineData("ahead")]
    [InlineData("unsigned host")]
    [InlineData("unsigned date")]
    [InlineData("unsigned amz")]
    [InlineData("unsigned payload")]
    [InlineData("revoked")]
    public async Task Anything_else_than_what_was_signed_is_refused_in_the_same_words(string what)
    {
        var signer = what switch
        {
            "secret" => _signer with { Secret = _signer.Secret + "x" },
            "id" => _signer with { AccessKeyId = "DHAK0000000000000000" },
            "region" => _signer with { Region = "eu-west-1" },
            "service" => _signer with { Service = "s3" },
            "old" => _signer with { At = _signer.At.AddMinutes(-5).AddSeconds(-1) },
            "ahead" => _signer with { At = _signer.At.AddMinutes(5).AddSeconds(1) },
            _ => _signer,
        };
        List<(string, string)> signed = [("host", Host), ("x-amz-date", signer.Timestamp)];
        var sent = new List<string> { $"x-amz-date: {signer.Timestamp}" };
        if (what == "unsigned host") signed.RemoveAt(0);
        if (what == "unsigned date") signed.RemoveAt(1);
        if (what == "unsigned amz") sent.Add("x-amz-target: x");
        if (what == "unsigned payload")
        {
            sent.Add("x-amz-content-sha256: UNSIGNED-PAYLOAD");
            signed.Add(("x-amz-content-sha256", "UNSIGNED-PAYLOAD"));
        }

        if (what == "revoked") await _door.Packagers.RevokeAsync("script");
        var authorization = signer.Sign("GET", what == "path" ? "/cpix/another" : "/cpix/film", what == "query" ? "tracks=SD" : "", [], [.. signed]);
        var answer = await RawAsync("GET /cpix/film HTTP/1.1", ["Authorization: " + authorization, .. sent]);
        Assert.StartsWith("HTTP/1.1 403 ", answer, StringComparison.Ordinal);
        Assert.Contains("\"code\":\"credential.invalid\"", answer, StringComparison.Ordinal);
        Assert.Contains("The credential is not accepted here.", answer, StringComparison.Ordinal);
        Assert.Empty(await _door.Vault.Keys.FindInfoByContentAsync("film"));
    }

    [Fact]
    public async Task A_presigned_address_is_no_credential()
    {
        var answer = await RawAsync($"GET /cpix/film?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={_signer.AccessKeyId}%2F20260301%2Fus-east-1%2Fexecute-api%2Faws4_request&X-Amz-Signature={new string('a', 64)} HTTP/1.1");
        Assert.Contains("token.missing", answer, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task What_the_public_signer_of_npm_signs_is_accepted()
    {
        var module = Environment.GetEnvironmentVariable("DRMHUB_AWS4") ?? FindModule();
        Skip.If(module is null, "npm's aws4 is not installed (DRMHUB_AWS4, or tests/node_modules/aws4).");
        const string Script = """
            const aws4 = require(process.argv[1]);
            const [host, id, secret, date, body] = process.argv.slice(2);
            const make = (method, path, body) => aws4.sign({ service: 'execute-api', region: 'us-east-1', host, method, path, body,
                headers: { 'X-Amz-Date': date, ...(body ? { 'Content-Type': 'application/xml' } : {}) } }, { accessKeyId: id, secretAccessKey: secret });
            console.log(JSON.stringify([make('GET', '/cpix/film?tracks=SD&scheme=cbcs'), make('GET', '/cpix/film%20one'), make('GET', '/cpix/a//b/../c?systems=widevine,playready'), make('POST', '/cpix?x=1', body)]));
            """;
        var body = SpekeRequests.V2(["SD"], [SpekeRequests.Widevine]);
        var start = new ProcessStartInfo("node") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var word in (string[])["-e", Script, module, Host, _signer.AccessKeyId, _signer.Secret, _signer.Timestamp, body]) start.ArgumentList.Add(word);
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        Assert.True(output.Length > 0, await errors);
        foreach (var signed in JsonDocument.Parse(output).RootElement.EnumerateArray())
        {
            var headers = signed.GetProperty("headers").EnumerateObject().Where(header => header.Name is not "Host").Select(header => $"{header.Name}: {header.Value}").ToArray();
            var text = await RawAsync($"{signed.GetProperty("method")} {signed.GetProperty("path")} HTTP/1.1", headers, signed.TryGetProperty("body", out var content) ? content.GetString()! : "");
            Assert.DoesNotContain("credential.", text, StringComparison.Ordinal);
            Assert.True(text.StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal) || text.StartsWith("HTTP/1.1 404 ", StringComparison.Ordinal), text);
        }
    }

    [Fact]
    public void The_header_parser_takes_one_form_alone_and_survives_noise()
    {
        var signature = new string('a', 64);
        var good = $"Credential=DHAK1/20260301/us-east-1/execute-api/aws4_request, SignedHeaders=host;x-amz-date, Signature={signature}";
        Assert.True(AwsAuthorization.TryParse(good, out var parsed));
        Assert.Equal(("DHAK1", "20260301/us-east-1/execute-api/aws4_request", "host;x-amz-date"), (parsed!.AccessKeyId, parsed.Scope, parsed.SignedHeaderNames));
        foreach (var (from, to) in ((string, string)[])
            [("host;x-amz-date", "x-amz-date;host"), ("host;x-amz-date", "host;host"), ("host;x-amz-date", "Host;x-amz-date"), ("host;x-amz-date", ""), ("aws4_request", "aws5_request"), ("/us-east-1", ""), ("20260301", "2026030"),
                (signature, signature[1..]), (signature, signature.ToUpperInvariant()), ("Signature=", "Signature"), (", Signature", ", Signature=b, Signature"), ("Credential", "credential"), ("DHAK1", ""), ("DHAK1", new string('A', 200)), ("host;", string.Concat(Enumerable.Range(0, 80).Select(i => $"a{i:d3};")) + "host;")])
            Assert.False(AwsAuthorization.TryParse(good.Replace(from, to, StringComparison.Ordinal), out _), to);
        Noise.Run(good, text =>
        {
            if (AwsAuthorization.TryParse(text, out var read)) Assert.Equal(64, read!.Signature.Length);
        });
        Noise.Run("/a/../b//%2x/./c%?x=%zz&=&%=%e2%28", text => Assert.StartsWith("GET\n/", AwsSignature.Canonical("GET", "/" + text, _ => default, [], ""), StringComparison.Ordinal));
    }

    private static string? FindModule()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var path = Path.Combine(folder.FullName, "tests", "node_modules", "aws4");
            if (Directory.Exists(path)) return path;
        }

        return null;
    }

    private async Task<HttpStatusCode> PostAsync(string body, string authorization)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/speke/v2.0/copyProtection") { Content = new StringContent(body, new MediaTypeHeaderValue("application/xml")) };
        request.Headers.TryAddWithoutValidation("Authorization", authorization);
        request.Headers.TryAddWithoutValidation("x-amz-date", _signer.Timestamp);
        request.Headers.TryAddWithoutValidation("X-Speke-Version", "2.0");
        request.Headers.TransferEncodingChunked = true; // How the body travels is not what is signed.
        using var response = await _door.Http.SendAsync(request);
        return response.StatusCode;
    }

    private Task<string> RawAsync(string line, params string[] headers) => RawAsync(line, headers, "");

    private Task<string> RawAsync(string line, string[] headers, string body) => RawHttp.SendAsync(_door.Http.BaseAddress!, line, headers, body);
}
