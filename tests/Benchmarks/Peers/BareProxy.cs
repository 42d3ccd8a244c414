using Microsoft.AspNetCore.Http;

namespace DrmHub.Benchmarks.Peers;

/// <summary>The peer of a route that forwards: a minimal API that reads a challenge, posts it on with an HttpClient and answers what came.</summary>
internal static class BareProxy
{
    private const string Name = "bare-proxy";

    public static Task<BareServer> StartAsync(Uri upstream) => BareServer.StartAsync(Name, upstream.ToString());

    /// <param name="words">The upstream's address.</param>
    public static async Task ServeAsync(string[] words)
    {
        var upstream = new Uri(words[0]);
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        await BareServer.ServeAsync("/license", async (HttpContext http) =>
        {
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body, http.RequestAborted);
            using var content = new ByteArrayContent(body.GetBuffer(), 0, (int)body.Length);
            using var response = await client.PostAsync(upstream, content, http.RequestAborted);
            return TypedResults.Bytes(await response.Content.ReadAsByteArrayAsync(http.RequestAborted), "application/octet-stream");
        });
    }
}
