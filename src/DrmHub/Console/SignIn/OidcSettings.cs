using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace DrmHub.Host.Pages.SignIn;

/// <summary>
/// Section <c>Console:Oidc</c>: <c>Authority</c>, <c>ClientId</c>, <c>ClientSecret</c> or <c>ClientSecretFile</c>, <c>Scopes</c> (default <c>openid profile</c>),
/// <c>RoleClaim</c> (default <c>roles</c>), <c>NameClaim</c> (default <c>preferred_username</c>, else <c>sub</c>), <c>RoleMap:GROUP</c> (roles, separated by commas).
/// </summary>
internal static class OidcSettings
{
    public const string CallbackPath = "/console/sign-in/oidc";

    public static bool IsConfigured(IConfiguration configuration) => !string.IsNullOrEmpty(configuration["Console:Oidc:Authority"]);

    /// <exception cref="ArgumentException">The client's id is missing.</exception>
    public static AuthenticationBuilder AddConsoleOidc(this AuthenticationBuilder authentication, IConfiguration configuration, bool development)
    {
        if (!IsConfigured(configuration)) return authentication;
        var section = configuration.GetSection("Console:Oidc");
        var clientId = section["ClientId"] is { Length: > 0 } id ? id : throw new ArgumentException("Console:Oidc:Authority is set, but Console:Oidc:ClientId is not.");
        var roleClaim = section["RoleClaim"] is { Length: > 0 } claim ? claim : "roles";
        var map = section.GetSection("RoleMap").GetChildren().ToDictionary(
            group => group.Key, group => (group.Value ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries), StringComparer.OrdinalIgnoreCase);
        return authentication.AddOpenIdConnect(ConsoleAuthentication.OidcScheme, options =>
        {
            options.SignInScheme = ConsoleAuthentication.Scheme;
            options.Authority = section["Authority"];
            options.ClientId = clientId;
            options.ClientSecret = section["ClientSecretFile"] is { Length: > 0 } file ? File.ReadAllText(file).Trim() : section["ClientSecret"];
            options.ResponseType = OpenIdConnectResponseType.Code;

            // The answer comes back as a navigation, so that a Lax cookie comes with it.
            options.ResponseMode = OpenIdConnectResponseMode.Query;
            options.UsePkce = true;
            options.SaveTokens = false;
            options.MapInboundClaims = false;
            options.GetClaimsFromUserInfoEndpoint = false;
            options.RequireHttpsMetadata = !development;
            options.CallbackPath = CallbackPath;
            options.Scope.Clear();
            foreach (var scope in (section["Scopes"] ?? "openid profile").Split(' ', StringSplitOptions.RemoveEmptyEntries)) options.Scope.Add(scope);
            foreach (var cookie in (CookieBuilder[])[options.CorrelationCookie, options.NonceCookie])
            {
                cookie.SameSite = SameSiteMode.Lax;
                cookie.SecurePolicy = development ? CookieSecurePolicy.SameAsRequest : CookieSecurePolicy.Always;
                cookie.Path = "/console";
            }

            options.Events = new OpenIdConnectEvents
            {
                OnRedirectToIdentityProvider = context =>
                {
                    // Behind a proxy the hub sees another address than the browser does.
                    if (configuration["PublicUrl"] is { Length: > 0 } address) context.ProtocolMessage.RedirectUri = address.TrimEnd('/') + CallbackPath;
                    return Task.CompletedTask;
                },
                OnTokenValidated = context =>
                {
                    context.Principal = Map(context.Principal!, roleClaim, section["NameClaim"], map);
                    return Task.CompletedTask;
                },
                OnRemoteFailure = context =>
                {
                    // What went wrong is in the log; the page says that it did.
                    SignInLog.Failed(context.HttpContext.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(OidcSettings)), context.Failure);
                    context.HandleResponse();
                    context.Response.Redirect("/console/sign-in?problem=provider");
                    return Task.CompletedTask;
                },
            };
        });
    }

    /// <summary>The session keeps a name and the hub's own roles, and nothing else of what the provider said.</summary>
    internal static ClaimsPrincipal Map(ClaimsPrincipal from, string roleClaim, string? nameClaim, IReadOnlyDictionary<string, string[]> map)
    {
        var named = from.FindAll(roleClaim).Select(claim => claim.Value);
        var roles = map.Count == 0 ? named : named.SelectMany(group => map.TryGetValue(group, out var mapped) ? mapped : []);
        var name = from.FindFirst(nameClaim ?? "preferred_username")?.Value ?? from.FindFirst("sub")?.Value ?? "unknown";
        return ConsoleAuthentication.Principal(name.Length > 128 ? name[..128] : name, roles);
    }
}

internal static partial class SignInLog
{
    [LoggerMessage(2101, LogLevel.Warning, "A sign-in by the identity provider failed")]
    public static partial void Failed(ILogger logger, Exception? exception);
}
