using DrmHub.Host.Limits;
using DrmHub.Host.Tokens;
using DrmHub.LicenseProxy;
using DrmHub.LicenseProxy.Tokens;
using DrmHub.Vault.Rights;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace DrmHub.Host.Hosting;

/// <summary>
/// Operators and services come with a bearer JWT whose <c>roles</c> open routes; one authorization policy for each role.
/// Players' tokens have another audience and open none of these.
/// </summary>
internal static class OperatorAuthentication
{
    private const string RoleMissing = "role.missing";

    public static IServiceCollection AddOperators(this IServiceCollection services, IConfiguration configuration, LocalTokenKey? tokenKey)
    {
        var section = TokenKeys.ForOperators(configuration);
        var keyOptions = TokenKeys.ReadForOperators(configuration, tokenKey);
        if (keyOptions.Check() is { Count: > 0 } errors) throw new InvalidDataException("Operators: " + string.Join(" ", errors));
        services.AddSingleton(provider => new OperatorKeys(new TokenKeySource(
            keyOptions, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<TokenKeySource>>())));
        services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer();
        services.AddOptions<JwtBearerOptions>(JwtBearerDefaults.AuthenticationScheme).Configure<OperatorKeys>((options, keys) =>
        {
            options.MapInboundClaims = false;
            options.SaveToken = false;
            options.IncludeErrorDetails = false;
            options.TokenValidationParameters = new TokenValidationParameters
            {
                ValidAlgorithms = TokenAlgorithms.Default,
                IssuerSigningKeyResolver = (_, _, keyId, _) => keys.Source.Current.Find(keyId) is { } key ? [key] : [],
                ValidIssuer = keys.Source.Issuer,
                ValidAudience = section["OperatorAudience"] is { Length: > 0 } audience ? audience : TokenIssuer.OperatorAudience,
                ClockSkew = TimeSpan.FromSeconds(60),
                TryAllIssuerSigningKeys = false,
                NameClaimType = "sub",
                RoleClaimType = section["RolesClaim"] is { Length: > 0 } claim ? claim : "roles",
            };
            options.Events = new JwtBearerEvents { OnMessageReceived = context => FindKeyAsync(context, keys.Source), OnChallenge = ChallengeAsync, OnForbidden = ForbidAsync };
        });
        services.AddAuthorization(options =>
        {
            foreach (var role in OperatorRoles.All) options.AddPolicy(role, policy => policy.RequireAuthenticatedUser().RequireRole(role));
        });
        return services;
    }

    /// <summary>Published keys are fetched before they are asked for: the resolver cannot wait.</summary>
    private static async Task FindKeyAsync(MessageReceivedContext context, TokenKeySource keys)
    {
        // Players bring their tokens to routes that check them otherwise: here they would be checked for nothing. Packagers may come with a token of the operators' issuer.
        if (context.HttpContext.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is not null && Doors.Of(context.Request.Path) != Door.Keys)
        {
            context.NoResult();
            return;
        }

        if (PlayerHttp.BearerToken(context.Request) is not { Length: <= PlayerTokenValidator.MaxLength } token) return;
        try
        {
            await keys.FindAsync(new JsonWebToken(token).Kid, context.HttpContext.RequestAborted);
        }
        catch (Exception exception) when (exception is ArgumentException or SecurityTokenException or FormatException)
        {
            // No token: the validation that follows says so.
        }
    }

    private static async Task ChallengeAsync(JwtBearerChallengeContext context)
    {
        context.HandleResponse();
        var (code, detail) = context.AuthenticateFailure switch
        {
            null => (ReasonCodes.TokenMissing, "An operator's token is needed: Authorization: Bearer <token>."),
            SecurityTokenExpiredException => (ReasonCodes.TokenExpired, "The token has expired."),
            _ => (ReasonCodes.TokenInvalid, "The token is not valid here: its form, signature, issuer or audience is wrong."),
        };
        context.Response.Headers.WWWAuthenticate = "Bearer";
        await Problems.WriteAsync(context.HttpContext, StatusCodes.Status401Unauthorized, code, detail);
    }

    private static Task ForbidAsync(ForbiddenContext context) =>
        Problems.WriteAsync(context.HttpContext, StatusCodes.Status403Forbidden, RoleMissing, "The token is valid but carries no role that opens this.");
}

/// <summary>The keys of the issuer of operators' tokens.</summary>
internal sealed record OperatorKeys(TokenKeySource Source) : IDisposable
{
    public void Dispose() => Source.Dispose();
}
