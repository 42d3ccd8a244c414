using System.Diagnostics;
using System.Globalization;
using DrmHub.Cenc;
using DrmHub.Cenc.Encryption;

namespace DrmHub.Benchmarks.Ciphers;

/// <summary>
/// The sample ciphers on one thread against <c>openssl speed</c> in the same run: CTR over 16 KiB buffers, and cbcs 1:9 over video samples
/// against ten times openssl's CBC encryption, since one block of ten is encrypted. Rounds alternate between the two, so that a busy machine
/// hits both; both count processor time of the process, as <c>openssl speed</c> does by default. The ratio that counts is the median.
/// </summary>
internal static class CipherBenchmark
{
    private const int BufferSize = 16 * 1024;
    private const double CtrTarget = 0.95, CbcsTarget = 0.9;

    /// <param name="args">Number of rounds; 7 if it is not given.</param>
    public static int Run(string[] args)
    {
        var rounds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 7;
        using var key = ContentKey.Random();
        var rows = new Row[]
        {
            new("cenc (CTR), 16 KiB", "aes-128-ctr", 1, CtrTarget, Ctr(key)),
            new("cbcs 1:9 encryption", "aes-128-cbc", 10, CbcsTarget, Video(key, ProtectionScheme.Cbcs, CryptDirection.Encrypt)),
            new("cbcs 1:9 decryption", "aes-128-cbc", 10, CbcsTarget, Video(key, ProtectionScheme.Cbcs, CryptDirection.Decrypt)),
            new("cenc, video samples", "aes-128-ctr", 1, null, Video(key, ProtectionScheme.Cenc, CryptDirection.Encrypt)),
            new("cens 1:9, video samples", "aes-128-ctr", 1, null, Video(key, ProtectionScheme.Cens, CryptDirection.Encrypt)),
            new("cbc1 encryption", "aes-128-cbc", 1, null, Video(key, ProtectionScheme.Cbc1, CryptDirection.Encrypt)),
        };
        foreach (var row in rows) Measure(row.Work, 0.3);
        for (var round = 0; round < rounds; round++)
        {
            var peers = new Dictionary<string, double>();
            foreach (var row in rows)
            {
                if (!peers.TryGetValue(row.Cipher, out var peer)) peers[row.Cipher] = peer = OpenSsl(row.Cipher);
                row.Add(Measure(row.Work, 0.5), peer * row.Factor);
            }
        }

        Console.WriteLine($"{"median of " + rounds + " rounds",-26}{"GB/s",8}{"openssl",10}{"x",4}{"ratio",8}{"best",7}{"target",8}");
        foreach (var row in rows) Console.WriteLine(row);
        return rows.All(row => row.Target is not { } target || row.Ratio >= target) ? 0 : 1;
    }

    private static Func<long> Ctr(ContentKey key)
    {
        var cryptor = new SampleCryptor(key, ProtectionScheme.Cenc, default, CryptDirection.Encrypt);
        var buffer = new byte[BufferSize];
        var iv = new byte[8];
        return () =>
        {
            for (var i = 0; i < 64; i++) cryptor.Process(buffer, iv, []);
            return 64L * BufferSize;
        };
    }

    // 5 Mbit/s at 25 frames a second: a key frame of 110 KB, then frames of 4 to 40 KB, one slice each.
    private static Func<long> Video(ContentKey key, ProtectionScheme scheme, CryptDirection direction)
    {
        var cryptor = new SampleCryptor(key, scheme, EncryptionPattern.Video, direction);
        var random = new Random(1);
        var samples = new byte[50][];
        for (var i = 0; i < samples.Length; i++)
        {
            samples[i] = new byte[i == 0 ? 110_000 : random.Next(4_000, 40_000)];
            random.NextBytes(samples[i]);
        }

        var bytes = samples.Sum(sample => (long)sample.Length);
        var iv = new byte[scheme.IsCounterMode() ? 8 : 16];
        return () =>
        {
            foreach (var sample in samples)
            {
                Subsample subsample = new(19, (uint)(sample.Length - 19));
                cryptor.Process(sample, iv, new ReadOnlySpan<Subsample>(in subsample));
            }

            return bytes;
        };
    }

    private static double Measure(Func<long> work, double seconds)
    {
        var start = Environment.CpuUsage.TotalTime;
        long bytes = 0;
        var elapsed = TimeSpan.Zero;
        while (elapsed.TotalSeconds < seconds)
        {
            for (var i = 0; i < 16; i++) bytes += work();
            elapsed = Environment.CpuUsage.TotalTime - start;
        }

        return bytes / elapsed.TotalSeconds / 1e9;
    }

    private static double OpenSsl(string cipher)
    {
        using var process = Process.Start(new ProcessStartInfo("openssl", ["speed", "-seconds", "1", "-bytes", $"{BufferSize}", "-evp", cipher])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        var last = output.TrimEnd().Split('\n')[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (process.ExitCode != 0 || last.Length < 2) throw new InvalidOperationException($"openssl speed failed: {error.Result}");
        return double.Parse(last[^1].TrimEnd('k'), CultureInfo.InvariantCulture) * 1000 / 1e9;
    }

    private sealed record Row(string Name, string Cipher, int Factor, double? Target, Func<long> Work)
    {
        private readonly List<(double Own, double Peer)> _rounds = [];

        public double Ratio => Median(_rounds.Select(round => round.Own / round.Peer));

        public void Add(double own, double peer) => _rounds.Add((own, peer));

        public override string ToString()
        {
            var own = Median(_rounds.Select(round => round.Own));
            var peer = Median(_rounds.Select(round => round.Peer));
            var best = _rounds.Max(round => round.Own) / _rounds.Max(round => round.Peer);
            var verdict = Target is { } target ? $"{target,8:F2} {(Ratio >= target ? "met" : "MISSED")}" : "";
            return $"{Name,-26}{own,8:F2}{peer / Factor,10:F2}{Factor,4}{Ratio,8:F2}{best,7:F2}{verdict}";
        }

        private static double Median(IEnumerable<double> values)
        {
            var sorted = values.Order().ToArray();
            return sorted[sorted.Length / 2];
        }
    }
}
