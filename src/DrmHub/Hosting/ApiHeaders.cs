namespace DrmHub.Host.Hosting;

/// <summary>
/// What every answer carries where its route sets nothing else: its type is not guessed, no address is told on, and what was asked for with a credential, or
/// changed something, is kept by nobody. HSTS comes from the framework, in production over https.
/// </summary>
internal static class ApiHeaders
{
    /// <summary>Keys are given out here, some for a signature or a client certificate alone.</summary>
    private static readonly PathString[] s_keyPaths = ["/admin", "/cenc", "/cpix", "/license", "/playready", "/sessions", "/speke"];

    public static IApplicationBuilder UseApiHeaders(this IApplicationBuilder app) => app.Use((http, next) =>
    {
        // On starting, because an error page begins with cleared headers; and last of all, because the first who registers runs last.
        http.Response.OnStarting(static state => AddAsync((HttpContext)state), http);
        return next(http);
    });

    private static Task AddAsync(HttpContext http)
    {
        var headers = http.Response.Headers;
        if (headers.XContentTypeOptions.Count == 0) headers.XContentTypeOptions = "nosniff";
        if (!headers.ContainsKey("Referrer-Policy")) headers["Referrer-Policy"] = "no-referrer";
        if (headers.CacheControl.Count == 0 && IsPrivate(http.Request)) headers.CacheControl = "no-store";
        return Task.CompletedTask;
    }

    private static bool IsPrivate(HttpRequest request) =>
        request.Headers.Authorization.Count > 0
        || !(HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
        || s_keyPaths.Any(path => request.Path.StartsWithSegments(path));
}
