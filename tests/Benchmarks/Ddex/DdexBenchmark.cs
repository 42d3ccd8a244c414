using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using DrmHub.Music;
using DrmHub.Music.Catalogue;
using DrmHub.Music.Ddex;
using DrmHub.Music.Search;
using DrmHub.Testing;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Catalogue;
using DrmHub.Vault.Rights;
using DrmHub.Vault.Storage;
using Microsoft.Extensions.Options;

namespace DrmHub.Benchmarks.Ddex;

/// <summary>
/// DDEX messages of twelve tracks, one after the other: read, checked, and stored with catalogue, deals and audit entries, each durable before
/// the next. Peer in the same run: storing the bytes of each message alone, durable as well. Words: <c>RELEASES</c> (default 1000). Then
/// search over what was imported.
/// </summary>
public static class DdexBenchmark
{
    private const int Tracks = 12;

    private static readonly string[] s_syllables = ["ka", "ve", "ri", "mo", "han", "dil", "se", "pre", "ma", "ga", "na", "su", "raj", "lo", "ti", "pu", "jan", "vi", "ra", "shi"];

    public static async Task RunAsync(string[] args)
    {
        ArgumentNullException.ThrowIfNull(args);
        var releases = Math.Clamp(args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 1000, 10, 20_000);
        using var postgres = new PostgresFixture();
        Console.WriteLine($"{releases} releases of {Tracks} tracks; {Environment.ProcessorCount} cores, shared with the database");
        Console.WriteLine($"{"",-12} {"releases/min",14} {"ms each",10} {"CPU ms each",12} {"of that reading",16} {"bytes alone/min",16} {"ratio",8}");
        await MeasureAsync("SQLite", null, releases);
        if (postgres.Reason is null) await MeasureAsync("PostgreSQL", await postgres.CreateDatabaseAsync(), releases);
        else Console.WriteLine(postgres.Reason);
    }

    private static async Task MeasureAsync(string name, string? postgreSql, int releases)
    {
        var folder = Directory.CreateTempSubdirectory("drmhub-bench-").FullName;
        await using (var database = await Database.OpenAsync(new StorageOptions { DataDirectory = folder, PostgreSql = postgreSql }))
        {
            await using var audit = await AuditLog.OpenAsync(database, new AuditOptions { LogKeySeed = RandomNumberGenerator.GetBytes(32), PseudonymKey = RandomNumberGenerator.GetBytes(32) }, TimeProvider.System);
            await using var rights = await RightsStore.OpenAsync(database, audit, TimeProvider.System);
            var store = new CatalogueStore(database, TimeProvider.System);
            var catalogue = new MusicCatalogue(store, audit);
            var importer = new ErnImporter(catalogue, new ErnLedger(database, store, rights, TimeProvider.System), Options.Create(new MusicOptions()));
            var messages = Enumerable.Range(0, releases).Select(Message).ToArray();
            for (var i = 0; i < Math.Min(20, releases); i++) ErnParser.Parse(new MemoryStream(messages[i]));

            var reading = Stopwatch.StartNew();
            foreach (var message in messages) ErnParser.Parse(new MemoryStream(message));
            reading.Stop();
            var processor = Environment.CpuUsage.TotalTime;
            var importing = Stopwatch.StartNew();
            foreach (var message in messages) await importer.ImportAsync(new MemoryStream(message), MusicActor.CommandLine);
            importing.Stop();
            processor = Environment.CpuUsage.TotalTime - processor;
            var alone = await StoreAloneAsync(database, messages);
            var perMinute = releases / importing.Elapsed.TotalMinutes;
            var peer = releases / alone.TotalMinutes;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-12} {perMinute,14:N0} {importing.Elapsed.TotalMilliseconds / releases,10:N1} {processor.TotalMilliseconds / releases,12:N1} {reading.Elapsed / importing.Elapsed,16:P0} {peer,16:N0} {perMinute / peer,8:N3}"));
            await SearchAsync(store, catalogue);
        }

        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>Peer of a query: looking at every title with the framework's own comparison.</summary>
    private static async Task SearchAsync(CatalogueStore store, MusicCatalogue catalogue)
    {
        using var index = new SearchIndex(1_000_000);
        var titles = new List<string>();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var building = Stopwatch.StartNew();
        var after = "";
        while (await store.Queries.ListAsync("recording", after, 1000) is { Count: > 0 } rows)
        {
            foreach (var recording in rows.Select(MusicCatalogue.Read<Recording>))
            {
                var fields = SearchFields.Of(recording, new Dictionary<string, Artist>());
                index.Put(SearchFields.Entry(recording, fields), fields);
                titles.Add(recording.Titles[0].Value);
            }

            after = rows[^1].Id;
        }

        building.Stop();
        var bytes = GC.GetTotalMemory(forceFullCollection: true) - before;
        GC.KeepAlive(catalogue);
        string[] queries = ["kaveri", "mohan dil", "preema", "vira shi", "gana suraj"];
        foreach (var query in queries) index.Find(query, _ => true, 20);
        var searching = Stopwatch.StartNew();
        const int Rounds = 20;
        for (var i = 0; i < Rounds; i++) foreach (var query in queries) index.Find(query, _ => true, 20);
        searching.Stop();
        var scanning = Stopwatch.StartNew();
        var found = 0;
        for (var i = 0; i < Rounds; i++) foreach (var query in queries) found += titles.Count(title => title.Contains(query, StringComparison.OrdinalIgnoreCase));
        scanning.Stop();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{"",-12} search over {index.Count:N0} recordings: {searching.Elapsed.TotalMilliseconds / Rounds / queries.Length:N2} ms a query ({scanning.Elapsed / searching.Elapsed:N1} × as fast as looking for the substring in every title, {found} found by that), {bytes / Math.Max(1, index.Count):N0} bytes each, built in {building.Elapsed.TotalSeconds:N1} s"));
    }

    private static async Task<TimeSpan> StoreAloneAsync(Database database, byte[][] messages)
    {
        await using var connection = await database.OpenConnectionAsync();
        await connection.ExecuteAsync("create table bench_bytes (id bigint primary key, bytes bytea not null)");
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < messages.Length; i++) await connection.ExecuteAsync("insert into bench_bytes (id, bytes) values (@id, @bytes)", new { id = (long)i, bytes = messages[i] });
        return watch.Elapsed;
    }

    private static byte[] Message(int number)
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"A1ZZZZZ{number:0000000000}");
        var icpn = string.Create(CultureInfo.InvariantCulture, $"200{number:000000000}");
        return Encoding.UTF8.GetBytes(new ErnSample
        {
            MessageId = $"M-{number}",
            Grid = Check37(id),
            Icpn = icpn + CheckGtin(icpn),
            Title = Title(number),
            FirstIsrc = 1 + (number * Tracks % 80_000),
            Tracks = Tracks,
        }.ToString().Replace("ZZABC99", string.Create(CultureInfo.InvariantCulture, $"ZZA{(char)('A' + (number * Tracks / 80_000))}C99"), StringComparison.Ordinal));
    }

    private static string Title(int number)
    {
        var words = new StringBuilder();
        for (var i = 0; i < 6; i++)
        {
            words.Append(s_syllables[(int)((number * 2654435761L >> (i * 5)) % s_syllables.Length + s_syllables.Length) % s_syllables.Length]);
            if (i is 1 or 3) words.Append(' ');
        }

        return words.ToString();
    }

    private static string Check37(string text) => text + "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".First(check => MusicIds.HasCheck37(text + check));

    private static char CheckGtin(string text) => "0123456789".First(check => MusicIds.IsGtin(text + check));
}
