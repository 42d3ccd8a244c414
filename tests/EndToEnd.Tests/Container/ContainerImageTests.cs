using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using System.Net;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
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
        await RunAsync(folder, root, config);
    }

    /// <summary>
    /// Starts the image's own command as its user, in a root directory that nobody can write to: what the image brings, over the system directories of this machine in the place
    /// of its base image. Only /data is the user's, and /proc and /dev are there, as a container engine makes it.
    /// </summary>
    private const string Run = """
        set -e
        mount -t tmpfs -o mode=755 tmpfs "$ROOT"
        for d in bin lib lib64 usr etc app; do
          if [ $d = app ]; then from="$IMAGE/app"; else from=/$d; fi
          [ -d "$from" ] || continue
          mkdir -p "$ROOT/$d"; mount --bind "$from" "$ROOT/$d"; mount -o remount,bind,ro "$ROOT/$d"
        done
        if [ ! -e "$ROOT$RUNTIME" ]; then mkdir -p "$ROOT$RUNTIME"; mount --bind "$RUNTIME" "$ROOT$RUNTIME"; mount -o remount,bind,ro "$ROOT$RUNTIME"; fi
        mkdir "$ROOT/data" "$ROOT/proc" "$ROOT/dev" "$ROOT/tmp" "$ROOT/run" "$ROOT/run/config"
        mount --bind "$DATA" "$ROOT/data"; mount --bind "$SETTINGS" "$ROOT/run/config"; mount -o remount,bind,ro "$ROOT/run/config"
        mount --rbind /proc "$ROOT/proc"; mount --rbind /dev "$ROOT/dev"
        mount -o remount,ro "$ROOT"
        for d in / /app /tmp /usr /etc; do if touch "$ROOT$d/written" 2>/dev/null; then echo "$d can be written to" >&2; exit 9; fi; done
        exec chroot "$ROOT" setpriv --reuid=$USER_ID --regid=$USER_ID --clear-groups --no-new-privs --bounding-set=-all env -i "$@"
        """;

    private static async Task RunAsync(TemporaryFolder folder, string root, JsonElement config)
    {
        Skip.If(Environment.UserName != "root" || (await Tools.RunAsync("unshare", ["--mount", "true"])).ExitCode != 0, "Needs root to become the image's user, and the right to mount.");
        foreach (var name in (string[])["data", "settings", "mount"]) Directory.CreateDirectory(folder[name]);
        using (var issuer = ECDsa.Create(ECCurve.NamedCurves.nistP256)) await File.WriteAllTextAsync(Path.Combine(folder["settings"], "issuer.pem"), issuer.ExportSubjectPublicKeyInfoPem());
        foreach (var (program, words) in ((string, string[])[])[("chown", [User, folder["data"]]), ("chmod", ["-R", "a+rX,go-w", folder.Path])])
            Assert.Equal(0, (await Tools.RunAsync(program, words)).ExitCode);
        string[] Words(string name) => [.. config.GetProperty(name).EnumerateArray().Select(word => word.GetString()!)];
        var command = Words("Entrypoint").Concat(Words("Cmd")).Select(word => word == "http://0.0.0.0:8080" ? "http://127.0.0.1:0" : word).ToList();
        var runtime = Path.GetFullPath("../../..", RuntimeEnvironment.GetRuntimeDirectory());
        if (command[0] == "dotnet") command[0] = Path.Combine(runtime, "dotnet");
        string[] settings =
        [
            "ASPNETCORE_ENVIRONMENT=Production", "PublicUrl=https://drm.example.net", "Tokens__Issuer=https://login.example.net/", "Tokens__PublicKeyFiles__0=/run/config/issuer.pem",
            "KeyService__AllowUnsigned=false", "Vault__MasterKey__AllowFileInProduction=true",
        ];
        var start = new ProcessStartInfo("unshare") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in ((string, string)[])[("ROOT", folder["mount"]), ("IMAGE", root), ("DATA", folder["data"]), ("SETTINGS", folder["settings"]), ("RUNTIME", runtime.TrimEnd('/')), ("USER_ID", User)]) start.Environment[name] = value;
        foreach (var word in (string[])["--mount", "--propagation", "private", "sh", "-c", Run, "sh", .. Words("Env"), .. settings, .. command]) start.ArgumentList.Add(word);
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        try
        {
            string? line;
            do line = await process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60));
            while (line is not null && !line.StartsWith("Ready on ", StringComparison.Ordinal));
            Assert.True(line is not null, line is null ? await error : "");
            using var http = new HttpClient { BaseAddress = new Uri(line!["Ready on ".Length..]) };
            foreach (var path in (string[])["/health/ready", "/console/sign-in", "/docs", "/audit/checkpoint"]) Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(path)).StatusCode);
            Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync("/cpix/title")).StatusCode);

            // What it wrote is there, and it is its own.
            Assert.True(File.Exists(Path.Combine(folder["data"], "drmhub.db")));
            Assert.Equal(User, (await Tools.RunAsync("stat", ["-c", "%u", Path.Combine(folder["data"], "drmhub.db")])).Output.Trim());
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
