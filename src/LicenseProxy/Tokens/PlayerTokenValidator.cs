using System.Globalization;
using DrmHub.Cenc;
using DrmHub.Vault.Rights;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace DrmHub.LicenseProxy.Tokens;

/// <summary>
/// Validates player tokens (JWT, RFC 7519): signature by a configured key under an algorithm from a fixed list, issuer,
/// audience and lifetime. Nothing in the token chooses how it is checked.
/// </summary>
public sealed class PlayerTokenValidator(IOptions<LicenseProxyOptions> options, TimeProvider time)
{
    /// <summary>Longer tokens are refused unread.</summary>
    private const int MaxLength = 8 * 1024;

    /// <summary>Seconds since 1970 of the year 9999: later dates are no dates.</summary>
    private const long MaxExpiry = 253_402_300_799;

    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = MaxLength };
    private readonly PlayerTokenOptions _options = options.Value.Tokens;
    private readonly TokenValidationParameters _parameters = Parameters(options.Value.Tokens);

    /// <returns>The token, or the refusal: <c>token.missing</c>, <c>token.invalid</c> or <c>token.expired</c>.</returns>
    public async ValueTask<(PlayerToken? Token, Refusal? Refusal)> ValidateAsync(string? text)
    {
        if (string.IsNullOrEmpty(text)) return (null, new Refusal(ReasonCodes.TokenMissing, "A player token is needed: Authorization: Bearer <token>."));
        if (text.Length > MaxLength) return Invalid("The token is too long.");
        var result = await _handler.ValidateTokenAsync(text, _parameters);
        if (!result.IsValid || result.SecurityToken is not JsonWebToken jwt) return Invalid("The token is not valid: its form, signature, issuer or audience is wrong.");
        if (CheckLifetime(jwt) is { } expired) return (null, expired);
        if (string.IsNullOrEmpty(jwt.Subject)) return Invalid("The token has no sub.");
        if (!TryReadMaxTrack(jwt, out var maxTrack)) return Invalid("The token's max is none of AUDIO, SD, HD, UHD1, UHD2.");
        return (new PlayerToken
        {
            Subscriber = jwt.Subject,
            Id = Text(jwt, JwtRegisteredClaimNames.Jti),
            Expires = DateTimeOffset.FromUnixTimeSeconds(jwt.GetPayloadValue<long>(JwtRegisteredClaimNames.Exp)),
            Device = Text(jwt, "did"),
            Session = Text(jwt, "sid"),
            Country = Text(jwt, "cty")?.ToUpperInvariant(),
            Content = Texts(jwt, "content"),
            Plans = Texts(jwt, "plans"),
            MaxTrack = maxTrack,
        }, null);
    }

    private static TokenValidationParameters Parameters(PlayerTokenOptions options) => new()
    {
        ValidAlgorithms = options.Algorithms,
        IssuerSigningKeys = options.SigningKeys,
        ValidIssuer = options.Issuer,
        ValidAudience = options.Audience,
        RequireSignedTokens = true,
        RequireExpirationTime = true,
        ValidateIssuer = true,
        ValidateAudience = true,
        ValidateIssuerSigningKey = true,
        TryAllIssuerSigningKeys = false,

        // Checked below, against the hub's own clock and with a message that says by how much.
        ValidateLifetime = false,
    };

    private Refusal? CheckLifetime(JsonWebToken token)
    {
        if (!token.TryGetPayloadValue<long>(JwtRegisteredClaimNames.Exp, out var expires) || expires is < 0 or > MaxExpiry) return new Refusal(ReasonCodes.TokenInvalid, "The token has no usable exp.");
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        var skew = (long)_options.ClockSkew.TotalSeconds;
        if (now >= expires && now - expires >= skew)
            return new Refusal(ReasonCodes.TokenExpired, string.Create(CultureInfo.InvariantCulture, $"The token expired {now - expires} s ago; {skew} s of clock skew are allowed."));
        if (token.TryGetPayloadValue<long>(JwtRegisteredClaimNames.Nbf, out var starts) && now < starts && starts - now > skew)
            return new Refusal(ReasonCodes.TokenInvalid, string.Create(CultureInfo.InvariantCulture, $"The token is not valid for another {starts - now} s; {skew} s of clock skew are allowed."));
        return null;
    }

    private static string? Text(JsonWebToken token, string claim) => token.TryGetPayloadValue<string>(claim, out var value) && value.Length > 0 ? value : null;

    /// <summary>A claim that may be one string or an array of strings.</summary>
    private static string[] Texts(JsonWebToken token, string claim) => [.. token.Claims.Where(item => item.Type == claim).Select(item => item.Value)];

    private static bool TryReadMaxTrack(JsonWebToken token, out TrackType? track)
    {
        track = null;
        if (!token.TryGetPayloadValue<object>("max", out _)) return true;
        if (!TrackTypes.TryParse(Text(token, "max"), out var named)) return false;
        track = named;
        return true;
    }

    private static (PlayerToken?, Refusal?) Invalid(string detail) => (null, new Refusal(ReasonCodes.TokenInvalid, detail));
}
