using System.Collections.Concurrent;
using System.Globalization;
using Dapper;
using DrmHub.Vault.Keys;
using DrmHub.Vault.Keys.MasterKeys;
using DrmHub.Vault.Tests.Storage;
using Microsoft.Extensions.Logging;

namespace DrmHub.Vault.Tests.Keys;

/// <summary>Keys that were used are nowhere: not in memory, not in the database's files, not in a log line.</summary>
[Collection(ServerCollection.Name)]
public sealed class NoKeyIsLeftTests(Servers servers)
{
    private const int Contents = 150;

    [SkippableTheory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.PostgreSql)]
    public async Task The_memory_of_a_process_that_used_keys_holds_none_but_the_one_in_use(Engine engine)
    {
        Skip.IfNot(File.Exists("/proc/self/mem"), "There is no /proc/PID/mem here.");
        using var place = await TestDatabase.CreateAsync(engine, servers);
        await using (await Node.OpenAsync(place))
        {
            // Makes the master key.
        }

        using var worker = WorkerProcess.Start("use", place, Contents.ToString(CultureInfo.InvariantCulture));
        await worker.WaitForLinesAsync(1);
        var scanner = new KeyScanner(await ReadKeysAsync(place));
        var found = ScanProcess(worker.Process.Id, scanner, out var size);

        // The scan works: it sees a hundred megabytes, and the two keys that are in use.
        Assert.True(size > 50_000_000, $"Only {size} bytes could be read.");
        Assert.Equal(["title-0/HD, raw", "title-0/SD, raw"], found.Order());

        worker.Process.StandardInput.Close();
        await worker.Process.WaitForExitAsync();
    }

    [SkippableTheory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.PostgreSql)]
    public async Task The_files_of_the_database_and_every_log_line_hold_no_key(Engine engine)
    {
        using var place = await TestDatabase.CreateAsync(engine, servers);
        var lines = new ConcurrentQueue<string>();
        var oid = "";
        using (var loggers = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(new Lines(lines))))
        {
            await using var database = await place.OpenAsync();
            await using var vault = await KeyVault.OpenAsync(database, new KeyStoreOptions { DataKeys = new DataKeyOptions { MaxKeys = 100 } }, place.DirectoryPath, isProduction: false, loggers: loggers);
            for (var i = 0; i < Contents; i++)
                foreach (var key in await vault.Keys.GetOrCreateAsync($"title-{i}", [KeyStoreTests.Spec("SD"), KeyStoreTests.Spec("HD")])) key.Dispose();
            var master = LocalMasterKey.FromFile(MasterKeyFactory.FileOf(new MasterKeyOptions(), place.DirectoryPath));
            await using var rotation = await KeyRotation.OpenAsync(database, master, new KeyStoreOptions(), loggers: loggers);
            await rotation.RotateDataAsync();

            // A row that does not open is the moment when one would like to say too much.
            await using var connection = await database.OpenConnectionAsync();
            await connection.ExecuteAsync("update content_keys set track = 'UHD1' where content_id = 'title-0' and track = 'HD'");
            await using var fresh = await Node.OpenAsync(place);
            lines.Enqueue((await Assert.ThrowsAsync<KeyVaultException>(() => fresh.Keys.FindByContentAsync("title-0"))).ToString());
            await connection.ExecuteAsync("update content_keys set track = 'HD' where content_id = 'title-0' and track = 'UHD1'");
            if (engine == Engine.PostgreSql)
            {
                await connection.ExecuteAsync("checkpoint;");
                oid = (await connection.ExecuteScalarAsync<string>("select oid::text from pg_database where datname = current_database()"))!;
            }
        }

        var keys = await ReadKeysAsync(place);
        var scanner = new KeyScanner(keys);
        Assert.NotEmpty(lines);
        foreach (var line in lines) Assert.Empty(scanner.Find(System.Text.Encoding.UTF8.GetBytes(line)));

        // Of the server's files those of this database, and what it wrote ahead and logged.
        string[] directories = engine == Engine.PostgreSql && servers.Postgres.IsOwn
            ? [Path.Combine(servers.Postgres.DirectoryPath!, "data", "base", oid), Path.Combine(servers.Postgres.DirectoryPath!, "data", "pg_wal")]
            : [place.DirectoryPath];
        var text = System.Text.Encoding.UTF8.GetBytes("title-77");
        var seen = false;
        foreach (var path in directories.SelectMany(directory => Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories)))
        {
            byte[] bytes;
            try
            {
                bytes = await File.ReadAllBytesAsync(path);
            }
            catch (IOException)
            {
                continue; // A temporary file of the server that is gone by now.
            }

            Assert.Empty(scanner.Find(bytes));
            seen |= bytes.AsSpan().IndexOf(text) >= 0;
        }

        // The scan works: the content ids are there to be found, and a key in any form would be.
        Assert.True(seen || (engine == Engine.PostgreSql && !servers.Postgres.IsOwn));
        Assert.NotEmpty(scanner.Find(System.Text.Encoding.UTF8.GetBytes("a log line with " + Convert.ToHexStringLower(keys[0].Key))));
        Assert.NotEmpty(scanner.Find(System.Text.Encoding.Unicode.GetBytes("x" + Convert.ToBase64String(keys[5].Key))));
    }

    private static async Task<List<(string Name, byte[] Key)>> ReadKeysAsync(TestDatabase place)
    {
        await using var node = await Node.OpenAsync(place);
        var keys = new List<(string, byte[])>();
        for (var i = 0; i < Contents; i++)
            foreach (var key in await node.Keys.FindByContentAsync($"title-{i}")) keys.Add(($"title-{i}/{key.Track}", key.Key.Bytes.ToArray()));
        Assert.Equal(2 * Contents, keys.Count);
        return keys;
    }

    /// <summary>Reads every writable page of the process: heaps of both kinds, stacks, what the database library keeps.</summary>
    private static HashSet<string> ScanProcess(int id, KeyScanner scanner, out long size)
    {
        var found = new HashSet<string>();
        size = 0;
        using var memory = File.OpenHandle($"/proc/{id}/mem");
        foreach (var line in File.ReadAllLines($"/proc/{id}/maps"))
        {
            var parts = line.Split(' ', 3);
            if (!parts[1].StartsWith("rw", StringComparison.Ordinal)) continue;
            var range = parts[0].Split('-');
            var (from, to) = (long.Parse(range[0], NumberStyles.HexNumber), long.Parse(range[1], NumberStyles.HexNumber));

            // In pieces with an overlap, so that no key lies across a border.
            var buffer = new byte[1 << 20];
            for (var at = from; at < to; at += buffer.Length - 256)
            {
                try
                {
                    var read = RandomAccess.Read(memory, buffer.AsSpan(0, (int)Math.Min(buffer.Length, to - at)), at);
                    size += read;
                    found.UnionWith(scanner.Find(buffer.AsMemory(0, read)));
                }
                catch (IOException)
                {
                    // Reserved and not in use.
                }
            }
        }

        return found;
    }

    private sealed class Lines(ConcurrentQueue<string> lines) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue(formatter(state, exception) + exception);

        public void Dispose()
        {
        }
    }
}
