using System.Diagnostics;
using System.Text;

namespace DrmHub.DrmHub.Tests.Commands;

/// <summary>Runs the built program as a process, as a shell would.</summary>
internal static class DrmHubProgram
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    public static ProgramResult Run(params string[] args) => Run(args, standardInput: null);

    /// <summary>Starts the program with all three streams redirected; the caller ends it.</summary>
    /// <param name="args">Of the program.</param>
    /// <param name="temporaryFolder">Where it puts temporary files; null for the usual place.</param>
    public static Process Start(string[] args, string? temporaryFolder = null)
    {
        // A shell starts what runs in its background with SIGINT ignored, and that is inherited: a test of Ctrl+C needs it back.
        var start = new ProcessStartInfo(OperatingSystem.IsLinux() ? "env" : "dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardErrorEncoding = Encoding.UTF8,
            WorkingDirectory = Path.GetTempPath(),
        };
        foreach (var word in OperatingSystem.IsLinux() ? (string[])["--default-signal=INT", "dotnet"] : []) start.ArgumentList.Add(word);
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "drmhub.dll"));
        foreach (var arg in args) start.ArgumentList.Add(arg);
        start.Environment["DOTNET_NOLOGO"] = "1";
        if (temporaryFolder is not null) start.Environment["TMPDIR"] = temporaryFolder;
        return Process.Start(start)!;
    }

    public static ProgramResult Run(string[] args, byte[]? standardInput, string? temporaryFolder = null)
    {
        using var process = Start(args, temporaryFolder);
        var error = process.StandardError.ReadToEndAsync();
        using var output = new MemoryStream();
        var copy = process.StandardOutput.BaseStream.CopyToAsync(output);
        try
        {
            if (standardInput is not null) process.StandardInput.BaseStream.Write(standardInput);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The program ended without reading all of its input.
        }

        if (!process.WaitForExit(Limit))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException("drmhub does not end: " + string.Join(' ', args));
        }

        copy.GetAwaiter().GetResult();
        return new ProgramResult(process.ExitCode, output.ToArray(), error.GetAwaiter().GetResult());
    }
}

internal sealed record ProgramResult(int ExitCode, byte[] OutputBytes, string Error)
{
    public string Output => Encoding.UTF8.GetString(OutputBytes);

    /// <summary>Standard output of a run that must have gone well.</summary>
    public string Succeeded()
    {
        SucceededQuietly();
        return Output;
    }

    /// <summary>Nothing may appear on a standard error that is no terminal.</summary>
    public void SucceededQuietly()
    {
        Assert.True(ExitCode == 0, $"exit code {ExitCode}: {Error}");
        Assert.Equal("", Error);
    }

    /// <summary>Standard error of a run that must have been refused: exactly one line.</summary>
    public string Refused(int exitCode = 1)
    {
        Assert.Equal(exitCode, ExitCode);
        Assert.DoesNotContain("Unhandled", Error, StringComparison.Ordinal);
        if (exitCode == 1) Assert.Single(Error.TrimEnd().Split('\n'));
        return Error;
    }
}
