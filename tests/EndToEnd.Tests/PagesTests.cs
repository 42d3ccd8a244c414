using System.Text;
using System.Text.RegularExpressions;
using DrmHub.Testing;

namespace DrmHub.EndToEnd.Tests;

/// <summary>
/// The commands of the pages under docs/, run as they stand against one hub, whose address is put in. ReadmeTests runs the README's, CencPageTests those of cenc.md, ScalePageTests the plan,
/// ContainerImageTests the image; systemctl, kubectl, builds and benchmarks are not run here.
/// </summary>
public sealed partial class PagesTests
{
    /// <summary>Lines that need a program which is not here, or stand for an address that is not.</summary>
    private static readonly string[] Elsewhere = ["https://HUB", "--enable_cpix_encryption", "mp4split", "mp4fragment", "mp4encrypt", "mp4decrypt"];

    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "drmhub.dll");

    /// <summary>contributing.md builds, tests and measures; deployment.md installs.</summary>
    private static readonly string[] Others = ["contributing", "deployment"];

    [Fact]
    public void No_page_with_commands_is_left_out()
    {
        var run = typeof(PagesTests).GetMethod(nameof(The_commands_of_a_page_work_as_written))!.GetCustomAttributes(typeof(InlineDataAttribute), false).Cast<InlineDataAttribute>().Select(data => (string)data.GetData(null!).Single()[0]);
        var pages = Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md").Where(file => ShellBlock().IsMatch(File.ReadAllText(file))).Select(file => Path.GetFileNameWithoutExtension(file));

        Assert.Equal(pages.Order(), run.Concat(Others).Order());
    }

    [SkippableTheory]
    [InlineData("console")]
    [InlineData("music")]
    [InlineData("packagers")]
    [InlineData("rights")]
    [InlineData("sandbox")]
    [InlineData("scale")]
    [InlineData("vault")]
    public async Task The_commands_of_a_page_work_as_written(string name)
    {
        var page = await File.ReadAllTextAsync(Path.Combine(Repository.Root, $"docs/{name}.md"));
        var lines = ShellBlock().Matches(page).SelectMany(block => block.Groups[1].Value.Replace("\\\n", " ", StringComparison.Ordinal).Split('\n'))
            .Where(line => !Elsewhere.Any(word => line.Contains(word, StringComparison.Ordinal))).ToList();
        Assert.Contains(lines, line => line.Contains("drmhub", StringComparison.Ordinal) || line.Contains("curl", StringComparison.Ordinal));
        Skip.If(Tools.ShakaPackager is null && (name is "packagers" or "sandbox"), "Needs shaka-packager: tests/run installs it.");

        using var folder = new TemporaryFolder();
        await using var hub = await HubProcess.StartAsync(null, "--Limits:SubscriberPerSecond=0");
        await PrepareAsync(name, page, folder, hub);
        var script = new StringBuilder()
            .AppendLine("set -euo pipefail")
            .AppendLine($"packager() {{ '{Tools.ShakaPackager}' \"$@\"; }}")
            .AppendLine($"drmhub() {{ dotnet '{Program}' \"$@\" $(case $1 in token|load|music) echo --data '{hub.Data}';; esac); }}")
            .AppendLine($"TOKEN=$(drmhub token admin --role keys.request,keys.admin,rights.read,rights.write,audit.read)");
        foreach (var line in lines) script.AppendLine(ToRun(line, hub));
        var (code, output, error) = await Tools.RunAsync("bash", ["-c", script.ToString()], folder.Path);

        Assert.True(code == 0, script + output + error);
        Assert.DoesNotContain("\"status\":4", output, StringComparison.Ordinal);
    }

    /// <summary>What the page's reader has already: the clips, the message of a licensor, the walk of the README, the document that stands in the page.</summary>
    private static async Task PrepareAsync(string name, string page, TemporaryFolder folder, HubProcess hub)
    {
        File.Copy(Tools.Sample("demo-sd.mp4"), folder["video.mp4"]);
        File.Copy(Tools.Sample("demo-audio.mp4"), folder["audio.mp4"]);
        if (name == "music") await File.WriteAllTextAsync(folder["album.xml"], new ErnSample().ToString());
        if (name == "rights") await File.WriteAllTextAsync(folder["khoj.json"], JsonBlock().Match(page).Groups[1].Value);
        if (name != "sandbox") return;
        Directory.CreateDirectory(folder["walk"]);
        var (code, _, error) = await new Packaging { ContentId = "demo-title" }.RunAsync(hub, folder["walk"]);
        Assert.True(code == 0, error);
    }

    /// <summary>With this hub's address; audiences are cut down to what a test has time for, and a program that serves is left running and stopped at the end.</summary>
    private static string ToRun(string line, HubProcess hub)
    {
        var address = hub.Address.Authority;
        line = line.Replace("http://127.0.0.1:5090/", "http://$SANDBOX/", StringComparison.Ordinal);
        line = Ports().Replace(line.Replace("127.0.0.1:5080", address, StringComparison.Ordinal), address);
        if (line.StartsWith("drmhub load", StringComparison.Ordinal)) line = Audience().Replace(line, match => $"{match.Groups[1].Value} {(match.Groups[1].Value == "--players" ? "40" : match.Groups[1].Value == "--duration" ? "6s" : "2s")}");
        if (!line.StartsWith("drmhub sandbox --urls", StringComparison.Ordinal)) return line;
        var port = PostgresFixture.FreePort();
        return $"""
            dotnet '{Program}' sandbox --urls http://127.0.0.1:{port} >/dev/null & trap "kill $!" EXIT
            SANDBOX=127.0.0.1:{port}
            for i in $(seq 100); do curl -s -o /dev/null http://$SANDBOX/ && break; sleep 0.2; done
            """;
    }

    [GeneratedRegex("^```sh\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex ShellBlock();

    [GeneratedRegex("^```json\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex JsonBlock();

    [GeneratedRegex(@"127\.0\.0\.1:97\d\d")]
    private static partial Regex Ports();

    [GeneratedRegex("(--players|--ramp|--duration|--renewal|--stay) [0-9a-z]+")]
    private static partial Regex Audience();
}
