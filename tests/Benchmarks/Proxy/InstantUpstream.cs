using System.Text.Json;
using DrmHub.Cenc.Pssh;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace DrmHub.Benchmarks.Proxy;

/// <summary>A licence service that answers at once: the same licence of 1 kB, raw at <c>/raw</c> and in Widevine's JSON at <c>/cenc/getlicense</c>.</summary>
internal sealed class InstantUpstream : IAsyncDisposable
{
    private static readonly byte[] License = CreateLicense();
    private static readonly byte[] Answer = JsonSerializer.SerializeToUtf8Bytes(new { status = "OK", message_type = "LICENSE", license = License });
    private static readonly byte[] Device = JsonSerializer.SerializeToUtf8Bytes(new { status = "OK", security_level = 1, system_id = 4445, make = "Acme", model = "Screen" });

    private readonly WebApplication _app;

    private InstantUpstream(WebApplication app) => _app = app;

    public Uri Raw => new(new Uri(_app.Urls.First()), "/raw");

    public Uri Widevine => new(new Uri(_app.Urls.First()), "/cenc/getlicense/bench");

    /// <summary>What it does from now on in place of answering; null while it is well.</summary>
    public Func<HttpContext, Task>? Instead { get; set; }

    /// <summary>Nobody listens at its address any more.</summary>
    public Task StopAsync() => _app.StopAsync(new CancellationToken(canceled: true));

    public static async Task<InstantUpstream> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var upstream = new InstantUpstream(app);
        app.Use((http, next) => upstream.Instead is { } instead ? instead(http) : next(http));
        app.MapPost("/raw", async (HttpContext http) =>
        {
            await DrainAsync(http);
            return TypedResults.Bytes(License, "application/octet-stream");
        });
        app.MapPost("/cenc/getlicense/bench", async (HttpContext http) =>
        {
            using var envelope = await JsonDocument.ParseAsync(http.Request.Body, cancellationToken: http.RequestAborted);
            var message = envelope.RootElement.GetProperty("request").GetBytesFromBase64();
            return TypedResults.Bytes(message.AsSpan().IndexOf("\"parse_only\""u8) >= 0 ? Device : Answer, "application/json");
        });
        await app.StartAsync();
        return upstream;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static async Task DrainAsync(HttpContext http)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body, http.RequestAborted);
    }

    private static byte[] CreateLicense()
    {
        var message = new ProtobufWriter();
        message.Varint(1, 2);
        message.Bytes(2, new byte[1000]);
        return message.ToArray();
    }
}
