using System.Security.Claims;
using DrmHub.KeyService.Packagers;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace DrmHub.Host.Pages.SignIn;

/// <summary>What changes a session or a reader's preferences: forms, each with an anti-forgery token.</summary>
internal static class SignInApi
{
    public const string LinkPath = "/console/sign-in/link";

    public static void MapSignIn(this IEndpointRouteBuilder routes, bool oidc)
    {
        var group = routes.MapGroup("/console").ExcludeFromDescription();
        group.MapPost("/sign-in/link", UseLinkAsync).AllowAnonymous();

        // With the session that the page had: its anti-forgery token is bound to who read it.
        group.MapPost("/sign-out", SignOutAsync).RequireAuthorization(new ForRolesAttribute());
        group.MapPost("/preferences", SavePreferences).RequireAuthorization(new ForRolesAttribute());
        if (oidc) group.MapPost("/sign-in/provider", ([FromForm] string? to) =>
            TypedResults.Challenge(new AuthenticationProperties { RedirectUri = ConsoleAuthentication.LocalPath(to) }, [ConsoleAuthentication.OidcScheme])).AllowAnonymous();
    }

    private static async Task<RedirectHttpResult> UseLinkAsync([FromForm] string? code, [FromForm] string? view, HttpContext http, CancellationToken cancellationToken)
    {
        if (http.RequestServices.GetService<SignInLinks>() is not { } links || await links.ReadAsync(code) is not { } link)
        {
            http.Features.Set(CredentialRefused.Instance);
            return TypedResults.Redirect("/console/sign-in?problem=link");
        }

        if (!await links.UseAsync(link, cancellationToken)) return TypedResults.Redirect("/console/sign-in?problem=used");
        var roles = ConsoleViews.Find(view) is { } chosen ? link.Roles.Intersect(chosen.Roles) : link.Roles;
        await http.SignInAsync(ConsoleAuthentication.Scheme, ConsoleAuthentication.Principal(link.Name, roles));
        return TypedResults.Redirect("/console");
    }

    /// <param name="from">Bound so that the framework asks for the anti-forgery token.</param>
    private static async Task<RedirectHttpResult> SignOutAsync([FromForm] string? from, HttpContext http)
    {
        await http.SignOutAsync(ConsoleAuthentication.Scheme);
        return TypedResults.Redirect("/console/sign-in?problem=out");
    }

    private static RedirectHttpResult SavePreferences([FromForm] string? theme, [FromForm] string? zone, [FromForm] string? to, HttpContext http)
    {
        if (theme is "light" or "dark" or "auto") Write(http, Words.Reader.ThemeCookie, theme);
        if (Words.Reader.FindZone(zone) is { } found) Write(http, Words.Reader.ZoneCookie, found.Id);
        return TypedResults.Redirect(ConsoleAuthentication.LocalPath(to));
    }

    private static void Write(HttpContext http, string name, string value) => http.Response.Cookies.Append(name, value, new CookieOptions
    {
        Path = "/console",
        HttpOnly = true,
        SameSite = SameSiteMode.Lax,
        Secure = http.Request.IsHttps,
        MaxAge = TimeSpan.FromDays(365),
        IsEssential = true,
    });
}

/// <summary>Ways to look at the console that a development link offers: all of its roles, or those of one kind of person.</summary>
internal sealed record ConsoleViews(string Name, string Title, IReadOnlyList<string> Roles)
{
    public static readonly IReadOnlyList<ConsoleViews> All =
    [
        new("rights", "Rights, reading", ["audit.read", "rights.read"]),
        new("editor", "Rights, editing", ["audit.read", "rights.read", "rights.write"]),
        new("operator", "Operations", ["keys.admin", "audit.read"]),
    ];

    public static ConsoleViews? Find(string? name) => All.FirstOrDefault(view => view.Name == name);
}
