using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using DrmHub.KeyService.Packagers;
using DrmHub.KeyService.Tests.Cpix;
using DrmHub.Testing;
using DrmHub.Vault.Keys.Packagers;
using DrmHub.Vault.Storage.Shared;

namespace DrmHub.KeyService.Tests.Packagers;

/// <summary>Two nodes of one hub with a real Redis between them: what counts once counts once on both, and what a node keeps while Redis is away.</summary>
public sealed class RedisLimitsTests : IAsyncLifetime
{
    private const int MaxAttempts = 30;

    private readonly Clock _time = new();
    private readonly RedisFixture _redis = new();
    private TestVault _vault = null!;
    private ISharedState[] _states = [];
    private KeyDoor[] _nodes = [];

    public async Task InitializeAsync()
    {
        if (_redis.Reason is not null) return;
        _vault = await TestVault.OpenAsync();
        _states = [await OpenStateAsync(), await OpenStateAsync()];
        _nodes = [await OpenNodeAsync(_states[0]), await OpenNodeAsync(_states[1])];
    }

    public async Task DisposeAsync()
    {
        foreach (var node in _nodes) await node.DisposeAsync();
        foreach (var state in _states) await state.DisposeAsync();
        if (_vault is not null) await _vault.DisposeAsync();
        _redis.Dispose();
    }

    [SkippableFact]
    public async Task The_rate_of_a_packager_is_one_for_both_nodes()
    {
        Skip.If(_redis.Reason is not null, _redis.Reason);
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var key = await AddAsync($"studio-{attempt}", CredentialKind.ApiKey);
            var watch = Stopwatch.StartNew();
            var answers = (await AskAsync(_nodes[0], key), await AskAsync(_nodes[1], key));
            if (watch.ElapsedMilliseconds > 900) continue; // Redis has its own clock, and may have given the next second's by now.
            Assert.Equal((HttpStatusCode.OK, HttpStatusCode.TooManyRequests), answers);
            return;
        }

        Assert.Fail("The machine never asked twice within a second.");
    }

    [SkippableFact]
    public async Task A_signature_of_aws_opens_one_of_the_nodes_once()
    {
        Skip.If(_redis.Reason is not null, _redis.Reason);
        var signer = await SignerAsync();
        Assert.StartsWith("HTTP/1.1 200 ", await AskSignedAsync(_nodes[0], signer), StringComparison.Ordinal);
        var replay = await AskSignedAsync(_nodes[1], signer);
        Assert.StartsWith("HTTP/1.1 403 ", replay, StringComparison.Ordinal);
        Assert.Contains("credential.replayed", replay, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task An_answer_to_a_nonce_of_one_node_counts_once_on_both()
    {
        Skip.If(_redis.Reason is not null, _redis.Reason);
        var password = await AddAsync("encoder", CredentialKind.Digest, rate: 100);
        using var refused = await _nodes[0].Http.GetAsync("/cpix/film");
        var nonce = refused.Headers.WwwAuthenticate.Where(each => each.Scheme == "Digest").Select(each => DigestAnswer.Parse(each.Parameter!)!["nonce"]).First();
        Assert.Equal(HttpStatusCode.OK, await AskAsync(_nodes[1], "Authorization", Digest(nonce, password, 1)));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(_nodes[0], "Authorization", Digest(nonce, password, 1)));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(_nodes[0], "Authorization", Digest(nonce, password, 2)));
    }

    [SkippableFact]
    public async Task While_redis_is_away_a_node_keeps_the_limits_alone()
    {
        Skip.If(_redis.Reason is not null, _redis.Reason);
        var key = await AddAsync("studio", CredentialKind.ApiKey);
        var signer = await SignerAsync();
        _redis.Kill();
        foreach (var node in _nodes)
        {
            Assert.Equal((HttpStatusCode.OK, HttpStatusCode.TooManyRequests), (await AskAsync(node, key), await AskAsync(node, key)));
            Assert.StartsWith("HTTP/1.1 200 ", await AskSignedAsync(node, signer), StringComparison.Ordinal);
        }

        _time.Advance(TimeSpan.FromSeconds(3)); // Signatures of one second may be the same.
        Assert.Contains("credential.replayed", await AskSignedAsync(_nodes[0], signer), StringComparison.Ordinal);
    }

    private async Task<ISharedState> OpenStateAsync() => await SharedStateFactory.OpenAsync(new SharedStateOptions { Redis = _redis.ConnectionString });

    private async Task<KeyDoor> OpenNodeAsync(ISharedState state)
    {
        var node = await KeyDoor.OpenAsync(_time, options => options.DigestAlgorithms = [DigestAlgorithm.Sha256], TestCertificates.A, state, _vault);
        node.Remote = IPAddress.Parse("192.0.2.7");
        return node;
    }

    /// <returns>The secret, once both nodes know the packager.</returns>
    private async Task<string> AddAsync(string name, CredentialKind kind, int rate = 1)
    {
        var issued = (await _nodes[0].Packagers.AddAsync(new Packager { Name = name, Rate = rate }, kind))!;
        _time.Advance(TimeSpan.FromSeconds(2)); // The other node looks for changes once a second.
        return issued.Secret!;
    }

    private async Task<AwsSigner> SignerAsync()
    {
        var issued = (await _nodes[0].Packagers.AddAsync(new Packager { Name = "script" }, CredentialKind.Aws))!;
        _time.Advance(TimeSpan.FromSeconds(2));
        return new AwsSigner(issued.Identifier, issued.Secret!);
    }

    private static Task<HttpStatusCode> AskAsync(KeyDoor node, string apiKey) => AskAsync(node, "X-API-Key", apiKey);

    private static async Task<HttpStatusCode> AskAsync(KeyDoor node, string header, string value)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/cpix/film");
        request.Headers.TryAddWithoutValidation(header, value);
        using var response = await node.Http.SendAsync(request);
        return response.StatusCode;
    }

    /// <summary>As through a load balancer: the same host and signature, whichever node it comes to.</summary>
    private static Task<string> AskSignedAsync(KeyDoor node, AwsSigner signer)
    {
        const string Host = "drm.example";
        var authorization = signer.Sign("GET", "/cpix/film", "", [], ("host", Host), ("x-amz-date", signer.Timestamp));
        return RawHttp.SendAsync(node.Http.BaseAddress!, "GET /cpix/film HTTP/1.1", [$"Authorization: {authorization}", $"x-amz-date: {signer.Timestamp}"], "", Host);
    }

    private static string Digest(string nonce, string password, uint count)
    {
        static string H(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
        var response = H($"{H($"encoder:drmhub:{password}")}:{nonce}:{count:x8}:abc:auth:{H("GET:/cpix/film")}");
        return $"Digest username=\"encoder\", realm=\"drmhub\", nonce=\"{nonce}\", uri=\"/cpix/film\", qop=auth, nc={count:x8}, cnonce=\"abc\", response=\"{response}\", algorithm=SHA-256";
    }
}
