using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Azure.Core.Pipeline;
using Azure.Identity;
using DrmHub.Vault.Keys.MasterKeys;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace DrmHub.Vault.Tests.Keys;

/// <summary>
/// Azure Key Vault and its sign-in service over TLS on loopback: signs tokens, checks them, really wraps with RSA-2048, and
/// misbehaves as told. Hosts keep their production shape: only the connection leads elsewhere.
/// </summary>
internal sealed class KeyVaultSimulator : IAsyncDisposable
{
    public const string Tenant = "11111111-2222-3333-4444-555555555555";
    public const string ClientId = "drmhub-node";
    public const string ClientSecret = "not-a-real-secret";
    private const string Resource = "https://vault.local.test";

    private readonly WebApplication _app;
    private readonly X509Certificate2 _root;
    private readonly int _port;
    private readonly byte[] _tokenKey = RandomNumberGenerator.GetBytes(32);
    private readonly ConcurrentDictionary<string, KeyVersion> _versions = new();
    private string _newest = "";

    private KeyVaultSimulator(WebApplication app, X509Certificate2 root, int port) => (_app, _root, _port) = (app, root, port);

    /// <summary>Answered in this order before the vault works: a status, with Retry-After in seconds where it is given.</summary>
    public ConcurrentQueue<(int Status, int? RetryAfter)> Failures { get; } = new();

    /// <summary>When set, every key operation is answered with it.</summary>
    public int? Outage { get; set; }

    public bool Hangs { get; set; }

    public string ChallengeTenant { get; set; } = Tenant;

    public string ChallengeResource { get; set; } = Resource;

    /// <summary>When set, the next key operation demands these claims in the token.</summary>
    public string? DemandedClaims { get; set; }

    public ConcurrentQueue<string> Operations { get; } = new();

    /// <summary>Length of the body of requests that came without a token.</summary>
    public ConcurrentQueue<long> UnauthorizedBodies { get; } = new();

    public ConcurrentQueue<string> TokenRequests { get; } = new();

    public static async Task<KeyVaultSimulator> StartAsync()
    {
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var rootRequest = new CertificateRequest("CN=Simulator Root", rootKey, HashAlgorithmName.SHA256);
        rootRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var (from, to) = (DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(2));
        var root = rootRequest.CreateSelfSigned(from, to);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Simulator", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("*.vault.local.test");
        names.AddDnsName("login.local.test");
        names.AddDnsName("examplevault.local.test");
        request.CertificateExtensions.Add(names.Build());
        using var issued = request.Create(root, from, to, RandomNumberGenerator.GetBytes(8));
        using var withKey = issued.CopyWithPrivateKey(key);
        var certificate = X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), null);

        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate)));
        var app = builder.Build();
        KeyVaultSimulator? simulator = null;
        app.Run(context => simulator!.AnswerAsync(context));
        await app.StartAsync();
        simulator = new KeyVaultSimulator(app, root, new Uri(app.Urls.First()).Port);
        simulator.AddVersion();
        return simulator;
    }

    public string AddVersion()
    {
        _newest = RandomNumberGenerator.GetHexString(32, lowercase: true);
        _versions[_newest] = new KeyVersion(RSA.Create(2048));
        return _newest;
    }

    public void Disable(string version) => _versions[version].Enabled = false;

    public AzureMasterKey Open(string? version = null, string host = "demo.vault.local.test", string tenant = Tenant, TimeSpan? deadline = null)
    {
        var options = new AzureKeyVaultOptions
        {
            Key = new Uri($"https://{host}/keys/master{(version is null ? "" : "/" + version)}"),
            AttemptTimeout = TimeSpan.FromSeconds(1),
            Deadline = deadline ?? TimeSpan.FromSeconds(20),
        };
        var credential = new ClientSecretCredential(tenant, ClientId, ClientSecret, new ClientSecretCredentialOptions
        {
            AuthorityHost = new Uri("https://login.local.test/"),
            DisableInstanceDiscovery = true,
            Transport = Transport(),
            Retry = { MaxRetries = 1, Delay = TimeSpan.FromMilliseconds(10) },
        });
        return new AzureMasterKey(options, credential, Transport(), retryDelay: TimeSpan.FromMilliseconds(20));
    }

    public async ValueTask DisposeAsync()
    {
        Hangs = false;
        await _app.DisposeAsync();
        foreach (var version in _versions.Values) version.Rsa.Dispose();
        _root.Dispose();
    }

    private HttpClientTransport Transport()
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(_root);
        return new HttpClientTransport(new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy },
            ConnectCallback = async (_, token) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(IPAddress.Loopback, _port, token);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });
    }

    private async Task AnswerAsync(HttpContext context)
    {
        if (context.Request.Host.Host == "login.local.test") await SignInAsync(context);
        else await OperateAsync(context);
    }

    private async Task SignInAsync(HttpContext context)
    {
        var form = await context.Request.ReadFormAsync();
        TokenRequests.Enqueue($"{context.Request.Path} {form["scope"]} {form["claims"]}");
        if (form["client_id"] != ClientId || form["client_secret"] != ClientSecret)
        {
            context.Response.StatusCode = 401;
            await context.Response.WriteAsJsonAsync(new { error = "invalid_client", error_description = "AADSTS7000215: Invalid client secret provided." });
            return;
        }

        var tenant = context.Request.Path.Value!.Split('/')[1];
        var scope = form["scope"].ToString().Split(' ')[0];
        await context.Response.WriteAsJsonAsync(new { token_type = "Bearer", expires_in = 3600, ext_expires_in = 3600, access_token = Token(tenant, scope, form["claims"].ToString().Contains("nbf", StringComparison.Ordinal) ? "cae" : "") });
    }

    private async Task OperateAsync(HttpContext context)
    {
        var authorization = context.Request.Headers.Authorization.ToString();
        if (authorization.Length == 0)
        {
            UnauthorizedBodies.Enqueue(context.Request.ContentLength ?? 0);
            await ChallengeAsync(context, "");
            return;
        }

        // Only this tenant's tokens for this resource are good here.
        var expected = new[] { "", "cae" }.Select(claims => "Bearer " + Token(Tenant, Resource + "/.default", claims)).ToArray();
        if (!expected.Contains(authorization))
        {
            await FailAsync(context, 401, "Unauthorized", "AKV10032: Invalid issuer.");
            return;
        }

        if (DemandedClaims is not null && authorization == expected[0])
        {
            await ChallengeAsync(context, $", error=\"insufficient_claims\", claims=\"{Convert.ToBase64String(Encoding.UTF8.GetBytes(DemandedClaims))}\"");
            return;
        }

        if (Hangs)
        {
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            return;
        }

        if (Failures.TryDequeue(out var failure) || Outage is { } outage && (failure = (outage, null)).Status > 0)
        {
            if (failure.RetryAfter is { } seconds) context.Response.Headers.RetryAfter = seconds.ToString();
            await FailAsync(context, failure.Status, failure.Status == 429 ? "Throttled" : "InternalServerError", "Later.");
            return;
        }

        if (context.Request.Query["api-version"] != "7.4")
        {
            await FailAsync(context, 400, "BadParameter", "api-version");
            return;
        }

        await KeyOperationAsync(context);
    }

    private async Task KeyOperationAsync(HttpContext context)
    {
        var parts = context.Request.Path.Value!.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var operation = context.Request.Method == "POST" ? parts[^1] : "get";
        var version = parts.Skip(2).FirstOrDefault(part => part.Length == 32) ?? _newest;
        Operations.Enqueue(operation);
        if (!_versions.TryGetValue(version, out var key))
        {
            await FailAsync(context, 404, "KeyNotFound", "No such key.");
            return;
        }

        var kid = $"https://{context.Request.Host.Host}/keys/{parts[1]}/{version}";
        if (operation == "get")
        {
            await context.Response.WriteAsJsonAsync(new { key = new { kid, kty = "RSA" }, attributes = new { enabled = key.Enabled } });
            return;
        }

        if (!key.Enabled)
        {
            context.Response.StatusCode = 403;
            await context.Response.WriteAsJsonAsync(new { error = new { code = "Forbidden", message = "Operation is not allowed on a disabled key.", innererror = new { code = "KeyDisabled" } } });
            return;
        }

        using var body = await JsonDocument.ParseAsync(context.Request.Body);
        Assert.Equal("RSA-OAEP-256", body.RootElement.GetProperty("alg").GetString());
        var value = Base64Url.DecodeFromChars(body.RootElement.GetProperty("value").GetString());
        try
        {
            var result = operation == "wrapkey" ? key.Rsa.Encrypt(value, RSAEncryptionPadding.OaepSHA256) : key.Rsa.Decrypt(value, RSAEncryptionPadding.OaepSHA256);
            await context.Response.WriteAsJsonAsync(new { kid, value = Base64Url.EncodeToString(result) });
        }
        catch (CryptographicException)
        {
            await FailAsync(context, 400, "BadParameter", "The parameter is incorrect.");
        }
    }

    private async Task ChallengeAsync(HttpContext context, string extra)
    {
        context.Response.Headers.WWWAuthenticate = $"Bearer authorization=\"https://login.local.test/{ChallengeTenant}\", resource=\"{ChallengeResource}\"{extra}";
        await FailAsync(context, 401, "Unauthorized", "AKV10000: Request is missing a Bearer or PoP token.");
    }

    private static Task FailAsync(HttpContext context, int status, string code, string message)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(new { error = new { code, message } });
    }

    private string Token(string tenant, string scope, string claims) =>
        Convert.ToHexString(HMACSHA256.HashData(_tokenKey, Encoding.UTF8.GetBytes($"{tenant}|{scope}|{claims}")));

    private sealed class KeyVersion(RSA rsa)
    {
        public RSA Rsa { get; } = rsa;

        public bool Enabled { get; set; } = true;
    }
}
