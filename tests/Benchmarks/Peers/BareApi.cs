using Microsoft.AspNetCore.Http;

namespace DrmHub.Benchmarks.Peers;

/// <summary>The peer of a route that answers by itself: a minimal API that reads the request and always answers the same bytes.</summary>
internal static class BareApi
{
    private const string Name = "bare-api";

    public static Task<BareServer> StartAsync(byte[] answer, string contentType) => BareServer.StartAsync(Name, Convert.ToBase64String(answer), contentType);

    /// <param name="words">The answer in base64, and its type.</param>
    public static Task ServeAsync(string[] words)
    {
        var (answer, contentType) = (Convert.FromBase64String(words[0]), words[1]);
        return BareServer.ServeAsync("/answer", async (HttpContext http) =>
        {
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body, http.RequestAborted);
            return TypedResults.Bytes(answer, contentType);
        });
    }
}
