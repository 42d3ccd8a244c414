using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DrmHub.Benchmarks.Proxy;

/// <summary>The peer: a minimal API that reads a challenge, posts it on with an HttpClient and answers what came. In a process of its own, like the hub.</summary>
internal sealed class BareProxy : IDisposable
{
    private readonly Process _process;

    private BareProxy(Process process, Uri address)
    {
        _process = process;
        Address = address;
    }

    public Uri Address { get; }

    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public static async Task<BareProxy> StartAsync(Uri upstream)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true };
        foreach (var argument in (string[])[Path.Combine(AppContext.BaseDirectory, "DrmHub.Benchmarks.dll"), "bare-proxy", upstream.ToString()]) start.ArgumentList.Add(argument);
        var process = Process.Start(start)!;
        var line = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The bare proxy ended at once.");
        return new BareProxy(process, new Uri(line));
    }

    /// <summary>What the child process runs, until it is ended.</summary>
    public static async Task ServeAsync(Uri upstream)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        await using var app = builder.Build();
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        app.MapPost("/license", async (HttpContext http) =>
        {
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body, http.RequestAborted);
            using var content = new ByteArrayContent(body.GetBuffer(), 0, (int)body.Length);
            using var response = await client.PostAsync(upstream, content, http.RequestAborted);
            return TypedResults.Bytes(await response.Content.ReadAsByteArrayAsync(http.RequestAborted), "application/octet-stream");
        });
        await app.StartAsync();
        Console.WriteLine(new Uri(new Uri(app.Urls.First()), "/license"));
        await app.WaitForShutdownAsync();
    }

    public void Dispose()
    {
        using (var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)])) kill.WaitForExit();
        _process.WaitForExit(10_000);
        _process.Dispose();
    }
}
