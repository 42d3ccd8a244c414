using DrmHub.Host.Tokens;
using DrmHub.Vault.Rights;
using Microsoft.AspNetCore.Authentication.JwtBearer;
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
        services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer(options =>
        {
            options.MapInboundClaims = false;
            options.SaveToken = false;
            options.IncludeErrorDetails = false;
            options.TokenValidationParameters = new TokenValidationParameters
            {
                ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.RsaSha256],
                IssuerSigningKeys = TokenKeys.Read(configuration, tokenKey),
                ValidIssuer = TokenKeys.Issuer(configuration),
                ValidAudience = TokenIssuer.OperatorAudience,
                ClockSkew = TimeSpan.FromSeconds(60),
                TryAllIssuerSigningKeys = false,
                NameClaimType = "sub",
                RoleClaimType = "roles",
            };
            options.Events = new JwtBearerEvents { OnChallenge = ChallengeAsync, OnForbidden = ForbidAsync };
        });
        services.AddAuthorization(options =>
        {
            foreach (var role in OperatorRoles.All) options.AddPolicy(role, policy => policy.RequireAuthenticatedUser().RequireRole(role));
        });
        return services;
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
