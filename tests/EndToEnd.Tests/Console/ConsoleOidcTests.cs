using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace DrmHub.EndToEnd.Tests.Console;

/// <summary>Sign-in by an identity provider: the code flow with PKCE against a small provider on loopback.</summary>
public sealed class ConsoleOidcTests
{
    [Fact]
    public async Task The_code_flow_with_pkce_signs_in_with_the_mapped_roles_and_nothing_else_does()
    {
        await using var provider = await Provider.StartAsync();
        await using var hub = await HubProcess.StartAsync(
            null, $"--Console:Oidc:Authority={provider.Address}", "--Console:Oidc:ClientId=console", "--Console:Oidc:ClientSecret=a-secret", "--Console:Oidc:RoleClaim=groups", "--Console:Oidc:RoleMap:Rights Team=audit.read,rights.read");

        // A person of a known group sees what the group may see.
        var (http, arrived) = await SignInAsync(hub, provider);
        using (http)
        {
            Assert.Equal("/console/audit", arrived);
            Assert.Contains("alice", await http.GetStringAsync("/console/audit"), StringComparison.Ordinal);
            using var operations = await http.GetAsync("/console/operations");
            Assert.Equal(HttpStatusCode.Forbidden, operations.StatusCode);
        }

        Assert.True(provider.SawPkce);

        // An answer with another nonce, and an answer that nobody asked for, sign nobody in.
        provider.Nonce = "another";
        var (wrong, refused) = await SignInAsync(hub, provider);
        wrong.Dispose();
        Assert.Equal("/console/sign-in?problem=provider", refused);
        using var stranger = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = hub.Address };
        using var forged = await stranger.GetAsync("/console/sign-in/oidc?code=stolen&state=made-up");
        Assert.Equal("/console/sign-in?problem=provider", forged.Headers.Location?.OriginalString);
        Assert.DoesNotContain("a-secret", hub.Log, StringComparison.Ordinal);
    }

    /// <returns>The client with its cookies, and where the hub led it in the end.</returns>
    private static async Task<(HttpClient Http, string Arrived)> SignInAsync(HubProcess hub, Provider provider)
    {
        var http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = hub.Address };
        var form = await Forms.ReadAsync(http, "/console/sign-in?to=/console/audit", "/console/sign-in/provider");
        using var challenge = await http.PostAsync("/console/sign-in/provider", new FormUrlEncodedContent(form));
        Assert.StartsWith(provider.Address, challenge.Headers.Location!.AbsoluteUri, StringComparison.Ordinal);
        using var authorized = await http.GetAsync(challenge.Headers.Location);
        using var back = await http.GetAsync(authorized.Headers.Location);
        return (http, back.Headers.Location!.OriginalString);
    }

    /// <summary>Discovery, keys, authorization and token endpoints of OpenID Connect, for one person who always agrees.</summary>
    private sealed class Provider : IAsyncDisposable
    {
        private readonly ECDsaSecurityKey _key = new(ECDsa.Create(ECCurve.NamedCurves.nistP256)) { KeyId = "provider" };
        private readonly Dictionary<string, (string Nonce, string Challenge)> _codes = [];
        private readonly WebApplication _site;

        private Provider(WebApplication site) => _site = site;

        public string Address { get; private set; } = "";

        public string? Nonce { get; set; }

        public bool SawPkce { get; private set; }

        public static async Task<Provider> StartAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            var site = builder.Build();
            var provider = new Provider(site);
            site.MapGet("/.well-known/openid-configuration", provider.Discovery);
            site.MapGet("/keys", provider.Keys);
            site.MapGet("/authorize", provider.Authorize);
            site.MapPost("/token", provider.TokenAsync);
            await site.StartAsync();
            provider.Address = site.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
            return provider;
        }

        public ValueTask DisposeAsync() => _site.DisposeAsync();

        private IResult Discovery() => Results.Json(new Dictionary<string, object>
        {
            ["issuer"] = Address,
            ["authorization_endpoint"] = Address + "/authorize",
            ["token_endpoint"] = Address + "/token",
            ["jwks_uri"] = Address + "/keys",
            ["response_types_supported"] = new[] { "code" },
            ["subject_types_supported"] = new[] { "public" },
            ["id_token_signing_alg_values_supported"] = new[] { "ES256" },
        });

        private IResult Keys()
        {
            var point = _key.ECDsa.ExportParameters(false).Q;
            return Results.Json(new { keys = new[] { new { kty = "EC", crv = "P-256", use = "sig", kid = _key.KeyId, x = Base64UrlEncoder.Encode(point.X), y = Base64UrlEncoder.Encode(point.Y) } } });
        }

        private IResult Authorize(HttpRequest request)
        {
            var code = Guid.NewGuid().ToString("N");
            _codes[code] = (request.Query["nonce"]!, request.Query["code_challenge"].ToString());
            return Results.Redirect($"{request.Query["redirect_uri"]}?code={code}&state={Uri.EscapeDataString(request.Query["state"]!)}");
        }

        private async Task<IResult> TokenAsync(HttpRequest request)
        {
            var form = await request.ReadFormAsync();
            if (!_codes.Remove(form["code"].ToString(), out var asked) || form["client_secret"] != "a-secret") return Results.BadRequest(new { error = "invalid_grant" });
            SawPkce = asked.Challenge == Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(form["code_verifier"].ToString())));
            if (!SawPkce) return Results.BadRequest(new { error = "invalid_grant" });
            var token = new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
            {
                Issuer = Address,
                Audience = "console",
                Expires = DateTime.UtcNow.AddMinutes(5),
                SigningCredentials = new SigningCredentials(_key, SecurityAlgorithms.EcdsaSha256),
                Claims = new Dictionary<string, object> { ["sub"] = "42", ["preferred_username"] = "alice", ["groups"] = new[] { "Rights Team", "keys.admin" }, ["nonce"] = Nonce ?? asked.Nonce },
            });
            return Results.Text(JsonSerializer.Serialize(new { access_token = "opaque", token_type = "Bearer", id_token = token, expires_in = 300 }), "application/json");
        }
    }
}
