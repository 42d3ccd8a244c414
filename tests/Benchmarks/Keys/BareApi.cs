using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace DrmHub.Benchmarks.Keys;

/// <summary>A minimal API that reads the body and answers fixed bytes: what the server and the load generator cost by themselves.</summary>
internal sealed class BareApi : IAsyncDisposable
{
    private readonly WebApplication _app;

    private BareApi(WebApplication app) => _app = app;

    public Uri Address => new(new Uri(_app.Urls.First()), "/speke");

    public static async Task<BareApi> StartAsync(byte[] answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.MapPost("/speke", async (HttpContext http) =>
        {
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body, http.RequestAborted);
            return TypedResults.Bytes(answer, "application/xml");
        });
        await app.StartAsync();
        return new BareApi(app);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
