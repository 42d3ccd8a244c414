using System.Diagnostics;
using System.Text;
using DrmHub.Testing;

namespace DrmHub.DrmHub.Tests.Commands;

/// <summary>Runs the console examples of docs/cenc.md in a shell and compares what they print.</summary>
public sealed class CencPageTests
{
    [SkippableFact]
    public void The_commands_of_the_page_print_what_the_page_shows()
    {
        Skip.IfNot(File.Exists("/bin/bash"), "bash is not installed");
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["samples"]);
        foreach (var sample in Directory.GetFiles(Path.Combine(Repository.Root, "samples"), "*.mp4")) File.Copy(sample, Path.Combine(folder["samples"], Path.GetFileName(sample)));
        var examples = Examples(File.ReadAllLines(Path.Combine(Repository.Root, "docs", "cenc.md")));

        Assert.InRange(examples.Count, 10, 100);
        foreach (var (command, expected) in examples) Assert.Equal(expected, Run(command, folder.Path));
    }

    private static List<(string Command, string Output)> Examples(string[] lines)
    {
        var examples = new List<(string Command, string Output)>();
        var inside = false;
        foreach (var line in lines)
        {
            if (line.StartsWith("```", StringComparison.Ordinal)) inside = line == "```console";
            else if (inside && line.StartsWith("$ ", StringComparison.Ordinal)) examples.Add((line[2..], ""));
            else if (inside) examples[^1] = (examples[^1].Command, examples[^1].Output + line + "\n");
        }

        return examples;
    }

    private static string Run(string command, string directory)
    {
        var start = new ProcessStartInfo("/bin/bash")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
            WorkingDirectory = directory,
        };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add($"set -o pipefail; drmhub() {{ dotnet '{Path.Combine(AppContext.BaseDirectory, "drmhub.dll")}' \"$@\"; }}; {command}");
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0 && error.Result.Length == 0, $"{command}: exit code {process.ExitCode}, {error.Result}");
        return output;
    }
}
