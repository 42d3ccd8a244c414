using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DrmHub.Benchmarks.Peers;

/// <summary>A peer on Kestrel in a process of its own, as the hub is: this program again, with other words.</summary>
internal sealed class BareServer : IDisposable
{
    private readonly Process _process;

    private BareServer(Process process, Uri address)
    {
        _process = process;
        Address = address;
    }

    /// <summary>Of its only route.</summary>
    public Uri Address { get; }

    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <param name="words">A peer's name, as the program takes it, and what that wants to know.</param>
    public static async Task<BareServer> StartAsync(params string[] words)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true };
        foreach (var argument in (string[])[Path.Combine(AppContext.BaseDirectory, "DrmHub.Benchmarks.dll"), .. words]) start.ArgumentList.Add(argument);
        var process = Process.Start(start)!;
        var line = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException($"The peer {words[0]} ended at once.");
        return new BareServer(process, new Uri(line));
    }

    /// <summary>What the child process runs, until it is ended: one POST route and nothing else.</summary>
    internal static async Task ServeAsync(string path, Delegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        await using var app = builder.Build();
        app.MapPost(path, answer);
        await app.StartAsync();
        Console.WriteLine(new Uri(new Uri(app.Urls.First()), path));
        await app.WaitForShutdownAsync();
    }

    public void Dispose()
    {
        using (var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)])) kill.WaitForExit();
        _process.WaitForExit(10_000);
        _process.Dispose();
    }
}
