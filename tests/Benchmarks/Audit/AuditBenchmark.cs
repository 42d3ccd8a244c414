using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Dapper;
using DrmHub.Cenc;
using DrmHub.Testing;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Audit.Encoding;
using DrmHub.Vault.Audit.Merkle;
using DrmHub.Vault.Audit.Tiles;
using DrmHub.Vault.Storage;

namespace DrmHub.Benchmarks.Audit;

/// <summary>
/// Durable entries a second and the latency that a caller sees, on PostgreSQL and SQLite with fsync, while the tree and the index
/// are built beside it; rows a second of an export; milliseconds of a proof in a large tree.
/// Arguments: <c>--writers N --seconds N --tree N</c>; defaults 64, 10, 10,000,000.
/// </summary>
internal static class AuditBenchmark
{
    public static async Task<int> Run(string[] args)
    {
        var writers = Argument(args, "--writers", 64);
        var seconds = Argument(args, "--seconds", 10);
        if (args.Contains("--parts"))
        {
            Parts();
            return 0;
        }

        using var server = new PostgresFixture();
        if (args.Contains("--sqlite")) Console.WriteLine("PostgreSQL left out");
        else if (server.Reason is null)
        {
            await using var database = await Database.OpenAsync(new StorageOptions { PostgreSql = await server.CreateDatabaseAsync() });
            await BareAsync(database, writers, seconds);
            await AppendAsync("PostgreSQL", database, writers, seconds);
            await BareAsync(database, writers, seconds);
            await ProofsAsync(database, Argument(args, "--tree", 10_000_000));
        }
        else
        {
            Console.WriteLine("PostgreSQL: " + server.Reason);
        }

        var folder = Directory.CreateTempSubdirectory("drmhub-bench-").FullName;
        await using (var database = await Database.OpenAsync(new StorageOptions { DataDirectory = folder })) await AppendAsync("SQLite", database, writers, seconds);
        Directory.Delete(folder, recursive: true);
        return 0;
    }

    /// <summary>What one entry costs this process, part by part, one thread and no database.</summary>
    private static void Parts()
    {
        const int Rounds = 200_000;
        var key = new SubjectKey(RandomNumberGenerator.GetBytes(32));
        var draft = new Draft(Entry(1, 1), new Stamp(RandomNumberGenerator.GetBytes(16), 1_760_000_000_000, "node"), "subject:s");
        draft.Encode(key);
        var leaf = draft.Encoded!.Value.Leaf;
        var edge = new TreeEdge();
        var copy = new CopyRows();
        Time("encode and seal", () => Leaf.Encode(draft.Entry, draft.Stamp, key));
        Time("journal payload of 64, per entry", () => JournalPayload.Write([draft]));
        Time("read the columns", () => LeafColumns.Read(0, leaf));
        Time("read the whole leaf", () => LeafReader.Read(0, leaf));
        Time("hash and append to the tree", () => edge.Append(MerkleHash.Leaf(leaf)));
        Time("write the row for COPY", () =>
        {
            copy.Begin(1);
            copy.Add(leaf);
            if (copy.Length > 1 << 24) copy = new CopyRows();
        });
        Console.WriteLine($"A leaf has {leaf.Length} bytes, {draft.Encoded.Value.Sealed.Length} are sealed beside it.");

        static void Time(string name, Action part)
        {
            for (var i = 0; i < 20_000; i++) part();
            var used = Environment.CpuUsage.UserTime;
            for (var i = 0; i < Rounds; i++) part();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-36} {(Environment.CpuUsage.UserTime - used).TotalMicroseconds / Rounds,8:F2} µs"));
        }
    }

    /// <summary>The peer: one connection that commits the same number of bytes, one row for as many entries as there are writers, and nothing else.</summary>
    private static async Task BareAsync(Database database, int writers, int seconds)
    {
        await using var connection = await database.OpenConnectionAsync();
        await connection.ExecuteAsync("create table if not exists bare_journal (id bigint generated always as identity primary key, payload bytea not null)");
        await using var insert = connection.CreateCommand();
        insert.CommandText = "insert into bare_journal (payload) values (@payload)";
        var parameter = insert.CreateParameter();
        (parameter.ParameterName, parameter.Value) = ("payload", RandomNumberGenerator.GetBytes(writers * 760));
        insert.Parameters.Add(parameter);
        await insert.PrepareAsync();
        long commits = 0;
        var clock = Stopwatch.StartNew();
        for (; clock.Elapsed.TotalSeconds < seconds; commits++) await insert.ExecuteNonQueryAsync();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"bare PostgreSQL: {commits / clock.Elapsed.TotalSeconds:N0} commits/s of {writers} entries' bytes, {commits * writers / clock.Elapsed.TotalSeconds:N0} entries/s"));
        await connection.ExecuteAsync("drop table bare_journal");
    }

    private static async Task AppendAsync(string name, Database database, int writers, int seconds)
    {
        await using var log = await AuditLog.OpenAsync(database, Options(), TimeProvider.System);
        await SettleAsync(log, writers);
        var latencies = new List<double>[writers];
        var processor = Environment.CpuUsage.TotalTime;
        var serverBefore = await ServerProcessorAsync(database);
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(async () =>
        {
            var mine = latencies[writer] = new List<double>(100_000);
            for (var i = 0; clock.Elapsed.TotalSeconds < seconds; i++)
            {
                var started = Stopwatch.GetTimestamp();
                await log.AppendAsync(Entry(writer, i));
                mine.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            }
        })));
        var elapsed = clock.Elapsed.TotalSeconds;
        var all = latencies.SelectMany(each => each).Order().ToList();
        var used = (Environment.CpuUsage.TotalTime - processor).TotalMicroseconds / all.Count;
        var serverUsed = (await ServerProcessorAsync(database) - serverBefore).TotalMicroseconds / all.Count;
        var server = database.IsPostgreSql ? string.Create(CultureInfo.InvariantCulture, $" and {serverUsed:F0} µs of PostgreSQL's") : "";
        var page = await log.QueryAsync(new AuditQuery { Limit = 1 });
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name}: {writers} writers, {all.Count / elapsed:N0} durable entries/s, median {all[all.Count / 2]:F2} ms, p99 {all[(int)(all.Count * 0.99)]:F2} ms, {used:F0} µs of this process's{server} processor time an entry; in the index at the end: {page.Complete:N0} of {page.Durable:N0}"));

        while ((await log.Tree.HeadAsync())?.Head.Size < page.Durable) await Task.Delay(100);
        var caughtUp = clock.Elapsed.TotalSeconds;
        clock.Restart();
        long rows = 0;
        await foreach (var _ in log.StreamAsync(new AuditQuery())) rows++;
        var stream = clock.Elapsed.TotalSeconds;
        clock.Restart();
        await log.WriteAsync(new AuditQuery(), asCsv: true, Stream.Null);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name}: signed head over all after {caughtUp:F1} s; export {rows / stream:N0} rows/s as leaves, {rows / clock.Elapsed.TotalSeconds:N0} rows/s as CSV; working set {Environment.WorkingSet >> 20} MB"));
    }

    /// <summary>Writes until the runtime has compiled nothing more for two seconds, half a minute at most: a log that runs for months has that behind it.</summary>
    private static async Task SettleAsync(AuditLog log, int writers)
    {
        var (compiled, quiet, clock) = (0L, Stopwatch.StartNew(), Stopwatch.StartNew());
        while (quiet.Elapsed.TotalSeconds < 2 && clock.Elapsed.TotalSeconds < 30)
        {
            await Task.WhenAll(Enumerable.Range(0, writers).Select(async writer =>
            {
                for (var i = 0; i < 50; i++) await log.AppendAsync(Entry(writer, i));
            }));
            if (System.Runtime.JitInfo.GetCompiledMethodCount() is var count && count > compiled + 10) quiet.Restart();
            compiled = System.Runtime.JitInfo.GetCompiledMethodCount();
        }
    }

    /// <summary>Processor time of the server's processes that are there now, in steps of 10 ms each.</summary>
    private static async Task<TimeSpan> ServerProcessorAsync(Database database)
    {
        if (!database.IsPostgreSql) return TimeSpan.Zero;
        await using var connection = await database.OpenConnectionAsync();
        var total = TimeSpan.Zero;
        foreach (var id in await connection.QueryAsync<int>("select pid from pg_stat_activity"))
        {
            using var process = Process.GetProcessById(id);
            total += process.TotalProcessorTime;
        }

        return total;
    }

    /// <summary>A tree of that many random hashes is put straight into the tiles, and proofs are built from them, none from memory.</summary>
    private static async Task ProofsAsync(Database database, int size)
    {
        await using var connection = await database.OpenConnectionAsync();
        await connection.ExecuteAsync("delete from audit_tile");
        var edge = new TreeEdge();
        for (var i = 0; i < size; i++)
        {
            edge.Append(SHA256.HashData(BitConverter.GetBytes(i)));
            if (i % 262_144 != 262_143 && i != size - 1) continue;
            await using var transaction = await connection.BeginTransactionAsync();
            foreach (var ((level, index), hashes) in edge.TakeTouched())
                await connection.ExecuteAsync("insert into audit_tile (level, idx, hashes) values (@level, @index, @hashes) on conflict (level, idx) do update set hashes = excluded.hashes", new { level = (long)level, index, hashes }, transaction);
            await transaction.CommitAsync();
        }

        var root = edge.Root();
        var times = new List<double>();
        var verified = 0;
        for (var i = 0; i < 500; i++)
        {
            var index = RandomNumberGenerator.GetInt32(size);
            var clock = Stopwatch.GetTimestamp();
            var store = new TileStore(database); // A new one: nothing is cached.
            var tree = new TileTree(store.ReadAsync, store.ReadAllAsync);
            var proof = await tree.InclusionAsync(index, size);
            times.Add(Stopwatch.GetElapsedTime(clock).TotalMilliseconds);
            if (MerkleProof.VerifyInclusion(index, size, SHA256.HashData(BitConverter.GetBytes(index)), proof, root)) verified++;
        }

        times.Sort();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Inclusion proof in {size:N0} entries, no cache: median {times[250]:F2} ms, p99 {times[495]:F2} ms; {verified} of 500 verify"));
    }

    private static AuditEntry Entry(int writer, int i) => new()
    {
        Kind = AuditKind.LicenseGranted,
        Subject = "subscriber-" + (writer * 16 + i % 16).ToString(CultureInfo.InvariantCulture),
        ContentId = "title-" + (i % 500).ToString(CultureInfo.InvariantCulture),
        Country = (i & 1) == 0 ? "IN" : "DE",
        System = DrmSystem.Widevine,
        SecurityLevel = "Hardware",
        DeviceModel = "Benchmark 1",
        Address = "192.0.2.7",
        PolicyHash = "5f2b8c1e",
        RequestId = "0af7651916cd43dd8448eb211c80319c",
        Keys = [new AuditKey(new KeyId(new Guid(i, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)), "HD", Granted: true)],
        Trace = ["deal open", "level Hardware: no cap"],
    };

    private static AuditOptions Options() => new() { LogKeySeed = new byte[32], PseudonymKey = new byte[32], QueryPatience = TimeSpan.Zero };

    private static int Argument(string[] args, string name, int otherwise)
    {
        var at = Array.IndexOf(args, name);
        return at >= 0 && at + 1 < args.Length ? int.Parse(args[at + 1], CultureInfo.InvariantCulture) : otherwise;
    }
}
