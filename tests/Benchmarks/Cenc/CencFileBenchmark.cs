using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using DrmHub.Cenc;
using DrmHub.Cenc.Bmff;
using DrmHub.Cenc.Bmff.Boxes;
using DrmHub.Cenc.Bmff.Fragmenting;
using DrmHub.Cenc.Encryption;

namespace DrmHub.Benchmarks.Cenc;

/// <summary>
/// Whole files through encryption and decryption on tmpfs, beside <c>cp</c> and Shaka Packager in the same run; and the memory that a large
/// file takes. Arguments: <c>[--mb 500] [--memory-gb 4] [--folder /dev/shm]</c>. Needs ffmpeg for the clip; SHAKA_PACKAGER for the peer.
/// </summary>
public static class CencFileBenchmark
{
    private const int Rounds = 7;

    public static int Run(string[] args)
    {
        var megabytes = Option(args, "--mb", 500);
        var gigabytes = Option(args, "--memory-gb", 4);
        var folder = Directory.CreateDirectory(Path.Combine(Text(args, "--folder", "/dev/shm"), $"drmhub-bench-{Environment.ProcessId}"));
        try
        {
            var clip = Path.Combine(folder.FullName, "clip.mp4");
            RunTool("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=1920x1080:rate=25:duration=12,noise=alls=20:allf=t", "-c:v", "libx264", "-preset", "ultrafast", "-b:v", "16M", "-g", "50", "-pix_fmt", "yuv420p", clip);
            if (megabytes > 0) Speed(folder.FullName, clip, megabytes);
            if (gigabytes > 0) Memory(clip, gigabytes);
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Speed(string folder, string clip, int megabytes)
    {
        var clear = Path.Combine(folder, "clear.mp4");
        var output = Path.Combine(folder, "out.mp4");
        MakeClear(clip, clear, megabytes);
        var size = new FileInfo(clear).Length;
        Console.WriteLine(FormattableString.Invariant($"H.264 fMP4 of {size / 1e6:F0} MB on {folder[..8]}, best of {Rounds}, {Environment.ProcessorCount} processors"));
        using var key = ContentKey.Random();
        var keyId = new KeyId(RandomNumberGenerator.GetBytes(16));
        var files = new Dictionary<ProtectionScheme, string>();
        foreach (var scheme in new[] { ProtectionScheme.Cenc, ProtectionScheme.Cbcs })
        {
            files[scheme] = Path.Combine(folder, scheme + ".mp4");
            Encrypt(clear, files[scheme], scheme, keyId, key);
        }

        // The rounds of all contestants take turns, so that a busy machine is unfair to all alike.
        var times = new SortedDictionary<string, double>(StringComparer.Ordinal);
        for (var round = 0; round < Rounds; round++)
        {
            Time(times, "cp", () => RunTool("cp", clear, output));
            foreach (var (scheme, file) in files)
            {
                Time(times, $"encrypt {scheme.ToFourCC()}", () => Encrypt(clear, output, scheme, keyId, key));
                Time(times, $"decrypt {scheme.ToFourCC()}", () => Decrypt(file, output, key));
            }
        }
        var packager = Environment.GetEnvironmentVariable("SHAKA_PACKAGER");
        if (packager is not null)
        {
            var keys = $"label=:key_id={keyId.ToHex()}:key={Convert.ToHexStringLower(key.Bytes)}";
            for (var round = 0; round < 3; round++)
            {
                foreach (var (scheme, file) in files)
                {
                    Time(times, $"shaka encrypt {scheme.ToFourCC()}", () => RunTool(packager, $"in={clear},stream=video,out={output}", "--enable_raw_key_encryption", "--keys", keys, "--protection_scheme", scheme.ToFourCC(), "--clear_lead", "0", "--segment_duration", "2"));
                    Time(times, $"shaka decrypt {scheme.ToFourCC()}", () => RunTool(packager, $"in={file},stream=video,out={output}", "--enable_raw_key_decryption", "--keys", keys, "--segment_duration", "2"));
                }
            }
        }
        foreach (var (name, seconds) in times)
        {
            var peer = times.GetValueOrDefault("shaka " + name);
            Console.WriteLine(FormattableString.Invariant($"{name,-20} {size / seconds / 1e6,7:F0} MB/s  {times["cp"] / seconds,5:F2} x cp{(peer > 0 ? $"  {peer / seconds,5:F1} x Shaka Packager" : "")}"));
        }
    }

    private static void Memory(string clip, int gigabytes)
    {
        var loops = (int)Math.Ceiling(gigabytes * 1e9 / new FileInfo(clip).Length);
        var folder = Directory.CreateTempSubdirectory("drmhub-bench-");
        try
        {
            var progressive = Path.Combine(folder.FullName, "progressive.mp4");
            var encrypted = Path.Combine(folder.FullName, "encrypted.mp4");
            var decrypted = Path.Combine(folder.FullName, "decrypted.mp4");
            RunTool("ffmpeg", "-v", "error", "-stream_loop", (loops - 1).ToString(CultureInfo.InvariantCulture), "-i", clip, "-c", "copy", progressive);
            using var key = ContentKey.Random();
            var keyId = new KeyId(RandomNumberGenerator.GetBytes(16));
            Peak($"fragment and encrypt {new FileInfo(progressive).Length / 1e9:F1} GB, progressive", () => Encrypt(progressive, encrypted, ProtectionScheme.Cenc, keyId, key));
            Peak($"decrypt {new FileInfo(encrypted).Length / 1e9:F1} GB, fragmented", () => Decrypt(encrypted, decrypted, key));
            File.Delete(progressive);
            Peak($"encrypt {new FileInfo(decrypted).Length / 1e9:F1} GB, fragmented", () => Encrypt(decrypted, encrypted, ProtectionScheme.Cbcs, keyId, key));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // Working set over that of the idle runtime, sampled while the work runs.
    private static void Peak(string name, Action work)
    {
        GC.Collect(2, GCCollectionMode.Aggressive, true, true);
        using var self = Process.GetCurrentProcess();
        self.Refresh();
        var before = self.WorkingSet64;
        long peak = 0;
        using var stop = new ManualResetEventSlim();
        var sampler = new Thread(() =>
        {
            using var process = Process.GetCurrentProcess();
            while (!stop.Wait(20))
            {
                process.Refresh();
                peak = Math.Max(peak, process.WorkingSet64);
            }
        });
        sampler.Start();
        work();
        stop.Set();
        sampler.Join();
        Console.WriteLine(FormattableString.Invariant($"{name}: {Math.Max(0, peak - before) / 1e6:F0} MB above the idle runtime's {before / 1e6:F0} MB"));
    }

    private static void Encrypt(string from, string to, ProtectionScheme scheme, KeyId keyId, ContentKey key)
    {
        using var encryptor = new FileEncryptor(new EncryptionOptions { Scheme = scheme, Keys = (_, _) => new TrackKey(keyId, key) });
        using var input = Open(from);
        using var output = Create(to);
        encryptor.Encrypt(input, output);
    }

    private static void Decrypt(string from, string to, ContentKey key)
    {
        using var decryptor = new FileDecryptor(new DecryptionOptions { Keys = _ => key });
        using var input = Open(from);
        using var output = Create(to);
        decryptor.Decrypt(input, output);
    }

    private static FileStream Open(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0);

    private static FileStream Create(string path) => new(path, FileMode.Create, FileAccess.Write, FileShare.None, 0);

    // Repeats the fragments of a clip, with times that go on.
    private static void MakeClear(string clip, string path, int megabytes)
    {
        using var fragmented = new MemoryStream();
        using (var source = File.OpenRead(clip)) Fragmenter.Fragment(source, fragmented, TimeSpan.FromSeconds(2));
        using var output = Create(path);
        long time = 0;
        while (output.Length < megabytes * 1_000_000L)
        {
            fragmented.Position = 0;
            var input = new MediaInput(fragmented, BmffLimits.Default, default);
            var start = time;
            while (input.TryNext(out var header))
            {
                var bytes = input.ReadBytes(header);
                if (header.Type == BoxType.Moof)
                {
                    var moof = (ContainerBox)Box.Parse(bytes);
                    var traf = moof.Find(BoxType.Traf)!;
                    var index = traf.Children.IndexOf(traf.Find<TfdtBox>()!);
                    time = start + ((TfdtBox)traf.Children[index]).BaseMediaDecodeTime;
                    traf.Children[index] = new TfdtBox(time);
                    bytes = moof.ToArray();
                }
                var isHeader = header.Type is BoxType.Ftyp or BoxType.Moov;
                if (header.Type is BoxType.Moof or BoxType.Mdat || (isHeader && start == 0)) output.Write(bytes);
            }
            time += 2 * 12800;
        }
    }

    private static void Time(SortedDictionary<string, double> times, string name, Action work)
    {
        var clock = Stopwatch.StartNew();
        work();
        var seconds = clock.Elapsed.TotalSeconds;
        times[name] = times.TryGetValue(name, out var best) ? Math.Min(best, seconds) : seconds;
    }

    private static void RunTool(string tool, params string[] arguments)
    {
        var start = new ProcessStartInfo(tool) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{tool} failed: {error.Result}");
    }

    private static int Option(string[] args, string name, int otherwise) => int.Parse(Text(args, name, otherwise.ToString(CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture);

    private static string Text(string[] args, string name, string otherwise)
    {
        var at = Array.IndexOf(args, name);
        return at >= 0 && at + 1 < args.Length ? args[at + 1] : otherwise;
    }
}
