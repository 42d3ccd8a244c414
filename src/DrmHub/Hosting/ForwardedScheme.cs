using DrmHub.LicenseProxy;

namespace DrmHub.Host.Hosting;

/// <summary>
/// Where TLS ends at a proxy that <c>Players:TrustedProxies</c> names, its <c>X-Forwarded-Proto: https</c> counts: passwords are taken, addresses begin with https, HSTS is sent. From
/// anybody else it would be the caller's own word. The framework's switch for this believes everybody, for the address too, so Production does not want it (docs/deployment.md).
/// </summary>
internal static class ForwardedScheme
{
    public static void UseForwardedScheme(this WebApplication app)
    {
        if (!app.Configuration.GetSection("Players:TrustedProxies").GetChildren().Any()) return;
        app.Use((http, next) =>
        {
            if (http.Request.Headers["X-Forwarded-Proto"].ToString().Equals("https", StringComparison.OrdinalIgnoreCase) && PlayerHttp.IsFromTrustedProxy(http)) http.Request.Scheme = "https";
            return next(http);
        });
    }
}
