using System.Security.Claims;
using DrmHub.Host.Tokens;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;

namespace DrmHub.Host.Pages.SignIn;

/// <summary>A page for who holds one of these roles, by the console's own session: a bearer token opens no page, a session opens no API.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class ForRolesAttribute : AuthorizeAttribute
{
    public ForRolesAttribute(params string[] roles)
    {
        AuthenticationSchemes = ConsoleAuthentication.Scheme;
        Roles = roles.Length == 0 ? null : string.Join(',', roles);
    }
}

/// <summary>The console's session: a cookie that says who it is and which roles opened it.</summary>
internal static class ConsoleAuthentication
{
    public const string Scheme = "drmhub.console";
    public const string OidcScheme = "drmhub.console.oidc";
    public const string NameClaim = "sub";
    public const string RoleClaim = "roles";

    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(8);

    public static AuthenticationBuilder AddConsoleSession(this AuthenticationBuilder authentication, bool development) => authentication.AddCookie(Scheme, options =>
    {
        options.Cookie.Name = Scheme;
        options.Cookie.Path = "/console";
        options.Cookie.HttpOnly = true;
        options.Cookie.IsEssential = true;

        // Strict would lose the session on the way back from the identity provider.
        options.Cookie.SameSite = SameSiteMode.Lax;
        options.Cookie.SecurePolicy = development ? CookieSecurePolicy.SameAsRequest : CookieSecurePolicy.Always;
        options.ExpireTimeSpan = Lifetime;
        options.SlidingExpiration = true;
        options.LoginPath = "/console/sign-in";
        options.ReturnUrlParameter = "to";
        options.Events = new CookieAuthenticationEvents { OnRedirectToAccessDenied = RefuseAsync };
    });

    /// <param name="name">The account, as it stands in audit entries.</param>
    /// <param name="roles">Others than <see cref="OperatorRoles.All"/> are left out.</param>
    public static ClaimsPrincipal Principal(string name, IEnumerable<string> roles)
    {
        var identity = new ClaimsIdentity(Scheme, NameClaim, RoleClaim);
        identity.AddClaim(new Claim(NameClaim, name));
        identity.AddClaims(roles.Distinct().Where(OperatorRoles.All.Contains).Select(role => new Claim(RoleClaim, role)));
        return new ClaimsPrincipal(identity);
    }

    /// <summary>A path of this console, or its first page: a sign-in never leads elsewhere.</summary>
    public static string LocalPath(string? path) =>
        path is { Length: < 2048 } && (path == "/console" || path.StartsWith("/console/", StringComparison.Ordinal) || path.StartsWith("/console?", StringComparison.Ordinal))
        && !path.Contains('\\', StringComparison.Ordinal) && !path.StartsWith("/console/sign-", StringComparison.Ordinal) && !path.Any(char.IsControl)
            ? path
            : "/console";

    private static Task RefuseAsync(RedirectContext<CookieAuthenticationOptions> context)
    {
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return new RazorComponentResult<Shell.App>(new { Problem = StatusCodes.Status403Forbidden }).ExecuteAsync(context.HttpContext);
    }
}
