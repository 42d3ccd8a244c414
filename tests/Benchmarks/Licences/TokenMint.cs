using System.Globalization;
using System.Security.Cryptography;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace DrmHub.Benchmarks.Licences;

/// <summary>An issuer of its own: an RSA key and a shared secret, as files for the hub, and tokens under either.</summary>
internal sealed class TokenMint : IDisposable
{
    private readonly RSA _rsa = RSA.Create(2048);
    private readonly byte[] _secret = RandomNumberGenerator.GetBytes(32);
    private readonly string _folder = Directory.CreateTempSubdirectory("drmhub-mint-").FullName;
    private readonly JsonWebTokenHandler _handler = new();

    public TokenMint()
    {
        File.WriteAllText(Path.Combine(_folder, "rsa.pem"), _rsa.ExportSubjectPublicKeyInfoPem());
        File.WriteAllBytes(Path.Combine(_folder, "hmac.bin"), _secret);
    }

    /// <summary>Words that make a hub take these tokens.</summary>
    public string[] Configuration => [$"--Tokens:PublicKeyFiles:0={Path.Combine(_folder, "rsa.pem")}", $"--Tokens:HmacSecretFiles:0={Path.Combine(_folder, "hmac.bin")}"];

    /// <summary>One token for each of so many subscribers of the premium plan.</summary>
    public string[] ForPlayers(int count, bool hmac)
    {
        var credentials = hmac
            ? new SigningCredentials(new SymmetricSecurityKey(_secret) { KeyId = "hmac" }, SecurityAlgorithms.HmacSha256)
            : new SigningCredentials(new RsaSecurityKey(_rsa) { KeyId = "rsa" }, SecurityAlgorithms.RsaSha256);
        var tokens = new string[count];
        Parallel.For(0, count, i => tokens[i] = Sign("drmhub-player", credentials, new Dictionary<string, object>
        {
            ["sub"] = string.Create(CultureInfo.InvariantCulture, $"viewer-{i}"),
            ["jti"] = RandomNumberGenerator.GetHexString(32),
            ["did"] = string.Create(CultureInfo.InvariantCulture, $"device-{i}"),
            ["cty"] = "IN",
            ["content"] = new[] { "demo-title" },
        }));
        return tokens;
    }

    public string ForOperator(params string[] roles) => Sign(
        "drmhub-operator", new SigningCredentials(new RsaSecurityKey(_rsa) { KeyId = "rsa" }, SecurityAlgorithms.RsaSha256), new Dictionary<string, object> { ["sub"] = "bench", ["roles"] = roles });

    public void Dispose()
    {
        _rsa.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private string Sign(string audience, SigningCredentials credentials, Dictionary<string, object> claims) => _handler.CreateToken(new SecurityTokenDescriptor
    {
        Issuer = "drmhub",
        Audience = audience,
        Claims = claims,
        Expires = TimeProvider.System.GetUtcNow().UtcDateTime.AddHours(2),
        SigningCredentials = credentials,
    });
}
