using System.Globalization;
using System.Security.Cryptography;
using DrmHub.Benchmarks.Keys;
using DrmHub.Benchmarks.Peers;
using DrmHub.Cenc.Pssh;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace DrmHub.Benchmarks.Proxy;

/// <summary>
/// What the hub adds on the way to a licence service that answers at once: Widevine licences over loopback with a player token (RS256), decision, session and a
/// durable audit entry, beside a bare Kestrel and HttpClient proxy of the same challenges. Words: <c>SECONDS</c> of each measurement
/// (default 5, at most 60) and <c>CONNECTIONS</c> (default 16, at most 256).
/// </summary>
public static class ProxyBenchmark
{
    private const int Devices = 64;
    private const int ClientIdSize = 2200;
    private const int Tokens = 4000;

    public static async Task Run(string[] args)
    {
        ArgumentNullException.ThrowIfNull(args);
        var seconds = Math.Clamp(args.Length > 0 ? double.Parse(args[0], CultureInfo.InvariantCulture) : 5, 0.5, 60);
        var connections = Math.Clamp(args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 16, 1, 256);
        var folder = Directory.CreateTempSubdirectory("drmhub-bench-keys-").FullName;
        try
        {
            using var rsa = RSA.Create(2048);
            await using var upstream = await InstantUpstream.StartAsync();
            await using var hub = await BenchmarkHub.StartAsync(null, Configuration(folder, rsa, upstream));
            using var bare = await BareProxy.StartAsync(upstream.Raw);
            var known = Challenges(seed: 1);
            var tokens = CreateTokens(rsa);
            Console.WriteLine($"{Environment.ProcessorCount} cores shared by the proxies, the upstream and the load generator; {seconds} s each; {connections} connections; challenges of {known[0].Length} bytes");

            using var bareLoad = new LoadGenerator(bare.Address, known, connections);
            using var hubLoad = new LoadGenerator(new Uri(hub.Address, "/license/widevine"), known, connections, tokens);
            await bareLoad.WarmAsync();
            await hubLoad.WarmAsync();
            await bareLoad.SettleAsync(() => bare.ProcessorTime);
            await hubLoad.SettleAsync(() => hub.ProcessorTime);

            // Two rounds each, in turns: what else runs on the machine hits both.
            var bareFull = await bareLoad.RunAsync(TimeSpan.FromSeconds(seconds), null);
            var before = hub.ProcessorTime;
            var hubFull = await hubLoad.RunAsync(TimeSpan.FromSeconds(seconds), null);
            var processor = (hub.ProcessorTime - before).TotalMicroseconds / hubFull.Count;
            var bareAgain = await bareLoad.RunAsync(TimeSpan.FromSeconds(seconds), null);
            var hubAgain = await hubLoad.RunAsync(TimeSpan.FromSeconds(seconds), null);
            var pace = Math.Min(hubFull.PerSecond, hubAgain.PerSecond) / 2;
            var bareHalf = await bareLoad.RunAsync(TimeSpan.FromSeconds(seconds), pace);
            var hubHalf = await hubLoad.RunAsync(TimeSpan.FromSeconds(seconds), pace);
            var bareBest = Math.Max(bareFull.PerSecond, bareAgain.PerSecond);
            var hubBest = Math.Max(hubFull.PerSecond, hubAgain.PerSecond);
            Line("", "licences/s", "p50 ms", "p99 ms");
            Line("bare proxy, full load", Number(bareBest), Time(bareFull.P50), Time(bareFull.P99));
            Line("hub, full load", Number(hubBest), Time(hubFull.P50), Time(hubFull.P99));
            Line("bare proxy, half load of the hub", Number(pace), Time(bareHalf.P50), Time(bareHalf.P99));
            Line("hub, half load", Number(pace), Time(hubHalf.P50), Time(hubHalf.P99));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"hub of bare proxy {hubBest / bareBest:P0} (wanted 55 %); added at half load: median {hubHalf.P50 - bareHalf.P50:F2} ms (wanted < 1), p99 {hubHalf.P99 - bareHalf.P99:F2} ms (wanted < 5); processor time of a licence in the hub {processor:N0} µs"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string[] Configuration(string folder, RSA rsa, InstantUpstream upstream)
    {
        string Write(string name, string text)
        {
            var path = Path.Combine(folder, name);
            File.WriteAllText(path, text);
            return path;
        }

        var aesKey = Write("aes", Convert.ToHexString(RandomNumberGenerator.GetBytes(32)));
        var aesIv = Write("iv", Convert.ToHexString(RandomNumberGenerator.GetBytes(16)));
        return
        [
            "--Tokens:Issuer=bench",
            $"--Tokens:PublicKeyFiles:0={Write("bench.pem", rsa.ExportSubjectPublicKeyInfoPem())}",
            "--Upstreams:Widevine:0:Name=instant", "--Upstreams:Widevine:0:Kind=widevine", $"--Upstreams:Widevine:0:Url={upstream.Widevine}",
            "--Upstreams:Widevine:0:Provider=bench", $"--Upstreams:Widevine:0:AesKey=file:{aesKey}", $"--Upstreams:Widevine:0:AesIv=file:{aesIv}",
        ];
    }

    /// <summary>One for each of the devices, which the hub knows after the first; they ask for every key of the demo title.</summary>
    private static byte[][] Challenges(int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, Devices).Select(_ => Challenge(random))];
    }

    /// <summary>Of a device of its own.</summary>
    internal static byte[] Challenge(Random random)
    {
        var clientId = new byte[ClientIdSize];
        random.NextBytes(clientId);
        var pssh = new WidevinePsshData { ContentId = "demo-title"u8.ToArray() };
        var cenc = new ProtobufWriter();
        cenc.Bytes(1, pssh.ToByteArray());
        cenc.Varint(2, 1);
        cenc.Bytes(3, clientId.AsSpan(0, 16));
        var content = new ProtobufWriter();
        content.Bytes(1, cenc.ToArray());
        var request = new ProtobufWriter();
        request.Bytes(2, content.ToArray());
        request.Varint(3, 1);
        request.Varint(6, 21);
        request.Bytes(8, clientId);
        var signed = new ProtobufWriter();
        signed.Varint(1, 1);
        signed.Bytes(2, request.ToArray());
        signed.Bytes(3, new byte[256]);
        return signed.ToArray();
    }

    private static string[] CreateTokens(RSA rsa)
    {
        var credentials = new SigningCredentials(new RsaSecurityKey(rsa) { KeyId = "bench" }, SecurityAlgorithms.RsaSha256);
        var handler = new JsonWebTokenHandler();
        return [.. Enumerable.Range(0, Tokens).Select(i => handler.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = "bench",
            Audience = "drmhub-player",
            Expires = DateTime.UtcNow.AddHours(1),
            Claims = new Dictionary<string, object> { ["sub"] = "demo-premium", ["jti"] = i.ToString(CultureInfo.InvariantCulture), ["sid"] = $"session-{i % Devices}", ["did"] = "device" },
            SigningCredentials = credentials,
        }))];
    }

    private static void Line(string name, string perSecond, string p50, string p99) => Console.WriteLine($"{name,-36} {perSecond,12} {p50,8} {p99,8}");

    private static string Number(double value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Time(double value) => value.ToString("F2", CultureInfo.InvariantCulture);
}
