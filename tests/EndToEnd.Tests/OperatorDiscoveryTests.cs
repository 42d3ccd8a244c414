using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace DrmHub.EndToEnd.Tests;

/// <summary>Operators from an OpenID provider of their own: a real server that publishes its keys and rotates them while the hub runs.</summary>
public sealed class OperatorDiscoveryTests
{
    [Fact]
    public async Task Operators_come_from_their_provider_and_players_from_another_issuer()
    {
        using var first = RSA.Create(2048);
        using var second = RSA.Create(2048);
        var published = new List<(string Id, RSA Key)> { ("first", first) };
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var provider = builder.Build();
        provider.MapGet("/.well-known/openid-configuration", () => Results.Json(new { issuer = provider.Urls.First(), jwks_uri = provider.Urls.First() + "/keys" }));
        provider.MapGet("/keys", () => Results.Json(new { keys = published.Select(item => Publish(item.Id, item.Key)) }));
        await provider.StartAsync();
        var issuer = provider.Urls.First();

        await using var hub = await HubProcess.StartAsync(null, "--Operators:Discovery=true", $"--Operators:Issuer={issuer}", "--Operators:RolesClaim=groups");
        Assert.Equal(HttpStatusCode.OK, await AskAsync(hub, Sign(first, "first", issuer, "audit.read")));
        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(hub, Sign(first, "first", issuer, "rights.read")));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(hub, Sign(second, "first", issuer, "audit.read")));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(hub, Sign(first, "first", "https://another.example", "audit.read")));

        // The key of the data directory signs players' tokens here, and no operator's.
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(hub, await hub.TokenAsync("admin", "--role", "audit.read")));
        using var player = new HttpRequestMessage(HttpMethod.Get, "/key/00112233445566778899aabbccddeeff");
        player.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await hub.TokenAsync("player", "--sub", "demo-premium"));
        using var answered = await hub.Http.SendAsync(player);
        Assert.Equal(HttpStatusCode.NotFound, answered.StatusCode);
    }

    private static async Task<HttpStatusCode> AskAsync(HubProcess hub, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/audit/entries");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var response = await hub.Http.SendAsync(request);
        return response.StatusCode;
    }

    private static object Publish(string keyId, RSA key)
    {
        var parameters = key.ExportParameters(false);
        return new { kty = "RSA", use = "sig", kid = keyId, n = Base64UrlEncoder.Encode(parameters.Modulus), e = Base64UrlEncoder.Encode(parameters.Exponent) };
    }

    private static string Sign(RSA key, string keyId, string issuer, string role) => new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
    {
        Issuer = issuer,
        Audience = "drmhub-operator",
        Claims = new Dictionary<string, object> { ["sub"] = "somebody", ["groups"] = new[] { role } },
        Expires = TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(5),
        SigningCredentials = new SigningCredentials(new RsaSecurityKey(key) { KeyId = keyId }, SecurityAlgorithms.RsaSha256),
    });
}
