using System.Security.Cryptography;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace DrmHub.Host.Tokens;

/// <summary>What a player's token should say.</summary>
internal sealed record PlayerClaims
{
    public required string Subscriber { get; init; }

    public IReadOnlyList<string> Content { get; init; } = [];

    public string? Device { get; init; }

    public string? Country { get; init; }

    public IReadOnlyList<string> Plans { get; init; } = [];

    public string? MaxTrack { get; init; }

    public required TimeSpan Lifetime { get; init; }
}

/// <summary>Signs tokens with the local key of a data directory.</summary>
internal sealed class TokenIssuer(LocalTokenKey key, TimeProvider time)
{
    public const string Issuer = "drmhub";
    public const string PlayerAudience = "drmhub-player";
    public const string OperatorAudience = "drmhub-operator";
    public const string ConsoleAudience = "drmhub-console";

    private readonly JsonWebTokenHandler _handler = new() { SetDefaultTimesOnTokenCreation = false };

    public string ForPlayer(PlayerClaims claims)
    {
        var values = new Dictionary<string, object> { [JwtRegisteredClaimNames.Sub] = claims.Subscriber };
        if (claims.Content.Count > 0) values["content"] = claims.Content.ToArray();
        if (claims.Device is not null) values["did"] = claims.Device;
        if (claims.Country is not null) values["cty"] = claims.Country;
        if (claims.Plans.Count > 0) values["plans"] = claims.Plans.ToArray();
        if (claims.MaxTrack is not null) values["max"] = claims.MaxTrack;
        return Sign(PlayerAudience, values, claims.Lifetime);
    }

    public string ForOperator(string name, IReadOnlyList<string> roles, TimeSpan lifetime) =>
        Sign(OperatorAudience, new Dictionary<string, object> { [JwtRegisteredClaimNames.Sub] = name, ["roles"] = roles.ToArray() }, lifetime);

    /// <summary>What stands in a link that opens the console once.</summary>
    public string ForConsole(string name, IReadOnlyList<string> roles, TimeSpan lifetime) =>
        Sign(ConsoleAudience, new Dictionary<string, object> { [JwtRegisteredClaimNames.Sub] = name, ["roles"] = roles.ToArray() }, lifetime);

    private string Sign(string audience, Dictionary<string, object> claims, TimeSpan lifetime)
    {
        var now = time.GetUtcNow().UtcDateTime;
        claims[JwtRegisteredClaimNames.Jti] = Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(16));
        return _handler.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = Issuer,
            Audience = audience,
            Claims = claims,
            IssuedAt = now,
            Expires = now + lifetime,
            SigningCredentials = new SigningCredentials(key.Key, SecurityAlgorithms.EcdsaSha256),
        });
    }
}
