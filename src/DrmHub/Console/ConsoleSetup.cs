using DrmHub.Host.Hosting;
using DrmHub.Host.Pages.Audit;
using DrmHub.Host.Pages.Operations;
using DrmHub.Host.Pages.Shell;
using DrmHub.Host.Pages.SignIn;
using DrmHub.Host.Pages.Words;
using DrmHub.Host.Tokens;
using DrmHub.Vault.Storage;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;

namespace DrmHub.Host.Pages;

/// <summary>The pages under <c>/console</c>: Razor components rendered on the server, read without a script.</summary>
internal static class ConsoleSetup
{
    public static IServiceCollection AddConsole(this IServiceCollection services, HubState state, IConfiguration configuration, LocalTokenKey? tokenKey, bool development)
    {
        services.AddRazorComponents();
        services.AddHttpContextAccessor().AddScoped<Reader>();
        services.AddSingleton<IDataProtectionProvider>(state.Sessions);
        services.AddAntiforgery(options =>
        {
            options.Cookie.Name = "drmhub.forms";
            options.Cookie.Path = "/console";
            options.Cookie.SameSite = SameSiteMode.Strict;
            options.Cookie.SecurePolicy = development ? CookieSecurePolicy.SameAsRequest : CookieSecurePolicy.Always;
            options.SuppressXFrameOptionsHeader = true;
        });
        new AuthenticationBuilder(services).AddConsoleSession(development).AddConsoleOidc(configuration, development);
        if (development && tokenKey is not null) services.AddSingleton(new SignInLinks(tokenKey, state.Shared, TimeProvider.System));
        services.AddHsts(options => options.MaxAge = TimeSpan.FromDays(365));
        services.AddSingleton(state.Vault).AddSingleton(new NodeRegistry(state.Database));
        services.AddSingleton<Measurements>().AddHostedService(provider => provider.GetRequiredService<Measurements>()).AddHostedService<NodeHeartbeat>().AddHostedService<ConsoleWarmUp>();
        return services;
    }

    /// <summary>Before authentication, so that refusals carry the headers, too.</summary>
    public static void UseConsole(this WebApplication app)
    {
        var authority = app.Configuration["Console:Oidc:Authority"];
        app.UseConsoleHeaders(Uri.TryCreate(authority, UriKind.Absolute, out var uri) ? uri.GetLeftPart(UriPartial.Authority) : null);
        app.UseWhen(
            http => http.Request.Path.StartsWithSegments("/console"),
            pages => pages
                .UseExceptionHandler(new ExceptionHandlerOptions
                {
                    ExceptionHandler = http => ExplainAsync(http, http.Response.StatusCode),
                    StatusCodeSelector = exception => exception is BadHttpRequestException bad ? bad.StatusCode : StatusCodes.Status500InternalServerError,
                })
                .UseStatusCodePages(context => ExplainAsync(context.HttpContext, context.HttpContext.Response.StatusCode)));
    }

    /// <summary>After authorization.</summary>
    public static void MapConsole(this WebApplication app)
    {
        app.UseAntiforgery();
        app.MapStaticAssets();
        app.MapSignIn(OidcSettings.IsConfigured(app.Configuration));
        app.MapAuditPages();
        app.MapRazorComponents<App>().WithStaticAssets().ExcludeFromDescription();
    }

    /// <summary>In a scope of its own: a page that failed half-way, or was none, left its renderer in the request's.</summary>
    private static async Task ExplainAsync(HttpContext http, int status)
    {
        await using var scope = http.RequestServices.CreateAsyncScope();
        var services = http.RequestServices;
        http.RequestServices = scope.ServiceProvider;
        http.Response.StatusCode = status;
        http.Response.Headers.Remove("blazor-enhanced-nav");
        await new RazorComponentResult<App>(new { Problem = (int?)status }).ExecuteAsync(http);
        http.RequestServices = services;
    }
}
