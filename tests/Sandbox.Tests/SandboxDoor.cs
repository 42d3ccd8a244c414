using DrmHub.Sandbox.Devices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace DrmHub.Sandbox.Tests;

/// <summary>The simulated services over HTTP, with a clock that the test sets.</summary>
internal sealed class SandboxDoor : IAsyncDisposable
{
    private readonly WebApplication _app;

    private SandboxDoor(WebApplication app, FakeTimeProvider time)
    {
        _app = app;
        Time = time;
        Http = app.GetTestClient();
    }

    public FakeTimeProvider Time { get; }

    public HttpClient Http { get; }

    public static async Task<SandboxDoor> OpenAsync()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero));
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseTestServer();
        builder.Services.AddSingleton<TimeProvider>(time).AddProblemDetails().AddSandbox();
        var app = builder.Build();
        app.MapSandbox();
        await app.StartAsync();
        return new SandboxDoor(app, time);
    }

    /// <summary>Sends what a device would send to a licence server that forwards everything.</summary>
    public async Task<HttpResponseMessage> PostAsync(string url, DeviceChallenge challenge)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(challenge.Body) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", challenge.ContentType);
        foreach (var (name, value) in challenge.Headers) request.Headers.TryAddWithoutValidation(name, value);
        return await Http.SendAsync(request);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
    }
}
