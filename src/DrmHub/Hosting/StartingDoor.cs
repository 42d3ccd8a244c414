using System.Text.Json;

namespace DrmHub.Host.Hosting;

/// <summary>
/// Answers at the hub's addresses while its start takes long, above all while it waits for its database, so that a node which starts can be told from one
/// that is broken: <c>/health/live</c> 200, everything else 503 <c>{"status":"starting"}</c> with Retry-After. A start that is quick never opens it.
/// </summary>
internal sealed class StartingDoor : IAsyncDisposable
{
    private static readonly TimeSpan s_long = TimeSpan.FromSeconds(2);
    private static readonly byte[] s_starting = JsonSerializer.SerializeToUtf8Bytes(new { status = "starting" });

    private readonly CancellationTokenSource _open = new();
    private readonly Task<WebApplication?> _door;

    private StartingDoor(HubSettings settings, TimeProvider time) => _door = OpenAsync(settings, time, _open.Token);

    public static StartingDoor Begin(HubSettings settings, TimeProvider time) => new(settings, time);

    /// <summary>Closes it, so that the hub itself can listen.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_open.IsCancellationRequested) return;
        await _open.CancelAsync();
        var opened = await _door;
        _open.Dispose();
        if (opened is not { } door) return;
        await door.StopAsync(new CancellationToken(canceled: true));
        await door.DisposeAsync();
    }

    private static async Task<WebApplication?> OpenAsync(HubSettings settings, TimeProvider time, CancellationToken cancellationToken)
    {
        WebApplication? door = null;
        try
        {
            await Task.Delay(s_long, time, cancellationToken);
            var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory, EnvironmentName = settings.EnvironmentName, Args = [.. settings.Configuration] });
            ConfiguredSecrets.Resolve(builder.Configuration, builder.Configuration);
            builder.Logging.ClearProviders();
            builder.WebHost.UseKestrelHttpsConfiguration().UseUrls(settings.Urls).ConfigureKestrel(kestrel => ConnectionLimits.Configure(kestrel, builder.Configuration));
            door = builder.Build();
            door.Run(AnswerAsync);
            await door.StartAsync(cancellationToken);
            return door;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // What is wrong with the addresses or certificates, the hub says when it listens itself; until then it goes without this door.
            if (door is not null) await door.DisposeAsync();
            return null;
        }
    }

    private static Task AnswerAsync(HttpContext http)
    {
        http.Response.Headers.XContentTypeOptions = "nosniff";
        if (http.Request.Path == "/health/live") return http.Response.WriteAsync("live");
        http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        http.Response.Headers.RetryAfter = "2";
        http.Response.Headers.CacheControl = "no-store";
        http.Response.ContentType = "application/json";
        return http.Response.Body.WriteAsync(s_starting).AsTask();
    }
}
