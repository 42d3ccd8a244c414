using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace DrmHub.LicenseProxy.Tests.Upstreams;

/// <summary>A licence service on a loopback port of its own that does what the test says, and counts.</summary>
internal sealed class TestUpstream : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _asked;

    private TestUpstream(WebApplication app) => _app = app;

    public int Asked => Volatile.Read(ref _asked);

    /// <summary>What it does with a request; may be changed while it runs.</summary>
    public RequestDelegate Behaviour { get; set; } = http => http.Response.WriteAsync("licence");

    public Uri Url => new(new Uri(_app.Urls.First()), "/license");

    public static async Task<TestUpstream> StartAsync(RequestDelegate? behaviour = null, X509Certificate2? certificate = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen =>
        {
            if (certificate is not null) listen.UseHttps(certificate);
        }));
        var app = builder.Build();
        var upstream = new TestUpstream(app);
        if (behaviour is not null) upstream.Behaviour = behaviour;
        app.Run(http =>
        {
            Interlocked.Increment(ref upstream._asked);
            return upstream.Behaviour(http);
        });
        await app.StartAsync();
        return upstream;
    }

    public static RequestDelegate Answers(string text) => http => http.Response.WriteAsync(text);

    public static RequestDelegate Fails(int status) => http =>
    {
        http.Response.StatusCode = status;
        return Task.CompletedTask;
    };

    /// <summary>Never answers, until the caller goes.</summary>
    /// <param name="asked">What happens as soon as the request is here, for example that time passes.</param>
    public static RequestDelegate Hangs(Action? asked = null) => http =>
    {
        var gone = Task.Delay(Timeout.Infinite, http.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        asked?.Invoke();
        return gone;
    };

    /// <summary>Sends half of what it announces and then hangs, or hangs up.</summary>
    /// <param name="sent">What happens after the half.</param>
    public static RequestDelegate Halves(bool hangsUp, Action? sent = null) => async http =>
    {
        http.Response.ContentLength = 100;
        await http.Response.WriteAsync("half");
        await http.Response.Body.FlushAsync();
        if (hangsUp) http.Abort();
        else await Hangs(sent)(http);
    };

    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.Zero);
        try
        {
            await _app.StopAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            // Hanging requests are ended with it.
        }

        await _app.DisposeAsync();
    }
}
