using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using DrmHub.Benchmarks.Keys;
using DrmHub.Benchmarks.Licences;
using DrmHub.Benchmarks.Proxy;
using Microsoft.AspNetCore.Http;

namespace DrmHub.Benchmarks.Operations;

/// <summary>
/// How long players wait while the first of two Widevine services fails, over real sockets and with the default time-outs: it never answers, it hangs up, or
/// nobody listens any more. Each player is a device that the hub does not know, so both calls of a licence (read the challenge, write the licence)
/// are made. Beside it the same while both are well. Words: the licences of each row (default 40).
/// </summary>
public static class FailoverBenchmark
{
    private const int WarmUp = 200;

    public static async Task Run(string[] args)
    {
        ArgumentNullException.ThrowIfNull(args);
        var count = Math.Clamp(args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 40, 10, 1000);
        Console.WriteLine($"{Environment.ProcessorCount} cores; {count} licences in a row, one after the other; times in ms from the request to the licence");
        Console.WriteLine($"{"the first service",-34} {"first",8} {"worst",8} {"p50",8} {"over 1 s",9} {"failed",7}");
        await MeasureAsync("is well", First.Well, hedge: false, count);
        await MeasureAsync("hangs", First.Hangs, hedge: false, count);
        await MeasureAsync("hangs, hedged", First.Hangs, hedge: true, count);
        await MeasureAsync("hangs up", First.HangsUp, hedge: false, count);
        await MeasureAsync("is gone", First.Gone, hedge: false, count);
    }

    private static async Task MeasureAsync(string label, First first, bool hedge, int count)
    {
        var folder = Directory.CreateTempSubdirectory("drmhub-bench-failover-").FullName;
        try
        {
            await using var failing = await InstantUpstream.StartAsync();
            await using var well = await InstantUpstream.StartAsync();
            using var mint = new TokenMint();
            await using var hub = await BenchmarkHub.StartAsync(null, [.. mint.Configuration, "--Limits:SubscriberPerSecond=0", .. Upstream(folder, 0, failing.Widevine, hedge), .. Upstream(folder, 1, well.Widevine, hedge: false)]);
            using var http = new HttpClient { BaseAddress = hub.Address };
            await LicenceBenchmark.PrepareAsync(hub, mint);
            var tokens = mint.ForPlayers(WarmUp + count, hmac: true);

            // It serves first, so that its connections are open and the hub's code is compiled.
            for (var i = 0; i < WarmUp; i++) await AskAsync(http, tokens[i], i);
            if (first == First.Hangs) failing.Instead = http => Task.Delay(Timeout.Infinite, http.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            if (first == First.HangsUp) failing.Instead = HangUp;
            if (first == First.Gone) await failing.StopAsync();
            var answers = new List<(double Milliseconds, bool Granted)>(count);
            for (var i = WarmUp; i < WarmUp + count; i++) answers.Add(await AskAsync(http, tokens[i], i));
            var sorted = answers.Select(answer => answer.Milliseconds).Order().ToList();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{label,-34} {answers[0].Milliseconds,8:N1} {sorted[^1],8:N1} {sorted[count / 2],8:N1} {sorted.Count(time => time >= 1000),9} {answers.Count(answer => !answer.Granted),7}"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<(double Milliseconds, bool Granted)> AskAsync(HttpClient http, string token, int device)
    {
        var started = Stopwatch.GetTimestamp();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/license/widevine") { Content = new ByteArrayContent(ProxyBenchmark.Challenge(new Random(device))) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var response = await http.SendAsync(request);
        await response.Content.ReadAsByteArrayAsync();
        return (Stopwatch.GetElapsedTime(started).TotalMilliseconds, response.IsSuccessStatusCode);
    }

    private static Task HangUp(HttpContext http)
    {
        http.Abort();
        return Task.CompletedTask;
    }

    private static string[] Upstream(string folder, int number, Uri url, bool hedge)
    {
        string Secret(string name, int size)
        {
            var path = Path.Combine(folder, $"{name}-{number}");
            File.WriteAllText(path, Convert.ToHexString(RandomNumberGenerator.GetBytes(size)));
            return path;
        }

        var prefix = $"--Upstreams:Widevine:{number}";
        return
        [
            $"{prefix}:Name=service-{number}", $"{prefix}:Kind=widevine", $"{prefix}:Url={url}", $"{prefix}:Priority={number}", $"{prefix}:Hedge={hedge}", $"{prefix}:Provider=bench",
            $"{prefix}:AesKey=file:{Secret("aes", 32)}", $"{prefix}:AesIv=file:{Secret("iv", 16)}",
        ];
    }

    private enum First
    {
        Well,
        Hangs,
        HangsUp,
        Gone,
    }
}
