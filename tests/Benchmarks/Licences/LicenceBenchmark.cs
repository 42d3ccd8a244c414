using System.Buffers.Text;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using DrmHub.Benchmarks.Keys;
using DrmHub.Benchmarks.Peers;
using DrmHub.Cenc;
using DrmHub.Testing;

namespace DrmHub.Benchmarks.Licences;

/// <summary>
/// Clear Key licences over loopback from a hub that runs as a process of its own: token, subscriber, decision with its trace, stream slot, and
/// an audit entry that is durable before the answer; after it, in a process of its own too, a bare minimal API that answers the same bytes. "By CPU" compares the processor
/// time of server and load generator together, which is what the rates come to where nothing else runs on the machine. Words: <c>SECONDS</c> of each
/// measurement (default 5, at most 600), <c>CONNECTIONS</c> (default 32, at most 256), <c>sqlite</c> or <c>postgres</c> (default both), and a part of
/// a row's name (default every row).
/// </summary>
public static class LicenceBenchmark
{
    internal const int Viewers = 1000;

    /// <summary>Seconds of what is measured beside the full load, however long that goes on.</summary>
    private const double MaxBrief = 20;

    public static async Task Run(string[] args)
    {
        ArgumentNullException.ThrowIfNull(args);
        var seconds = Math.Clamp(args.Length > 0 ? double.Parse(args[0], CultureInfo.InvariantCulture) : 5, 0.5, 600);
        var connections = Math.Clamp(args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 32, 1, 256);
        var only = args.Length > 2 ? args[2] : null;
        using var mint = new TokenMint();
        using var postgres = new PostgresFixture();
        Console.WriteLine($"{Environment.ProcessorCount} cores shared by the hub, the load generator and the database; {seconds} s each; {connections} connections; {Viewers} viewers");
        Console.WriteLine($"{"Clear Key licence, three keys asked, two granted",-50} {"licences/s",11} {"CPU µs each",12} {"p50 ms",8} {"p99 ms",8} {"p99 at half",12} {"of bare API",12} {"by CPU",9} {"memory, MB",14} {"µs at first",12}");
        foreach (var (label, cache, hmac) in ((string, int, bool)[])[("RS256, every token new", 0, false), ("HS256, every token new", 0, true), ("RS256, tokens seen before", 100_000, false)])
        {
            if (args.Length > 3 && !label.Contains(args[3], StringComparison.OrdinalIgnoreCase)) continue;
            if (only is null or "sqlite") await MeasureAsync("SQLite, " + label, null, cache, mint, hmac, seconds, connections);
            if (only is null or "postgres" && postgres.Reason is null) await MeasureAsync("PostgreSQL, " + label, await postgres.CreateDatabaseAsync(), cache, mint, hmac, seconds, connections);
        }
    }

    private static async Task MeasureAsync(string label, string? postgres, int cache, TokenMint mint, bool hmac, double seconds, int connections)
    {
        // Without a cache each token is checked as if it were new, however often it comes.
        await using var hub = await BenchmarkHub.StartAsync(postgres, [.. mint.Configuration, $"--Tokens:CacheSize={cache}", "--Limits:SubscriberPerSecond=0"]);
        byte[][] challenge = [await PrepareAsync(hub, mint)];
        var tokens = mint.ForPlayers(Viewers, hmac);
        using var load = new LoadGenerator(new Uri(hub.Address, "/license/clearkey"), challenge, connections, tokens);
        var sample = await load.WarmAsync();
        var first = await load.SettleAsync(() => hub.ProcessorTime);
        var (before, beforeHere, memory) = (hub.ProcessorTime, Here(), hub.Megabytes);
        var full = await load.RunAsync(TimeSpan.FromSeconds(seconds), null);
        var processor = (hub.ProcessorTime - before).TotalMicroseconds / full.Count;
        var both = processor + ((Here() - beforeHere).TotalMicroseconds / full.Count);
        var brief = TimeSpan.FromSeconds(Math.Min(seconds, MaxBrief));
        var half = await load.RunAsync(brief, full.PerSecond / 2);

        using var bare = await BareApi.StartAsync(sample, "application/json");
        using var bareLoad = new LoadGenerator(bare.Address, challenge, connections, tokens);
        await bareLoad.WarmAsync();
        await bareLoad.SettleAsync(() => bare.ProcessorTime);
        (before, beforeHere) = (bare.ProcessorTime, Here());
        var floor = await bareLoad.RunAsync(brief, null);
        var bareBoth = (bare.ProcessorTime - before + Here() - beforeHere).TotalMicroseconds / floor.Count;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{label,-50} {full.PerSecond,11:N0} {processor,12:N0} {full.P50,8:N2} {full.P99,8:N2} {half.P99,12:N2} {full.PerSecond / floor.PerSecond,12:P0} {bareBoth / both,9:P0} {memory,6} to {hub.Megabytes,-5} {first,9:N0}"));
    }

    /// <summary>Processor time of the load generator.</summary>
    private static TimeSpan Here()
    {
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        return process.TotalProcessorTime;
    }

    /// <summary>Writes the viewers as subscribers, and asks which keys the demo title has.</summary>
    internal static async Task<byte[]> PrepareAsync(BenchmarkHub hub, TokenMint mint)
    {
        using var http = new HttpClient { BaseAddress = hub.Address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", mint.ForOperator("rights.write", "keys.admin"));
        var lines = new StringBuilder();
        for (var i = 0; i < Viewers; i++) lines.Append(CultureInfo.InvariantCulture, $"{{\"id\":\"viewer-{i}\",\"subscriptions\":[{{\"plan\":\"premium\"}}]}}\n");
        using var content = new StringContent(lines.ToString(), Encoding.UTF8, "application/x-ndjson");
        using var written = await http.PostAsync(new Uri("/rights/subscribers", UriKind.Relative), content);
        if (!written.IsSuccessStatusCode) throw new InvalidOperationException(await written.Content.ReadAsStringAsync());
        using var keys = JsonDocument.Parse(await http.GetStringAsync(new Uri("/admin/keys?content=demo-title", UriKind.Relative)));
        var rows = keys.RootElement.ValueKind == JsonValueKind.Array ? keys.RootElement : keys.RootElement.GetProperty("keys");
        var kids = rows.EnumerateArray().Select(row => Base64Url.EncodeToString(KeyId.Parse(row.GetProperty("keyId").GetString()!).ToByteArray()));
        return JsonSerializer.SerializeToUtf8Bytes(new { kids = kids.ToArray(), type = "temporary" });
    }
}
