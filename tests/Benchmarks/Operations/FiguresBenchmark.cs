using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using DrmHub.Benchmarks.Keys;
using DrmHub.Benchmarks.Licences;
using DrmHub.Testing;
using Npgsql;

namespace DrmHub.Benchmarks.Operations;

/// <summary>
/// Two of the figures that <c>drmhub plan</c> counts with: what a heartbeat costs beside a licence (Clear Key, token seen before, PostgreSQL) in the hub's processor
/// time, and how many bytes of the database an entry of the log takes, indexes and tree included. Words: <c>SECONDS</c> of each measurement (default 5, at most 60).
/// </summary>
public static class FiguresBenchmark
{
    private const int Connections = 32;

    /// <summary>Everything that grows with the log.</summary>
    private const string Size = "select coalesce(sum(pg_total_relation_size(oid)), 0)::bigint from pg_class where relkind = 'r' and relname like 'audit%'";

    public static async Task Run(string[] args)
    {
        ArgumentNullException.ThrowIfNull(args);
        var seconds = Math.Clamp(args.Length > 0 ? double.Parse(args[0], CultureInfo.InvariantCulture) : 5, 0.5, 60);
        using var postgres = new PostgresFixture();
        if (postgres.Reason is not null) throw new InvalidOperationException(postgres.Reason);
        using var mint = new TokenMint();
        var connection = await postgres.CreateDatabaseAsync();
        await using var hub = await BenchmarkHub.StartAsync(connection, [.. mint.Configuration, "--Limits:SubscriberPerSecond=0"]);
        byte[][] challenge = [await LicenceBenchmark.PrepareAsync(hub, mint)];
        var tokens = mint.ForPlayers(LicenceBenchmark.Viewers, hmac: false);
        using var load = new LoadGenerator(new Uri(hub.Address, "/license/clearkey"), challenge, Connections, tokens);
        await load.WarmAsync();
        await load.SettleAsync(() => hub.ProcessorTime);
        var (entriesBefore, bytesBefore) = await LogAsync(connection);
        var before = hub.ProcessorTime;
        var licences = await load.RunAsync(TimeSpan.FromSeconds(seconds), null);
        var licence = (hub.ProcessorTime - before).TotalMicroseconds / licences.Count;
        var (entries, bytes) = await LogAsync(connection);

        using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = Connections, UseProxy = false }) { BaseAddress = hub.Address };
        var sessions = new string[tokens.Length];
        for (var i = 0; i < tokens.Length; i++)
        {
            using var answer = await SendAsync(http, "/license/clearkey", tokens[i], challenge[0]);
            sessions[i] = answer.Headers.GetValues("X-DrmHub-Session").First();
        }

        await BeatAsync(http, tokens, sessions, TimeSpan.FromSeconds(10)); // until it is compiled
        before = hub.ProcessorTime;
        var watch = Stopwatch.GetTimestamp();
        var beats = await BeatAsync(http, tokens, sessions, TimeSpan.FromSeconds(seconds));
        var beat = (hub.ProcessorTime - before).TotalMicroseconds / beats;
        var rate = beats / Stopwatch.GetElapsedTime(watch).TotalSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"licence    {licences.PerSecond,10:N0}/s {licence,8:N0} µs of the hub's processor time"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"heartbeat  {rate,10:N0}/s {beat,8:N0} µs of the hub's processor time; {licence / beat:N2} heartbeats cost what a licence does"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"log        {entries - entriesBefore,10:N0} entries {(double)(bytes - bytesBefore) / (entries - entriesBefore),8:N0} bytes each in the database"));
    }

    private static async Task<int> BeatAsync(HttpClient http, string[] tokens, string[] sessions, TimeSpan duration)
    {
        var begin = Stopwatch.GetTimestamp();
        var (next, count) = (0, 0);
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => Task.Run(async () =>
        {
            while (Stopwatch.GetElapsedTime(begin) < duration)
            {
                var i = (Interlocked.Increment(ref next) - 1) % sessions.Length;
                using var answer = await SendAsync(http, $"/sessions/{sessions[i]}/heartbeat", tokens[i], []);
                Interlocked.Increment(ref count);
            }
        })));
        return count;
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient http, string path, string token, byte[] body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        var response = await http.SendAsync(request);
        if (!response.IsSuccessStatusCode) throw new InvalidOperationException($"{path}: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");
        return response;
    }

    /// <summary>Entries and bytes, once everything that was written is in the tree.</summary>
    private static async Task<(long Entries, long Bytes)> LogAsync(string connection)
    {
        await using var source = NpgsqlDataSource.Create(connection);
        for (var i = 0; i < 240; i++)
        {
            await Task.Delay(500);
            var entries = await OneAsync(source, "select next_idx from audit_sequence");
            if (await OneAsync(source, "select size from audit_tree") < entries) continue;
            await using (var vacuum = source.CreateCommand("vacuum")) await vacuum.ExecuteNonQueryAsync();
            return (entries, await OneAsync(source, Size));
        }

        throw new InvalidOperationException("The log was not integrated within two minutes.");
    }

    private static async Task<long> OneAsync(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
