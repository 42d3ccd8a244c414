using DrmHub.Host.Tokens;
using Microsoft.AspNetCore.Http.HttpResults;

namespace DrmHub.Host.Demo;

/// <summary>
/// <c>/play</c>: a page that plays the demo title as one of the demo subscribers and shows what the licence granted, what it
/// withheld and why. Development only: it hands out player tokens to whoever can open it.
/// </summary>
internal static class PlayApi
{
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static void MapPlay(this WebApplication app)
    {
        var play = app.MapGroup("/play").AllowAnonymous().WithTags("demo");
        play.MapGet("", Page);
        play.MapGet("/demo.json", DescribeAsync);
        play.MapGet("/media/{track}.mp4", MediaAsync);
        play.MapPost("/token", IssueToken);
        PlaySimulation.Map(play);
    }

    private static PhysicalFileHttpResult Page(HttpContext http, IWebHostEnvironment environment)
    {
        http.Response.Headers.ContentSecurityPolicy = ContentSecurityPolicy;
        http.Response.Headers.XContentTypeOptions = "nosniff";
        http.Response.Headers["Referrer-Policy"] = "no-referrer";
        var file = environment.WebRootFileProvider.GetFileInfo("play/index.html");
        return TypedResults.PhysicalFile(file.PhysicalPath!, "text/html; charset=utf-8");
    }

    private static async Task<Ok<DemoTitle>> DescribeAsync(DemoMedia media, CancellationToken cancellationToken) =>
        TypedResults.Ok(new DemoTitle(DemoData.Title, [.. DemoData.Subscribers.Select(subscriber => subscriber.Id)], await media.DescribeAsync(cancellationToken)));

    private static async Task<Results<FileContentHttpResult, NotFound>> MediaAsync(string track, DemoMedia media, CancellationToken cancellationToken) =>
        await media.FindAsync(track, cancellationToken) is { } bytes ? TypedResults.Bytes(bytes, "video/mp4", enableRangeProcessing: true) : TypedResults.NotFound();

    private static Results<Ok<TokenAnswer>, NotFound> IssueToken(TokenQuestion question, TokenIssuer issuer) =>
        DemoData.Subscribers.Any(subscriber => subscriber.Id == question.Subscriber)
            ? TypedResults.Ok(new TokenAnswer(issuer.ForPlayer(new PlayerClaims { Subscriber = question.Subscriber, Lifetime = TimeSpan.FromMinutes(10) })))
            : TypedResults.NotFound();

    internal sealed record TokenQuestion(string Subscriber);

    internal sealed record TokenAnswer(string Token);

    internal sealed record DemoTitle(string ContentId, IReadOnlyList<string> Subscribers, IReadOnlyList<DemoTrack> Tracks);
}
