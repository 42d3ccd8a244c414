using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using DrmHub.Cenc;
using DrmHub.Vault.Rights;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace DrmHub.LicenseProxy.Tokens;

/// <summary>
/// Validates player tokens (JWT, RFC 7519; RFC 8725 for what can go wrong): signature by a key of the issuer under an algorithm that
/// the key allows, issuer, audience and lifetime. The token chooses nothing but which of the issuer's keys it names.
/// </summary>
public sealed class PlayerTokenValidator
{
    /// <summary>Longer tokens are refused unread.</summary>
    public const int MaxLength = 8 * 1024;

    /// <summary>Seconds since 1970 of the year 9999: later dates are no dates.</summary>
    private const long MaxDate = 253_402_300_799;

    private const int MaxValues = 256;

    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = MaxLength };
    private readonly PlayerTokenOptions _options;
    private readonly TokenKeySource _keys;
    private readonly TimeProvider _time;
    private readonly TokenCache _cache;

    /// <summary>What to check with each key; a key set that is gone takes its entries along.</summary>
    private volatile Tuple<TokenKeySet, ConcurrentDictionary<SecurityKey, TokenValidationParameters>>? _parameters;

    internal PlayerTokenValidator(IOptions<LicenseProxyOptions> options, PlayerTokenKeys keys, TimeProvider time)
    {
        _options = options.Value.Tokens;
        _keys = keys.Source;
        _time = time;
        _cache = new TokenCache(_options.CacheSize);
    }

    /// <returns>The token, or the refusal: <c>token.missing</c>, <c>token.invalid</c> or <c>token.expired</c>.</returns>
    public ValueTask<(PlayerToken? Token, Refusal? Refusal)> ValidateAsync(string? text, CancellationToken cancellationToken = default) => ValidateAsync(text, TimeSpan.Zero, cancellationToken);

    /// <param name="text">The token as it came, or null.</param>
    /// <param name="grace">How long the token may be past its end, beside the skew of clocks.</param>
    /// <param name="cancellationToken">The player went away.</param>
    internal async ValueTask<(PlayerToken? Token, Refusal? Refusal)> ValidateAsync(string? text, TimeSpan grace, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(text)) return (null, new Refusal(ReasonCodes.TokenMissing, "A player token is needed: Authorization: Bearer <token>."));
        if (text.Length > MaxLength) return Invalid("The token is too long.");
        var name = TokenCache.NameOf(text);
        var token = _cache.Find(name, _keys.Current);
        if (token is null)
        {
            (token, var refusal) = await ReadAsync(text, name, cancellationToken);
            if (token is null) return (null, refusal);
        }

        return CheckLifetime(token, grace) is { } late ? (null, late) : (token.Player, null);
    }

    private async ValueTask<(ValidToken? Token, Refusal? Refusal)> ReadAsync(string text, TokenCache.Name name, CancellationToken cancellationToken)
    {
        if (Parse(text) is not { } unread) return Bad("The token is not valid: its form, signature, issuer or audience is wrong.");
        if (await _keys.FindAsync(unread.Kid, cancellationToken) is not { } key) return Bad("The token is not valid: its form, signature, issuer or audience is wrong.");
        var keys = _keys.Current;
        var result = await _handler.ValidateTokenAsync(unread, ParametersFor(keys, key));
        if (!result.IsValid || result.SecurityToken is not JsonWebToken jwt) return Bad("The token is not valid: its form, signature, issuer or audience is wrong.");
        if (jwt.TryGetHeaderValue<object>("crit", out _)) return Bad("The token has critical extensions, and none is known here.");
        if (!TryReadDates(jwt, out var expires, out var starts)) return Bad("The token has no usable exp.");
        if (string.IsNullOrEmpty(jwt.Subject) || jwt.Subject.Length > 256) return Bad("The token has no sub of up to 256 characters.");
        if (!TryReadMaxTrack(jwt, out var maxTrack)) return Bad("The token's max is none of AUDIO, SD, HD, UHD1, UHD2.");
        if (!TryReadTexts(jwt, "content", out var content) || !TryReadTexts(jwt, "plans", out var plans)) return Bad($"The token's content and plans are strings, up to {MaxValues} of them.");
        if (content is { Length: 0 }) return Bad("The token's content is empty: without it the token is good for any title, with it for none.");
        var player = new PlayerToken
        {
            Subscriber = jwt.Subject,
            Id = Text(jwt, JwtRegisteredClaimNames.Jti),
            Expires = DateTimeOffset.FromUnixTimeSeconds(expires),
            Device = Text(jwt, "did"),
            Session = Text(jwt, "sid"),
            Country = Text(jwt, "cty")?.ToUpperInvariant(),
            Content = content ?? [],
            Plans = plans ?? [],
            MaxTrack = maxTrack,
            Fingerprint = name.ToHex(),
        };
        if (player.Device is { Length: > 256 } || player.Session is { Length: > 256 } || player.Id is { Length: > 512 }) return Bad("The token's did, sid and jti have up to 256 characters.");
        var valid = new ValidToken(player, expires, starts);
        if (CheckLifetime(valid, TimeSpan.Zero) is null) _cache.Add(name, valid, keys);
        return (valid, null);
    }

    /// <summary>Reads the form alone; nothing in it is believed yet.</summary>
    private static JsonWebToken? Parse(string text)
    {
        try
        {
            return new JsonWebToken(text);
        }
        catch (Exception exception) when (exception is ArgumentException or SecurityTokenException or FormatException)
        {
            return null;
        }
    }

    private TokenValidationParameters ParametersFor(TokenKeySet keys, SecurityKey key)
    {
        var parameters = _parameters;
        if (parameters?.Item1 != keys) _parameters = parameters = Tuple.Create(keys, new ConcurrentDictionary<SecurityKey, TokenValidationParameters>());
        return parameters.Item2.GetOrAdd(key, Parameters);
    }

    private TokenValidationParameters Parameters(SecurityKey key)
    {
        var algorithms = TokenAlgorithms.For(key, _options.Algorithms);
        return new TokenValidationParameters
        {
            // An empty list would mean any.
            ValidAlgorithms = algorithms.Count > 0 ? algorithms : ["nothing"],
            IssuerSigningKey = key,
            TryAllIssuerSigningKeys = true,
            ValidIssuer = _keys.Issuer,
            ValidAudience = _options.Audience,
            RequireSignedTokens = true,
            RequireExpirationTime = true,
            ValidateIssuer = true,
            ValidateAudience = true,
            ValidateIssuerSigningKey = true,

            // Checked below, against the hub's own clock and with a message that says by how much.
            ValidateLifetime = false,
        };
    }

    private Refusal? CheckLifetime(ValidToken token, TimeSpan grace)
    {
        var now = _time.GetUtcNow().ToUnixTimeSeconds();
        var skew = (long)_options.ClockSkew.TotalSeconds;
        if (now >= token.ExpiresAt && now - token.ExpiresAt >= skew + (long)grace.TotalSeconds)
            return new Refusal(ReasonCodes.TokenExpired, string.Create(CultureInfo.InvariantCulture, $"The token expired {now - token.ExpiresAt} s ago; {skew} s of clock skew are allowed."));
        if (now < token.NotBefore && token.NotBefore - now > skew)
            return new Refusal(ReasonCodes.TokenInvalid, string.Create(CultureInfo.InvariantCulture, $"The token is not valid for another {token.NotBefore - now} s; {skew} s of clock skew are allowed."));
        return null;
    }

    private static bool TryReadDates(JsonWebToken token, out long expires, out long? starts)
    {
        starts = null;
        if (!token.TryGetPayloadValue(JwtRegisteredClaimNames.Exp, out expires) || expires is < 0 or > MaxDate) return false;
        if (!token.TryGetPayloadValue<object>(JwtRegisteredClaimNames.Nbf, out _)) return true;
        if (!token.TryGetPayloadValue<long>(JwtRegisteredClaimNames.Nbf, out var notBefore) || notBefore is < 0 or > MaxDate) return false;
        starts = notBefore;
        return true;
    }

    private static string? Text(JsonWebToken token, string claim) => token.TryGetPayloadValue<string>(claim, out var value) && value.Length > 0 ? value : null;

    /// <summary>A claim that may be one string or an array of strings. One of another form is refused: content that were read as none would mean any.</summary>
    /// <param name="values">Null where the token has no such claim.</param>
    private static bool TryReadTexts(JsonWebToken token, string claim, out string[]? values)
    {
        values = null;
        if (!token.TryGetPayloadValue<object>(claim, out var any) || any is null) return true;
        switch (any)
        {
            case string text:
                values = text.Length > 0 ? [text] : [];
                break;
            case JsonElement { ValueKind: JsonValueKind.Array } array when array.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String):
                values = [.. array.EnumerateArray().Select(item => item.GetString()!)];
                break;
            case IEnumerable<object> list when list.All(item => item is string):
                values = [.. list.Cast<string>()];
                break;
            default:
                return false;
        }

        return values.Length <= MaxValues;
    }

    private static bool TryReadMaxTrack(JsonWebToken token, out TrackType? track)
    {
        track = null;
        if (!token.TryGetPayloadValue<object>("max", out _)) return true;
        if (!TrackTypes.TryParse(Text(token, "max"), out var named)) return false;
        track = named;
        return true;
    }

    private static (PlayerToken?, Refusal?) Invalid(string detail) => (null, new Refusal(ReasonCodes.TokenInvalid, detail));

    private static (ValidToken?, Refusal?) Bad(string detail) => (null, new Refusal(ReasonCodes.TokenInvalid, detail));
}

/// <summary>The keys of the issuer of player tokens, apart from those of operators.</summary>
internal sealed record PlayerTokenKeys(TokenKeySource Source) : IDisposable
{
    public void Dispose() => Source.Dispose();
}
