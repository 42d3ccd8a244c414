using System.Diagnostics;
using DrmHub.Testing;

namespace DrmHub.EndToEnd.Tests;

/// <summary>The real programs that the tests run against. A test that needs one is skipped visibly where it is absent.</summary>
internal static class Tools
{
    private static readonly string Modules = Path.Combine(Repository.Root, "tests", "node_modules");

    public static string? ShakaPackager { get; } = Existing(Path.Combine(Modules, "shaka-packager", "bin", "packager-linux-x64"));

    public static string? ShakaPlayer { get; } = Existing(Path.Combine(Modules, "shaka-player", "dist", "shaka-player.compiled.js"));

    public static string? Axe { get; } = Existing(Path.Combine(Modules, "axe-core", "axe.min.js"));

    public static string? Chromium { get; } = Existing("/usr/bin/chromium");

    public static string Sample(string name) => Path.Combine(Repository.Root, "samples", name);

    /// <summary>Runs a program to its end, at most two minutes.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(string program, IEnumerable<string> arguments, string? directory = null)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = directory ?? "" };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var error = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await output, await error);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }

    private static string? Existing(string path) => File.Exists(path) ? path : null;
}
