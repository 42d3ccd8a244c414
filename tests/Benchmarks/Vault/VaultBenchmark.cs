using System.Diagnostics;
using System.Globalization;
using DrmHub.Cenc;
using DrmHub.Testing;
using DrmHub.Vault.Keys;
using DrmHub.Vault.Keys.Caching;
using DrmHub.Vault.Storage;
using DrmHub.Vault.Storage.Shared;
using Microsoft.Data.Sqlite;

namespace DrmHub.Benchmarks.Vault;

/// <summary>
/// Key custody: lookups from memory and from the database, new keys with group commit, shared state in Redis. Words: <c>SECONDS</c>
/// of each measurement (default 5) and <c>RUNS</c> (default 3); the best, median and worst run are printed.
/// </summary>
public static class VaultBenchmark
{
    private const int Titles = 20_000;

    public static async Task Run(string[] args)
    {
        ArgumentNullException.ThrowIfNull(args);
        var seconds = args.Length > 0 ? double.Parse(args[0], CultureInfo.InvariantCulture) : 5;
        var runs = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 3;
        Console.WriteLine($"{Environment.ProcessorCount} cores; {runs} runs of {seconds} s; operations per second: median (worst to best)");
        using var postgres = new PostgresFixture();
        using var redis = new RedisFixture();
        await MeasureKeysAsync("SQLite", null, seconds, runs);
        if (postgres.Reason is null) await MeasureKeysAsync("PostgreSQL", await postgres.CreateDatabaseAsync(), seconds, runs);
        else Console.WriteLine(postgres.Reason);
        await MeasureSharedAsync("in process", null, seconds, runs);
        if (redis.Reason is null) await MeasureSharedAsync("Redis", redis.ConnectionString, seconds, runs);
        else Console.WriteLine(redis.Reason);
    }

    private static async Task MeasureKeysAsync(string name, string? postgres, double seconds, int runs)
    {
        var directory = Directory.CreateTempSubdirectory("drmhub-bench-").FullName;
        try
        {
            await using var database = await Database.OpenAsync(new StorageOptions { DataDirectory = directory, PostgreSql = postgres });
            await using (var vault = await KeyVault.OpenAsync(database, new KeyStoreOptions(), directory, isProduction: false))
            {
                await Parallel.ForEachAsync(Enumerable.Range(0, Titles), new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (i, token) =>
                {
                    Dispose(await vault.Keys.GetOrCreateAsync($"one-{i}", [Spec("SD")], token));
                    if (i % 10 == 0) Dispose(await vault.Keys.GetOrCreateAsync($"three-{i}", [Spec("SD"), Spec("HD"), Spec("AUDIO")], token));
                });
                foreach (var (label, prefix, step) in ((string, string, int)[])[("one key", "one", 1), ("three keys", "three", 10)])
                {
                    async Task LookUpAsync(int caller, int i) => Dispose(await vault.Keys.FindByContentAsync($"{prefix}-{i * step % Titles}"));
                    await WarmAsync(LookUpAsync, Titles / step);
                    await MeasureAsync($"{name}: warm lookup by content id, {label}, 1 caller", 1, seconds, runs, LookUpAsync);
                }

                var batch = 0;
                foreach (var callers in (int[])[1, 64, 256])
                {
                    var round = ++batch;
                    var count = new int[callers];
                    await MeasureAsync($"{name}: new keys, durable, {callers} callers", callers, seconds, runs, async (caller, _) =>
                        Dispose(await vault.Keys.GetOrCreateAsync($"new-{round}-{caller}-{count[caller]++}", [Spec("SD")])));
                }
            }

            var cold = new KeyStoreOptions { Cache = new KeyCacheOptions { Capacity = 0 } };
            await using var uncached = await KeyVault.OpenAsync(database, cold, directory, isProduction: false);
            foreach (var callers in (int[])[1, 64])
                await MeasureAsync($"{name}: lookup by content id, no cache, {callers} callers", callers, seconds, runs, async (caller, i) => Dispose(await uncached.Keys.FindByContentAsync($"one-{((caller * 313) + i) % Titles}")));
        }
        finally
        {
            SqliteConnection.ClearAllPools();
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task MeasureSharedAsync(string name, string? redis, double seconds, int runs)
    {
        await using var shared = await SharedStateFactory.OpenAsync(new SharedStateOptions { Redis = redis });
        foreach (var callers in (int[])[1, 64])
            await MeasureAsync($"{name}: stream slots, {callers} callers", callers, seconds, runs, async (caller, i) => await shared.TakeSlotAsync(new SlotRequest($"s{(caller * 97 + i) % 10_000}", "a", 2, TimeSpan.FromMinutes(1))));
    }

    private static async Task WarmAsync(Func<int, int, Task> operation, int count)
    {
        for (var i = 0; i < count; i++) await operation(0, i);
    }

    private static async Task MeasureAsync(string name, int callers, double seconds, int runs, Func<int, int, Task> operation)
    {
        var rates = new double[runs];
        await LoadAsync(callers, Math.Min(seconds, 1), operation);
        for (var run = 0; run < runs; run++) rates[run] = await LoadAsync(callers, seconds, operation);
        Array.Sort(rates);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-62} {rates[runs / 2],12:N0}  ({rates[0]:N0} to {rates[^1]:N0})"));
    }

    private static async Task<double> LoadAsync(int callers, double seconds, Func<int, int, Task> operation)
    {
        var total = 0L;
        var watch = Stopwatch.StartNew();
        var length = TimeSpan.FromSeconds(seconds);
        await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(async () =>
        {
            var count = 0;
            while (watch.Elapsed < length) await operation(caller, count++);
            Interlocked.Add(ref total, count);
        })));
        return total / watch.Elapsed.TotalSeconds;
    }

    private static KeySpec Spec(string track) => new() { Track = track, Scheme = ProtectionScheme.Cbcs };

    private static void Dispose(IReadOnlyList<VaultKey> keys)
    {
        foreach (var key in keys) key.Dispose();
    }
}
