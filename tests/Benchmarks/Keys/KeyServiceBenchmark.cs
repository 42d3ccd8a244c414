using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DrmHub.Benchmarks.Peers;
using DrmHub.Cenc;
using DrmHub.KeyService.Speke;
using DrmHub.Testing;

namespace DrmHub.Benchmarks.Keys;

/// <summary>
/// SPEKE v2 over loopback: documents with five keys for three systems, from a hub that runs as a process of its own, with clear keys
/// and with keys encrypted to a certificate; beside it a bare minimal API that answers the same bytes. Words: <c>SECONDS</c> of each
/// measurement (default 5, at most 60) and <c>CONNECTIONS</c> (default 16, at most 256). <c>--parts</c> tells instead what a document costs part by
/// part; <c>--sqlite</c> leaves PostgreSQL out, and <c>--clear</c> the encrypted keys.
/// </summary>
public static class KeyServiceBenchmark
{
    private const int Titles = 200;
    private static readonly string[] Tracks = ["SD", "HD", "UHD1", "UHD2", "STEREO_AUDIO"];

    public static async Task Run(string[] args)
    {
        ArgumentNullException.ThrowIfNull(args);
        var words = args.Where(word => !word.StartsWith('-')).ToArray();
        var seconds = Math.Clamp(words.Length > 0 ? double.Parse(words[0], CultureInfo.InvariantCulture) : 5, 0.5, 60);
        var connections = Math.Clamp(words.Length > 1 ? int.Parse(words[1], CultureInfo.InvariantCulture) : 16, 1, 256);
        using var rsa = RSA.Create(2048);
        using var certificate = new CertificateRequest("CN=encryptor", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(DateTimeOffset.UnixEpoch.AddYears(50), DateTimeOffset.UnixEpoch.AddYears(90));
        if (args.Contains("--parts"))
        {
            await KeyServiceParts.RunAsync(Request, certificate);
            return;
        }

        using var postgres = new PostgresFixture();
        Console.WriteLine($"{Environment.ProcessorCount} cores shared by the hub, the load generator and the database; {seconds} s each; {connections} connections");
        Console.WriteLine($"{"SPEKE v2, five keys, three systems",-44} {"documents/s",12} {"hub CPU µs",12} {"client",8} {"p50 ms",8} {"p99 ms",8} {"p99 at half",12} {"of bare API",12}");
        (string, X509Certificate2?)[] kinds = args.Contains("--clear") ? [("clear keys", null)] : [("clear keys", null), ("keys encrypted to a certificate", certificate)];
        await MeasureHubAsync("SQLite", null, kinds, seconds, connections);
        if (args.Contains("--sqlite")) return;
        if (postgres.Reason is null) await MeasureHubAsync("PostgreSQL", await postgres.CreateDatabaseAsync(), kinds, seconds, connections);
        else Console.WriteLine(postgres.Reason);
    }

    private static async Task MeasureHubAsync(string database, string? postgres, (string Label, X509Certificate2? Recipient)[] kinds, double seconds, int connections)
    {
        await using var hub = await BenchmarkHub.StartAsync(postgres);
        foreach (var (label, recipient) in kinds)
        {
            var bodies = Enumerable.Range(0, Titles).Select(title => Request($"bench-{(recipient is null ? "clear" : "locked")}-{title}", recipient)).ToArray();
            using var hubLoad = new LoadGenerator(new Uri(hub.Address, "/speke/v2.0/copyProtection"), bodies, connections);
            var sample = await hubLoad.WarmAsync();
            await hubLoad.SettleAsync(() => hub.ProcessorTime);
            var (before, own) = (hub.ProcessorTime, Environment.CpuUsage.TotalTime);
            var full = await hubLoad.RunAsync(TimeSpan.FromSeconds(seconds), null);
            var processor = (hub.ProcessorTime - before).TotalMicroseconds / full.Count;
            var client = (Environment.CpuUsage.TotalTime - own).TotalMicroseconds / full.Count;
            var half = await hubLoad.RunAsync(TimeSpan.FromSeconds(seconds), full.PerSecond / 2);

            using var bare = await BareApi.StartAsync(sample, "application/xml");
            using var bareLoad = new LoadGenerator(bare.Address, bodies, connections);
            await bareLoad.WarmAsync();
            await bareLoad.SettleAsync(() => bare.ProcessorTime);
            var floor = await bareLoad.RunAsync(TimeSpan.FromSeconds(seconds), null);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{database + ", " + label,-44} {full.PerSecond,12:N0} {processor,12:N0} {client,8:N0} {full.P50,8:N2} {full.P99,8:N2} {half.P99,12:N2} {full.PerSecond / floor.PerSecond,12:P0}"));
        }
    }

    private static byte[] Request(string contentId, X509Certificate2? recipient) => new SpekeRequest
    {
        ContentId = contentId,
        Scheme = "cbcs",
        Keys = [.. Tracks.Select(track => (track, new KeyId(RandomNumberGenerator.GetBytes(KeyId.Size))))],
        Systems = [DrmSystemIds.Widevine, DrmSystemIds.PlayReady, DrmSystemIds.FairPlay],
        Recipient = recipient,
    }.ToDocument().Save();
}
