using DrmHub.Host.Tokens;
using DrmHub.Music.Packaging;
using Microsoft.AspNetCore.Http.HttpResults;

namespace DrmHub.Host.Listening;

/// <summary>
/// <c>/listen</c>: a page that plays the catalogue as a listener of one tier and shows what the tier gets and why. Development only: it hands out
/// player tokens to whoever can open it.
/// </summary>
internal static class ListenApi
{
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static readonly Dictionary<string, string> Tiers = new(StringComparer.Ordinal) { ["free"] = "demo-free", ["premium"] = "demo-premium", ["lossless"] = "demo-lossless" };

    /// <summary>The listening routes of a hub with both roles; the page only where tokens can be made here, in Development.</summary>
    public static void MapListening(this WebApplication app, LocalTokenKey? tokenKey)
    {
        app.MapQueueLicenses();
        app.MapCheckIns();
        if (!app.Environment.IsDevelopment() || tokenKey is null) return;
        var listen = app.MapGroup("/listen").AllowAnonymous().WithTags("demo").ExcludeFromDescription();
        listen.MapGet("", Page);
        listen.MapGet("/catalogue.json", async (ListeningCatalogue catalogue, CancellationToken cancellationToken) => TypedResults.Ok(await catalogue.ListAsync(cancellationToken)));
        listen.MapGet("/artwork/{id}.svg", Art);
        listen.MapPost("/token", IssueToken);
    }

    private static PhysicalFileHttpResult Page(HttpContext http, IWebHostEnvironment environment)
    {
        http.Response.Headers.ContentSecurityPolicy = ContentSecurityPolicy;
        http.Response.Headers.XContentTypeOptions = "nosniff";
        http.Response.Headers["Referrer-Policy"] = "no-referrer";
        var file = environment.WebRootFileProvider.GetFileInfo("listen/index.html");
        return TypedResults.PhysicalFile(file.PhysicalPath!, "text/html; charset=utf-8");
    }

    private static ContentHttpResult Art(string id, HttpContext http)
    {
        // An SVG that is opened by itself is a page: nothing in it may run.
        http.Response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'";
        http.Response.Headers.XContentTypeOptions = "nosniff";
        return TypedResults.Text(Artwork.Draw(id), "image/svg+xml");
    }

    private static Results<Ok<TokenAnswer>, NotFound> IssueToken(TokenQuestion question, TokenIssuer issuer)
    {
        if (question.Tier is null || !Tiers.TryGetValue(question.Tier, out var subscriber)) return TypedResults.NotFound();
        var device = question.Device is { Length: > 0 and <= 64 } named && named.All(c => char.IsAsciiLetterOrDigit(c) || c == '-') ? named : null;
        return TypedResults.Ok(new TokenAnswer(subscriber, issuer.ForPlayer(new PlayerClaims { Subscriber = subscriber, Device = device, Lifetime = TimeSpan.FromHours(1) })));
    }

    internal sealed record TokenQuestion(string? Tier, string? Device);

    internal sealed record TokenAnswer(string Subscriber, string Token);
}
