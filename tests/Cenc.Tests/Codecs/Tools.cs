using System.Diagnostics;

namespace DrmHub.Cenc.Tests.Codecs;

/// <summary>The real tools that tests compare with; where one is absent the test is skipped visibly.</summary>
internal static class Tools
{
    // An encoder that hangs must not hang the tests: it is ended, and fails by its exit code.
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(3);

    public static void FFmpeg(params string[] arguments) =>
        Run(Find("ffmpeg") ?? throw Absent("ffmpeg"), ["-hide_banner", "-nostdin", "-v", "error", "-y", .. arguments]);

    /// <summary>aomenc or vpxenc: Debian's aom-tools and vpx-tools.</summary>
    public static void Encoder(string name, params string[] arguments) => Run(Find(name) ?? throw Absent(name), arguments);

    /// <summary>Runs Shaka Packager, found by SHAKA_PACKAGER, in tests/node_modules or on the path.</summary>
    public static void Packager(params string[] arguments) =>
        Run(FindPackager() ?? throw Absent("Shaka Packager"), [.. arguments, "--quiet"]);

    private static SkipException Absent(string tool) => new SkipException($"{tool} is not here.");

    private static string? FindPackager()
    {
        if (Environment.GetEnvironmentVariable("SHAKA_PACKAGER") is { Length: > 0 } named && File.Exists(named)) return named;
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            var installed = Path.Combine(directory.FullName, "tests", "node_modules", "shaka-packager", "bin", "packager-linux-x64");
            if (File.Exists(installed)) return installed;
        }

        return Find("packager") ?? Find("packager-linux-x64");
    }

    public static string? Find(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    private static void Run(string tool, string[] arguments)
    {
        var (exitCode, error) = Start(tool, arguments);
        Assert.True(exitCode == 0, $"{Path.GetFileName(tool)} {string.Join(' ', arguments)}: {error}");
    }

    private static (int ExitCode, string Error) Start(string tool, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(tool, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(s_patience))
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
        }

        return (process.ExitCode, error.Result + output.Result);
    }
}
