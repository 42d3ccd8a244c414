using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using DrmHub.Cenc;
using DrmHub.Testing;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Keys;
using DrmHub.Vault.Rights;
using DrmHub.Vault.Storage;

namespace DrmHub.Benchmarks.Rights;

/// <summary>Batches of rights (NDJSON, with an audit entry for each document) and replay of recorded requests, on both databases. Arguments: rows, and <c>sqlite</c> or <c>postgresql</c> for one alone.</summary>
internal static class RightsBenchmark
{
    private const int RequestsPerRow = 4;

    public static async Task<int> RunAsync(string[] arguments)
    {
        var rows = arguments.Length > 0 ? int.Parse(arguments[0], System.Globalization.CultureInfo.InvariantCulture) : 20_000;
        var only = arguments.Length > 1 ? arguments[1] : "";
        if (only == "parts")
        {
            Parts(rows);
            return 0;
        }

        await RunAsync("SQLite, so that the runtime compiles (not counted)", null, 3000);
        if (only != "postgresql") await RunAsync("SQLite", null, rows);
        if (only == "sqlite") return 0;
        using var postgres = new PostgresFixture();
        if (postgres.Reason is null) await RunAsync("PostgreSQL", await postgres.CreateDatabaseAsync(), rows);
        return 0;
    }

    private static async Task RunAsync(string name, string? connection, int rows)
    {
        var folder = Directory.CreateTempSubdirectory("drmhub-bench-").FullName;
        await using (var database = await Database.OpenAsync(new StorageOptions { DataDirectory = folder, PostgreSql = connection }))
        await using (var vault = await KeyVault.OpenAsync(database, new KeyStoreOptions(), folder, isProduction: false))
        await using (var audit = await AuditLog.OpenAsync(database, new AuditOptions { LogKeySeed = RandomNumberGenerator.GetBytes(32), PseudonymKey = RandomNumberGenerator.GetBytes(32) }, TimeProvider.System))
        await using (var store = await RightsStore.OpenAsync(database, audit, TimeProvider.System))
        {
            Console.WriteLine(name);
            var peer = await AppendAsync(audit, rows);
            Print("audit entries alone", peer, peer);
            Print("deals", await ImportAsync(store, RightsKinds.Deals, rows, i => Deal(i, "L")), peer);
            Print("deals, changed", await ImportAsync(store, RightsKinds.Deals, rows, i => Deal(i, "M")), peer);
            Print("subscribers", await ImportAsync(store, RightsKinds.Subscribers, rows, i => $$"""{"id":"s{{i}}","subscriptions":[{"plan":"premium","from":"2026-01-01T00:00:00Z"}]}"""), peer);
            var requests = rows * RequestsPerRow;
            await RecordAsync(audit, vault.Keys, requests);
            while (await audit.QueryAsync(new AuditQuery { Limit = 1 }) is { } page && page.Complete < page.Durable)
            {
                // A replay waits until the log has indexed what came before it. That is the log's time, not the replay's.
            }

            var watch = Stopwatch.StartNew();
            var before = Process.GetCurrentProcess().TotalProcessorTime;
            var answer = await new RightsReplay(store, audit, vault.Keys).RunAsync(new ReplayQuestion { Draft = new RightsDraft { Removed = [new RemovedDocument("deal", "d0")] } });
            Console.WriteLine($"  ({(Process.GetCurrentProcess().TotalProcessorTime - before).TotalMicroseconds / requests:N0} µs of processor time for each)");
            Print($"replay, {answer.LosingRequests} lose", answer.Requests / watch.Elapsed.TotalSeconds, peer);
        }

        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>What one document of a batch costs this process, part by part, one thread and no database.</summary>
    private static void Parts(int rows)
    {
        var lines = Enumerable.Range(0, rows).Select(i => Encoding.UTF8.GetBytes(Deal(i, "L"))).ToArray();
        var deals = new object[rows];
        Time("parse and check", i => deals[i] = RightsKinds.Deals.Parse(lines[i]));
        var bodies = new string[rows];
        Time("write", i => bodies[i] = RightsKinds.Deals.Write(deals[i]));
        Time("read what was written", i => RightsKinds.Deals.Read(bodies[i]));
        var entries = new AuditEntry[rows];
        var changes = Enumerable.Range(0, rows).Select(i => RightsChange.Put(RightsKinds.Deals, (Deal)deals[i])).ToArray();
        Time("tell what changed", i => entries[i] = RightsAuditing.Describe(changes[i], null, bodies[i], 1, new RightsActor("bench")));
        Time("entry for the outbox", i => System.Text.Json.JsonSerializer.Serialize(entries[i], RightsJson.Options));
        Time("entry for the log", i => DrmHub.Vault.Audit.Encoding.Leaf.Encode(entries[i], new DrmHub.Vault.Audit.Encoding.Stamp(new byte[16], 1, "n"), null));
        var leaf = DrmHub.Vault.Audit.Encoding.Leaf.Encode(entries[0], new DrmHub.Vault.Audit.Encoding.Stamp(new byte[16], 1, "n"), null).Leaf;
        Time("columns of the entry", _ => DrmHub.Vault.Audit.Encoding.LeafColumns.Read(0, leaf));
        Time("lay out the rule", i => _ = new DealRule((Deal)deals[i], new HeldPlans(new RightsDocuments())));

        void Time(string name, Action<int> part)
        {
            for (var round = 0; round < 3; round++)
            {
                var (used, allocated) = (Environment.CpuUsage.TotalTime, GC.GetAllocatedBytesForCurrentThread());
                for (var i = 0; i < rows; i++) part(i);
                if (round == 2) Console.WriteLine($"{name,-24} {(Environment.CpuUsage.TotalTime - used).TotalMicroseconds / rows,8:F2} µs {(GC.GetAllocatedBytesForCurrentThread() - allocated) / rows,8:N0} bytes");
            }
        }
    }

    private static string Deal(int i, string licensor) =>
        $$"""{"id":"d{{i}}","name":"Deal {{i}}","licensor":"{{licensor}}","content":{"patterns":["t{{i}}"]},"plans":["premium"],"territories":["IN"{{(licensor == "L" ? ",\"LK\"" : "")}}]}""";

    private static void Print(string name, double perSecond, double peer) => Console.WriteLine($"  {name,-24} {perSecond,10:N0}/s  {perSecond / peer,6:F2} × audit entries alone");

    private static async Task<double> AppendAsync(AuditLog audit, int rows)
    {
        var watch = Stopwatch.StartNew();
        foreach (var chunk in Enumerable.Range(0, rows).Chunk(1000))
            await Task.WhenAll(chunk.Select(i => audit.AppendAsync(new AuditEntry { Kind = AuditKind.Administration, Actor = "bench", Details = new Dictionary<string, string> { ["number"] = $"{i}" } })));
        return rows / watch.Elapsed.TotalSeconds;
    }

    private static async Task<double> ImportAsync<T>(RightsStore store, RightsKind<T> kind, int rows, Func<int, string> line)
        where T : class
    {
        var file = Encoding.UTF8.GetBytes(string.Join('\n', Enumerable.Range(0, rows).Select(line)));
        var watch = Stopwatch.StartNew();
        var before = Process.GetCurrentProcess().TotalProcessorTime;
        var (paused, collections, allocated) = (GC.GetTotalPauseDuration(), (GC.CollectionCount(0), GC.CollectionCount(1), GC.CollectionCount(2)), GC.GetTotalAllocatedBytes());
        var changes = await RightsFile.ReadAsync(new MemoryStream(file), kind);
        var read = watch.Elapsed;
        var outcome = await store.ChangeAsync(changes, new RightsActor("bench"));
        if (outcome.Created + outcome.Updated != rows) throw new InvalidOperationException("Not every row was written.");
        var used = Process.GetCurrentProcess().TotalProcessorTime - before;
        Console.WriteLine($"  {(GC.GetTotalPauseDuration() - paused).TotalMicroseconds / rows:N1} µs each in collections ({GC.CollectionCount(0) - collections.Item1}/{GC.CollectionCount(1) - collections.Item2}/{GC.CollectionCount(2) - collections.Item3}), {(GC.GetTotalAllocatedBytes() - allocated) / rows:N0} bytes allocated each");
        Console.WriteLine($"  ({read.TotalMilliseconds:N0} ms of {watch.Elapsed.TotalMilliseconds:N0} to read and check; {used.TotalMicroseconds / rows:N0} µs of processor time for each)");
        return rows / watch.Elapsed.TotalSeconds;
    }

    private static async Task RecordAsync(AuditLog audit, KeyStore keys, int rows)
    {
        var issued = await keys.GetOrCreateAsync("t0", [KeySpec.ForTrack(TrackType.Audio, ProtectionScheme.Cenc), KeySpec.ForTrack(TrackType.SD, ProtectionScheme.Cenc), KeySpec.ForTrack(TrackType.HD, ProtectionScheme.Cenc)]);
        var asked = issued.Select(key => new AuditKey(key.KeyId, key.Track, Granted: true)).ToArray();
        foreach (var key in issued) key.Dispose();
        foreach (var chunk in Enumerable.Range(0, rows).Chunk(1000))
        {
            await Task.WhenAll(chunk.Select(i => audit.AppendAsync(new AuditEntry
            {
                Kind = AuditKind.LicenseGranted,
                Subject = $"s{i % 1000}",
                ContentId = "t0",
                Keys = asked,
                Country = "IN",
                System = DrmSystem.Widevine,
                SecurityLevel = "HardwareCrypto",
                Trace = ["Deal Deal 0 covers this content here and now.", "The licence goes out under d0 for 21600 s."],
                Deal = "d0",
            })));
        }
    }
}
