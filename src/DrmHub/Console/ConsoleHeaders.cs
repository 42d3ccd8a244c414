namespace DrmHub.Host.Pages;

/// <summary>What every answer under <c>/console</c> carries: nothing inline runs, nobody frames it, nothing of it is kept or told to others.</summary>
internal static class ConsoleHeaders
{
    public const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    /// <param name="provider">Origin of the identity provider, to which the sign-in form leads on; null without one.</param>
    public static IApplicationBuilder UseConsoleHeaders(this IApplicationBuilder app, string? provider)
    {
        var policy = provider is null ? ContentSecurityPolicy : ContentSecurityPolicy.Replace("form-action 'self'", "form-action 'self' " + provider, StringComparison.Ordinal);
        return app.Use((http, next) =>
        {
            if (!http.Request.Path.StartsWithSegments("/console")) return next(http);
            // On starting, because the page that explains an exception begins with cleared headers.
            http.Response.OnStarting(() =>
            {
                var headers = http.Response.Headers;
                headers.ContentSecurityPolicy = policy;
                headers.XContentTypeOptions = "nosniff";
                headers.XFrameOptions = "DENY";
                headers["Referrer-Policy"] = "same-origin";
                headers["Cross-Origin-Opener-Policy"] = "same-origin";
                headers["Cross-Origin-Resource-Policy"] = "same-origin";
                headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";

                // Style and script carry a hash in their names and may be kept; pages may not.
                if (headers.CacheControl.Count == 0) headers.CacheControl = "no-store";
                return Task.CompletedTask;
            });
            return next(http);
        });
    }
}
