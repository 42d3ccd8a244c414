namespace DrmHub.Host.Hosting;

/// <summary><c>/docs</c>: the API reference, drawn by Swagger UI from <c>/openapi/v1.json</c>.</summary>
internal static class ReferencePage
{
    private const string Path = "docs";

    /// <summary>The page's own styles stand in its elements; scripts come from this host only. What one tries there is sent to this host only.</summary>
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static void UseReferencePage(this WebApplication app)
    {
        app.UseWhen(context => context.Request.Path.StartsWithSegments("/" + Path), branch => branch.Use((context, next) =>
        {
            context.Response.Headers.ContentSecurityPolicy = ContentSecurityPolicy;
            context.Response.Headers.XContentTypeOptions = "nosniff";
            context.Response.Headers["Referrer-Policy"] = "no-referrer";
            return next(context);
        }));
        app.UseSwaggerUI(page =>
        {
            page.RoutePrefix = Path;
            page.DocumentTitle = "DrmHub: API reference";
            page.SwaggerEndpoint("/openapi/v1.json", "DrmHub v1");
            page.EnableTryItOutByDefault();

            // A token that is typed in stays in the page: it is gone with it.
            page.ConfigObject.PersistAuthorization = false;
        });
    }
}
