using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using DrmHub.Testing;

namespace DrmHub.EndToEnd.Tests;

/// <summary>A hub in Production behind a proxy that ends TLS: whose word counts for it.</summary>
public sealed partial class ProxyTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Tls_that_ended_at_a_trusted_proxy_counts_and_anybody_elses_word_does_not(bool isTrusted)
    {
        using var folder = new TemporaryFolder();
        using var issuer = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await File.WriteAllTextAsync(folder["issuer.pem"], issuer.ExportSubjectPublicKeyInfoPem());
        await using var hub = await HubProcess.StartAsync(
            folder.Path,
            "--environment=Production",
            "--Tokens:Issuer=https://login.example.net/",
            $"--Tokens:PublicKeyFiles:0={folder["issuer.pem"]}",
            "--KeyService:AllowUnsigned=false",
            "--Shutdown:DrainSeconds=0",
            "--Vault:MasterKey:AllowFileInProduction=true",
            $"--Players:TrustedProxies:0={(isTrusted ? "127.0.0.0/8" : "192.0.2.0/24")}");
        var (code, output, error) = await Tools.RunAsync("dotnet", [Path.Combine(AppContext.BaseDirectory, "drmhub.dll"), "packagers", "add", "encoder", "--credential", "basic", "--data", hub.Data]);
        Assert.True(code == 0, error);
        var password = Secret().Matches(output).Last().Value;
        var basic = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"encoder:{password}")));

        using var forwarded = await AskAsync(hub, basic, "https");
        using var plain = await AskAsync(hub, basic, null);

        Assert.Equal(isTrusted ? HttpStatusCode.OK : HttpStatusCode.Unauthorized, forwarded.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, plain.StatusCode);
        Assert.Equal(isTrusted, forwarded.Headers.Contains("Strict-Transport-Security"));
        Assert.False(plain.Headers.Contains("Strict-Transport-Security"));
    }

    private static async Task<HttpResponseMessage> AskAsync(HubProcess hub, AuthenticationHeaderValue credential, string? scheme)
    {
        // HSTS is never sent to a host of this machine.
        using var request = new HttpRequestMessage(HttpMethod.Get, "/cpix/title") { Headers = { Authorization = credential, Host = "drm.example.net" } };
        if (scheme is not null) request.Headers.Add("X-Forwarded-Proto", scheme);
        return await hub.Http.SendAsync(request);
    }

    [GeneratedRegex(@"\S{30,}")]
    private static partial Regex Secret();
}
