using System.Diagnostics;
using DrmHub.Music;
using DrmHub.Music.Catalogue;
using DrmHub.Music.Packaging;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Catalogue;
using DrmHub.Vault.Keys;
using DrmHub.Vault.Storage;

namespace DrmHub.Benchmarks.Music;

/// <summary>
/// <c>drmhub music ingest</c> of sound that is right already (nothing is encoded), in multiples of real time, with and without measuring loudness, beside
/// ffmpeg and Shaka Packager that encrypt the same file. Arguments: <c>[--minutes 60]</c>. Needs ffmpeg for the file; SHAKA_PACKAGER for that peer.
/// </summary>
public static class PackagingBenchmark
{
    private const int Rounds = 3;

    public static async Task<int> RunAsync(string[] args)
    {
        var minutes = args is ["--minutes", var text] ? int.Parse(text, System.Globalization.CultureInfo.InvariantCulture) : 60;
        var folder = Directory.CreateTempSubdirectory("drmhub-bench-").FullName;
        try
        {
            var input = Path.Combine(folder, "input.mp4");
            RunTool("ffmpeg", "-v", "error", "-stream_loop", (minutes * 6).ToString(System.Globalization.CultureInfo.InvariantCulture), "-i", FindSample(), "-t", (minutes * 60).ToString(System.Globalization.CultureInfo.InvariantCulture), "-c", "copy", input);
            double seconds = minutes * 60;
            Console.WriteLine(FormattableString.Invariant($"AAC in MP4, {minutes} minutes, {new FileInfo(input).Length / 1e6:F0} MB, cbcs; best of {Rounds}, {Environment.ProcessorCount} processors"));
            await using var database = await Database.OpenAsync(new StorageOptions { DataDirectory = folder });
            await using var vault = await KeyVault.OpenAsync(database, new KeyStoreOptions(), folder, isProduction: false);
            await using var audit = await AuditLog.OpenAsync(database, new AuditOptions { LogKeySeed = new byte[AuditOptions.SecretSize], PseudonymKey = new byte[AuditOptions.SecretSize] }, TimeProvider.System);
            var catalogue = new MusicCatalogue(new CatalogueStore(database, TimeProvider.System), audit);
            var packager = new MusicPackager(catalogue, vault.Keys, audit, new MediaFolder(Path.Combine(folder, "media")));
            var times = new SortedDictionary<string, (double Wall, double Cpu)>(StringComparer.Ordinal);
            var packagerTool = Environment.GetEnvironmentVariable("SHAKA_PACKAGER");
            for (var round = 0; round < Rounds; round++)
            {
                await MeasureAsync(times, "drmhub", () => PackageAsync(catalogue, packager, input, $"rec-{round}", measure: false));
                await MeasureAsync(times, "drmhub, with loudness", () => PackageAsync(catalogue, packager, input, $"loud-{round}", measure: true));
                await MeasureAsync(times, "ffmpeg -c copy, cenc", () =>
                {
                    RunTool("ffmpeg", "-v", "error", "-y", "-i", input, "-c", "copy", "-encryption_scheme", "cenc-aes-ctr", "-encryption_key", new string('1', 32), "-encryption_kid", new string('2', 32), "-movflags", "+frag_keyframe+empty_moov+default_base_moof", "-frag_duration", "4000000", Path.Combine(folder, "peer.mp4"));
                    return Task.CompletedTask;
                });
                if (packagerTool is null || !File.Exists(packagerTool)) continue;
                await MeasureAsync(times, "shaka packager, cbcs", () =>
                {
                    RunTool(packagerTool, $"in={input},stream=audio,out={Path.Combine(folder, "shaka.mp4")}", "--enable_raw_key_encryption", "--keys", $"label=:key_id={new string('2', 32)}:key={new string('1', 32)}", "--protection_scheme", "cbcs", "--clear_lead", "0", "--segment_duration", "4");
                    return Task.CompletedTask;
                });
            }

            foreach (var (name, (wall, cpu)) in times)
                Console.WriteLine(FormattableString.Invariant($"{name,-24} {seconds / wall,8:F0} × real time by the clock{(cpu > 0.01 ? FormattableString.Invariant($", {seconds / cpu,8:F0} × by its own processor time") : "")}"));
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task PackageAsync(MusicCatalogue catalogue, MusicPackager packager, string input, string id, bool measure)
    {
        await catalogue.PutAsync(new Recording { Id = id, Titles = [new LocalText(id)] }, null, MusicActor.CommandLine);
        await packager.PackageAsync(new PackagingRequest { Path = input, OwnerId = id, ContentId = id, As = RenditionQuality.High, Measure = measure }, MusicActor.CommandLine, null, null, CancellationToken.None);
    }

    private static async Task MeasureAsync(SortedDictionary<string, (double Wall, double Cpu)> times, string name, Func<Task> action)
    {
        using var process = Process.GetCurrentProcess();
        var (cpu, clock) = (process.TotalProcessorTime, Stopwatch.StartNew());
        await action();
        process.Refresh();
        var measured = (clock.Elapsed.TotalSeconds, (process.TotalProcessorTime - cpu).TotalSeconds);
        times[name] = times.TryGetValue(name, out var best) && best.Wall < measured.Item1 ? best : measured;
    }

    private static string FindSample()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var path = Path.Combine(folder.FullName, "samples", "music", "song-1-high.mp4");
            if (File.Exists(path)) return path;
        }

        throw new InvalidOperationException("There is no samples/music/song-1-high.mp4 above the program.");
    }

    private static void RunTool(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{Path.GetFileName(program)}: {error.Result}");
    }
}
