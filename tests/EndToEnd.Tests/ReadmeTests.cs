using System.Text;
using System.Text.RegularExpressions;
using DrmHub.Testing;

namespace DrmHub.EndToEnd.Tests;

/// <summary>The README's commands, run as they stand. Only the hub's address and its data directory are put in.</summary>
public sealed partial class ReadmeTests
{
    [SkippableFact]
    public async Task The_five_minutes_work_as_written()
    {
        Skip.If(Tools.ShakaPackager is null, "Needs shaka-packager: tests/run installs it.");
        var readme = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "README.md"));
        var blocks = ShellBlock().Matches(readme).Select(match => match.Groups[1].Value).ToList();
        Assert.Equal(["dotnet run --project src/DrmHub\n", "tests/run\n"], blocks[..2]);

        await using var hub = await HubProcess.StartAsync();
        using var folder = new TemporaryFolder();
        foreach (var name in (string[])["samples", "src", "tests"])
            Directory.CreateSymbolicLink(Path.Combine(folder.Path, name), Path.Combine(Repository.Root, name));

        // "dotnet run --project src/DrmHub -- X" becomes the built program with the data directory of the hub that is running,
        // and npm's installation is the one that the tests use already.
        var script = new StringBuilder()
            .AppendLine("set -euo pipefail")
            .AppendLine("npm() { test \"$*\" = 'ci --prefix tests'; }")
            .AppendLine($"dotnet() {{ test \"$1 $2 $3 $4\" = 'run --project src/DrmHub --'; shift 4; command dotnet '{Path.Combine(AppContext.BaseDirectory, "drmhub.dll")}' \"$@\" $(case $1 in token) echo --data '{hub.Data}';; esac); }}");
        foreach (var block in blocks.Skip(2)) script.AppendLine(block.Replace("http://127.0.0.1:5080", hub.Address.AbsoluteUri.TrimEnd('/'), StringComparison.Ordinal)).AppendLine("echo '=====block====='");
        var (exitCode, output, error) = await Tools.RunAsync("bash", ["-c", script.ToString()], folder.Path);

        Assert.True(exitCode == 0, output + error);
        var answers = output.Split("=====block=====", StringSplitOptions.TrimEntries);
        Assert.Equal(5, answers.Length - 1);
        Assert.Contains("Widevine", answers[2], StringComparison.OrdinalIgnoreCase);
        Assert.StartsWith("ey", answers[3], StringComparison.Ordinal);
        Assert.Contains("\"keys.issued\"", answers[4], StringComparison.Ordinal);

        await using var player = await PlayerPage.OpenAsync(Path.Combine(folder.Path, "walk"));
        var measure = await player.PlayAsync(hub, "dash.mpd", answers[3]);
        Assert.Null(measure.Error);
        Assert.Equal(640, measure.Width);
    }

    [Fact]
    public async Task Dotnet_run_stays_in_the_folder_of_the_user()
    {
        var (exitCode, output, error) = await Tools.RunAsync("dotnet", ["msbuild", Path.Combine(Repository.Root, "src", "DrmHub", "DrmHub.csproj"), "-getProperty:RunWorkingDirectory"]);
        Assert.True(exitCode == 0, error);
        Assert.Empty(output.Trim());
    }

    [GeneratedRegex("```sh\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex ShellBlock();
}
