using System.Diagnostics;

namespace DrmHub.Cenc.Tests.Interop;

/// <summary>The tools that files are proven against. A test whose tool is absent is skipped.</summary>
internal static class Tools
{
    private static readonly string? s_packager = Find("SHAKA_PACKAGER", "packager", Path.Combine("node_modules", "shaka-packager", "bin", "packager-linux-x64"));
    private static readonly string? s_ffmpeg = Find("FFMPEG", "ffmpeg", null);

    public static string Packager
    {
        get
        {
            Skip.If(s_packager is null, "Shaka Packager is not installed (SHAKA_PACKAGER, or npm install in tests)");
            return s_packager!;
        }
    }

    public static string Ffmpeg
    {
        get
        {
            Skip.If(s_ffmpeg is null, "ffmpeg is not installed");
            return s_ffmpeg!;
        }
    }

    /// <summary>Runs a tool to its end; fails the test unless it exits with 0.</summary>
    public static string Run(string tool, params string[] arguments)
    {
        var (code, output, error) = TryRun(tool, arguments);
        Assert.True(code == 0, $"{Path.GetFileName(tool)} {string.Join(' ', arguments)}\nexit {code}\n{error}");
        return output;
    }

    public static (int Code, string Output, string Error) TryRun(string tool, params string[] arguments)
    {
        var start = new ProcessStartInfo(tool) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }

    /// <summary>ffmpeg's digest of the packets of each stream, decrypted by <paramref name="key"/> if there is one.</summary>
    public static string StreamHash(string file, string? key = null) => Run(
        Ffmpeg, [.. key is null ? Array.Empty<string>() : ["-decryption_key", key], "-v", "error", "-i", file, "-map", "0", "-c", "copy", "-f", "streamhash", "-hash", "md5", "-"]);

    private static string? Find(string variable, string name, string? inTests)
    {
        if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } path && File.Exists(path)) return path;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null && inTests is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "tests", inTests);
            if (File.Exists(candidate)) return candidate;
        }
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
    }
}

/// <summary>A folder that goes away with the test.</summary>
internal sealed class Scratch : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("drmhub-cenc-");

    public string this[string name] => Path.Combine(_folder.FullName, name);

    public string Write(string name, byte[] bytes)
    {
        File.WriteAllBytes(this[name], bytes);
        return this[name];
    }

    public byte[] Read(string name) => File.ReadAllBytes(this[name]);

    public void Dispose() => _folder.Delete(recursive: true);
}
