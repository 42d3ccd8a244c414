using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using System.Net;
using System.Text.Json;
using DrmHub.Testing;

namespace DrmHub.EndToEnd.Tests.Container;

/// <summary>The image that docs/deployment.md makes: what it says of itself, and that what is in it runs as its user with nothing but its data directory to write to.</summary>
public sealed class ContainerImageTests
{
    private const string User = "1654";

    [SkippableFact]
    public async Task The_image_is_not_root_and_what_is_in_it_runs_without_writing_beside_its_data()
    {
        Skip.If(!OperatingSystem.IsLinux(), "Images are for Linux.");
        using var folder = new TemporaryFolder();
        await using var registry = await BaseImageRegistry.StartAsync();
        var (code, output, error) = await Tools.RunAsync("env",
        [
            $"DOTNET_CONTAINER_INSECURE_REGISTRIES={registry.Host}", "dotnet", "publish", Path.Combine(Repository.Root, "src/DrmHub"), "-c", "Release", "--no-build", "-t:PublishContainer", "-m:1", "-nodeReuse:false", "--nologo",
            $"-p:ContainerBaseImage={registry.Image}", $"-p:ContainerArchiveOutputPath={folder["image.tar.gz"]}", $"-p:PublishDir={folder["publish"]}/",
        ]);
        Assert.True(code == 0, output + error);

        var image = folder["image"];
        Unpack(folder["image.tar.gz"], image);
        using var manifest = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(image, "manifest.json")));
        Assert.StartsWith("drmhub:", manifest.RootElement[0].GetProperty("RepoTags")[0].GetString(), StringComparison.Ordinal);
        using var described = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(image, manifest.RootElement[0].GetProperty("Config").GetString()!)));
        var config = described.RootElement.GetProperty("config");
        Assert.Equal(User, config.GetProperty("User").GetString());
        Assert.Equal(["8080/tcp"], config.GetProperty("ExposedPorts").EnumerateObject().Select(port => port.Name));
        Assert.Contains("DOTNET_EnableDiagnostics=0", config.GetProperty("Env").EnumerateArray().Select(one => one.GetString()));
        Assert.Equal(["serve", "--data", "/data", "--urls", "http://0.0.0.0:8080"], config.GetProperty("Cmd").EnumerateArray().Select(one => one.GetString()));
        Assert.EndsWith("drmhub.dll", config.GetProperty("Entrypoint").EnumerateArray().Last().GetString(), StringComparison.Ordinal);

        var root = folder["root"];
        foreach (var layer in manifest.RootElement[0].GetProperty("Layers").EnumerateArray()) Unpack(Path.Combine(image, layer.GetString()!), root);
        var files = Directory.GetFiles(root, "*", SearchOption.AllDirectories);
        Assert.DoesNotContain(files, file => file.EndsWith(".pem", StringComparison.Ordinal) || file.EndsWith("master.key", StringComparison.Ordinal) || file.EndsWith(".db", StringComparison.Ordinal));
        await RunAsync(folder, root);
    }

    /// <summary>Runs the program as the image's user, who owns its data directory alone.</summary>
    private static async Task RunAsync(TemporaryFolder folder, string root)
    {
        Skip.If(Environment.UserName != "root", "Needs root to become the image's user.");
        Directory.CreateDirectory(folder["data"]);
        foreach (var (program, words) in ((string, string[])[])[("chown", [User, folder["data"]]), ("chmod", ["-R", "a+rX,go-w", folder.Path])])
            Assert.Equal(0, (await Tools.RunAsync(program, words)).ExitCode);
        var before = Directory.GetFileSystemEntries(root, "*", SearchOption.AllDirectories).Order().ToList();
        var start = new ProcessStartInfo("setpriv") { RedirectStandardOutput = true, WorkingDirectory = root };
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        start.Environment["HOME"] = "/nonexistent";
        foreach (var word in (string[])["--reuid=" + User, "--regid=" + User, "--clear-groups", "--no-new-privs", "--bounding-set=-all", "dotnet", Path.Combine(root, "app", "drmhub.dll"), "serve", "--data", folder["data"], "--urls", "http://127.0.0.1:0"])
            start.ArgumentList.Add(word);
        using var process = Process.Start(start)!;
        try
        {
            string? line;
            do line = await process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60));
            while (line is not null && !line.StartsWith("Ready on ", StringComparison.Ordinal));
            Assert.NotNull(line);
            using var http = new HttpClient { BaseAddress = new Uri(line["Ready on ".Length..]) };
            Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/health/ready")).StatusCode);
            Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/console")).StatusCode);
            Assert.Equal(before, Directory.GetFileSystemEntries(root, "*", SearchOption.AllDirectories).Order());
        }
        finally
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
        }
    }

    private static void Unpack(string archive, string folder)
    {
        Directory.CreateDirectory(folder);
        using var file = File.OpenRead(archive);
        var isPacked = file.ReadByte() == 0x1F;
        file.Position = 0;
        using Stream plain = isPacked ? new GZipStream(file, CompressionMode.Decompress) : file;
        TarFile.ExtractToDirectory(plain, folder, overwriteFiles: true);
    }
}
