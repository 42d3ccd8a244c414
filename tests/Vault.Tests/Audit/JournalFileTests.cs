using Dapper;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Audit.Encoding;
using DrmHub.Vault.Audit.Verify;
using DrmHub.Vault.Storage;
using Microsoft.Data.Sqlite;

namespace DrmHub.Vault.Tests.Audit;

/// <summary>
/// On SQLite the journal lies in a file of its own: whatever was answered is in one of the two files at every moment, and files that do not fit are refused.
/// States of a data directory are copied at chosen points and put together as a loss of power, a restore or an older program leaves them.
/// </summary>
public sealed class JournalFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("drmhub-journal-").FullName;

    private static AuditOptions Appending => AuditStore.DefaultOptions with { Integrate = false };

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task An_append_does_not_wait_for_who_writes_the_database()
    {
        await using var data = await DataDirectory.OpenAsync(Path.Combine(_folder, "data"));
        await using var log = await data.LogAsync(Appending);
        await using var connection = await data.Database.OpenConnectionAsync();
        await using (await Database.BeginWriteAsync(connection)) // Until the append has returned.
            Assert.Equal(0, await log.AppendAsync(Entry("r")));
        Assert.Equal(0, await connection.ExecuteScalarAsync<long>("select count(*) from audit_journal"));
    }

    [Fact]
    public async Task An_entry_whose_subscriber_is_new_holds_up_no_other()
    {
        await using var data = await DataDirectory.OpenAsync(Path.Combine(_folder, "data"));
        await using var log = await data.LogAsync(Appending);
        var known = Entry("known") with { Subject = "known", Address = "192.0.2.1" };
        Assert.Equal(0, await log.AppendAsync(known));
        await using var connection = await data.Database.OpenConnectionAsync();
        Task<long> late;
        await using (await Database.BeginWriteAsync(connection))
        {
            late = Task.Run(() => log.AppendAsync(Entry("late") with { Subject = "new", Address = "192.0.2.1" }));
            Assert.Equal(1, await log.AppendAsync(known));
            Assert.Equal(2, await log.AppendAsync(Entry("r")));
            Assert.False(late.IsCompleted); // Its key waits for the database.
        }

        Assert.Equal(3, await late);
    }

    /// <summary>
    /// 0: entries wait in the journal. 1: they are integrated, not durably. 2: the journal has forgotten them. A loss of power may undo the integration as long as
    /// the journal has them, and may undo the forgetting.
    /// </summary>
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(2, 0)]
    [InlineData(2, 1)]
    [InlineData(1, 2)]
    [InlineData(2, 2)]
    public async Task No_entry_is_lost_or_doubled_by_a_loss_of_power(int database, int journal)
    {
        var states = await StatesAsync();
        var copy = Combine("lost", states[database], states[journal]);
        await using var data = await DataDirectory.OpenAsync(copy);
        await CheckAsync(data, 400);
    }

    [Fact]
    public async Task A_database_that_lacks_what_the_journal_has_forgotten_is_refused()
    {
        var states = await StatesAsync();
        var copy = Combine("gap", states[0], states[2]);
        await using (var data = await DataDirectory.OpenAsync(copy))
        {
            for (var attempt = 0; attempt < 2; attempt++)
            {
                var refused = await Assert.ThrowsAsync<AuditFormatException>(() => data.LogAsync(AuditStore.DefaultOptions));
                Assert.Contains("begins at entry 400", refused.Message, StringComparison.Ordinal);
                Assert.Contains("ends at 100", refused.Message, StringComparison.Ordinal);
            }
        }

        // What the message says.
        MoveJournalAway(copy);
        await using var again = await DataDirectory.OpenAsync(copy);
        await CheckAsync(again, 100);
        Assert.Contains(again.Errors.Messages, message => message.Contains("goes on at entry 100", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_gap_that_opens_while_the_log_runs_is_an_error_and_nothing_is_integrated_over_it()
    {
        await using var data = await DataDirectory.OpenAsync(Path.Combine(_folder, "data"));
        await using var log = await data.LogAsync(Appending);
        for (var i = 0; i < 3; i++) await log.AppendAsync(Entry("r" + i));
        await using (var file = JournalFile.Open(JournalFile.PathOf(data.Database))) await file.ExecuteAsync("delete from audit_journal where first_idx = 0");
        await using var journal = new SqliteJournal(data.Database, TimeProvider.System);
        await using var integrator = new Integrator(data.Database, journal, TimeProvider.System);
        for (var attempt = 0; attempt < 2; attempt++)
        {
            var refused = await Assert.ThrowsAsync<AuditFormatException>(() => integrator.RoundAsync(default));
            Assert.Contains("1 follows 0", refused.Message, StringComparison.Ordinal);
        }

        Assert.Equal((0, 3, 2), await data.CountAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_backup_of_the_database_alone_is_a_log_that_goes_on(bool beside)
    {
        var source = Path.Combine(_folder, "data");
        var copy = Path.Combine(_folder, "restored");
        Directory.CreateDirectory(copy);
        await using (var data = await DataDirectory.OpenAsync(source))
        {
            await using var log = await data.LogAsync(AuditStore.DefaultOptions);
            for (var i = 0; i < 50; i++) await log.AppendAsync(Entry("r" + i));
            await log.QueryAsync(new AuditQuery());
            await using var from = (SqliteConnection)await data.Database.OpenConnectionAsync(); // As sqlite3's .backup does while the hub runs.
            await using var to = new SqliteConnection($"Data Source={Path.Combine(copy, "drmhub.db")};Pooling=false");
            to.Open();
            from.BackupDatabase(to);
            if (beside) for (var i = 0; i < 50; i++) await log.AppendAsync(Entry("later" + i));
        }

        if (beside)
        {
            // The journal of a later time was left beside it.
            CopyJournal(source, copy);
            await using var data = await DataDirectory.OpenAsync(copy);
            await Assert.ThrowsAsync<AuditFormatException>(() => data.LogAsync(AuditStore.DefaultOptions));
            MoveJournalAway(copy);
        }

        await using (var data = await DataDirectory.OpenAsync(copy)) await CheckAsync(data, 50);

        // From here on it is another log: neither file fits the other one's.
        await using (var data = await DataDirectory.OpenAsync(copy))
        {
            Assert.Equal((51, 51, 0), await data.CountAsync());
            CopyJournal(source, copy);
            await Assert.ThrowsAsync<AuditFormatException>(() => data.LogAsync(AuditStore.DefaultOptions));
        }
    }

    [Fact]
    public async Task A_journal_that_is_older_than_the_database_gives_no_index_twice_and_takes_no_batch_twice()
    {
        var source = Path.Combine(_folder, "data");
        var writer = new byte[16];
        await using (var data = await DataDirectory.OpenAsync(source))
        {
            await using (await data.LogAsync(Appending))
            {
            }

            CopyJournal(source, Path.Combine(_folder, "old"));
            await using var journal = new SqliteJournal(data.Database, TimeProvider.System);
            await using var integrator = new Integrator(data.Database, journal, TimeProvider.System);
            for (var batch = 1; batch <= 3; batch++) await journal.AppendAsync(writer, new Batches(batch, batch), 1, Payload("r" + batch), default);
            while (await integrator.RoundAsync(default) is { More: true })
            {
            }
        }

        SqliteConnection.ClearAllPools();
        MoveJournalAway(source);
        CopyJournal(Path.Combine(_folder, "old"), source);
        await using (var data = await DataDirectory.OpenAsync(source))
        {
            await using var log = await data.LogAsync(AuditStore.DefaultOptions);
            await using var journal = new SqliteJournal(data.Database, TimeProvider.System);
            Assert.Equal(3, await journal.LastBatchAsync(writer, default));
            Assert.Equal(-1, await journal.AppendAsync(writer, new Batches(3, 3), 1, Payload("r3"), default));
            Assert.Equal(3, await log.AppendAsync(Entry("r4")));
        }
    }

    /// <param name="step">0: as the older program left it. 1: the file was filled. 2: the database names it. Each is a crash of the first start.</param>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task The_journal_of_an_older_program_is_carried_over_once(int step)
    {
        var folder = Path.Combine(_folder, "data");
        byte[] writer;
        await using (var data = await DataDirectory.OpenAsync(folder))
        {
            await using (var log = await data.LogAsync(AuditStore.DefaultOptions)) for (var i = 0; i < 20; i++) await log.AppendAsync(Entry("r" + i));
            await using (var log = await data.LogAsync(Appending)) for (var i = 20; i < 50; i++) await log.AppendAsync(Entry("r" + i));
            writer = await ToOldLayoutAsync(data);
        }

        MoveJournalAway(folder);
        await using (var data = await DataDirectory.OpenAsync(folder))
        {
            var old = Path.Combine(_folder, "old");
            await using var connection = await data.Database.OpenConnectionAsync();
            await connection.ExecuteAsync("pragma wal_checkpoint(truncate)");
            CopyDatabase(folder, old);
            if (step > 0)
            {
                await JournalAdoption.AdoptAsync(data.Database, data.Errors, default);
                await using (var file = JournalFile.Open(JournalFile.PathOf(data.Database))) await file.ExecuteAsync("update journal_file set adopted = 0");
                await connection.ExecuteAsync("pragma wal_checkpoint(truncate)");
            }

            if (step == 1)
            {
                await connection.DisposeAsync();
                await data.DisposeAsync();
                CopyDatabase(old, folder);
            }
        }

        await using var again = await DataDirectory.OpenAsync(folder);
        await CheckAsync(again, 50);
        Assert.Equal("", string.Join('\n', again.Errors.Messages));
        await using var journal = new SqliteJournal(again.Database, TimeProvider.System);
        Assert.Equal(30, await journal.LastBatchAsync(writer, default));
        await using var look = await again.Database.OpenConnectionAsync();
        Assert.Equal(0, await look.ExecuteScalarAsync<long>("select (select count(*) from audit_journal) + (select count(*) from audit_sequence)"));
    }

    [Fact]
    public async Task The_database_of_an_older_program_beside_a_journal_in_use_is_refused()
    {
        await using var data = await DataDirectory.OpenAsync(Path.Combine(_folder, "data"));
        await using (var log = await data.LogAsync(AuditStore.DefaultOptions)) await log.AppendAsync(Entry("r"));
        await using (var connection = await data.Database.OpenConnectionAsync()) await connection.ExecuteAsync("delete from audit_journal_file");
        await Assert.ThrowsAsync<AuditFormatException>(() => data.LogAsync(AuditStore.DefaultOptions));
    }

    [Fact]
    public async Task A_journal_file_of_a_newer_program_is_refused()
    {
        await using var data = await DataDirectory.OpenAsync(Path.Combine(_folder, "data"));
        await using (var file = JournalFile.Create(JournalFile.PathOf(data.Database))) await file.ExecuteAsync("pragma user_version=2");
        await Assert.ThrowsAsync<StorageException>(() => data.LogAsync(AuditStore.DefaultOptions));
    }

    [Fact]
    public async Task A_log_that_ends_leaves_an_empty_journal()
    {
        await using var data = await DataDirectory.OpenAsync(Path.Combine(_folder, "data"));
        await using (var log = await data.LogAsync(AuditStore.DefaultOptions with { IntegrateInterval = TimeSpan.FromMinutes(10) }))
            await Task.WhenAll(Enumerable.Range(0, 1000).Select(i => log.AppendAsync(Entry("r" + i))));
        Assert.Equal((1000, 1000, 0), await data.CountAsync());
        Assert.Equal("", string.Join('\n', data.Errors.Messages));
    }

    [Fact]
    public async Task A_log_that_ends_does_not_run_after_what_others_append()
    {
        var folder = Path.Combine(_folder, "data");
        await using var ending = await DataDirectory.OpenAsync(folder);
        await using var staying = await DataDirectory.OpenAsync(folder);
        var log = await ending.LogAsync(AuditStore.DefaultOptions);
        await using var other = await staying.LogAsync(Appending);
        using var stop = new CancellationTokenSource();
        var appended = 0;
        var appending = Task.WhenAll(Enumerable.Range(0, 4).Select(writer => Task.Run(async () =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++, Interlocked.Increment(ref appended)) await other.AppendAsync(Entry($"{writer}-{i}"));
        })));
        await CrashTests.WaitAsync(() => Volatile.Read(ref appended) > 200);
        await log.DisposeAsync(); // While they go on.
        await stop.CancelAsync();
        await appending;
        Assert.Equal("", string.Join('\n', ending.Errors.Messages));
        await CheckAsync(staying, appended);
    }

    [Fact]
    public async Task Many_logs_append_while_several_integrate_and_forget()
    {
        const int Logs = 4, Writers = 6, Each = 60;
        var folder = Path.Combine(_folder, "data");
        var nodes = new List<(DataDirectory Data, AuditLog Log)>();
        for (var i = 0; i < Logs; i++)
        {
            var data = await DataDirectory.OpenAsync(folder);
            nodes.Add((data, await data.LogAsync(AuditStore.DefaultOptions with { Node = "n" + i, Integrate = i < 2 })));
        }

        await using var journal = new SqliteJournal(nodes[0].Data.Database, TimeProvider.System);
        using var stop = new CancellationTokenSource();
        var forgetting = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested) await journal.ForgetAsync(default);
        });
        var indexes = await Task.WhenAll(Enumerable.Range(0, Logs * Writers).Select(writer => Task.Run(async () =>
        {
            var mine = new List<long>();
            for (var i = 0; i < Each; i++) mine.Add(await nodes[writer % Logs].Log.AppendAsync(Entry($"{writer}-{i}")));
            return mine;
        })));
        await stop.CancelAsync();
        await forgetting;
        foreach (var (data, log) in nodes)
        {
            await log.DisposeAsync();
            Assert.Equal("", string.Join('\n', data.Errors.Messages));
            if (data != nodes[0].Data) await data.DisposeAsync();
        }

        const int Total = Logs * Writers * Each;
        Assert.Equal(Enumerable.Range(0, Total).Select(i => (long)i), indexes.SelectMany(each => each).Order());
        Assert.All(indexes, mine => Assert.Equal(mine.Order(), mine));
        await CheckAsync(nodes[0].Data, Total);
        await nodes[0].Data.DisposeAsync();
    }

    private static AuditEntry Entry(string request) => new() { Kind = AuditKind.LicenseGranted, RequestId = request, ContentId = "c" };

    private static byte[] Payload(string request)
    {
        var draft = new Draft(Entry(request), new Stamp(new byte[16], 1, "n"), null);
        draft.Encode(null);
        return JournalPayload.Write([draft]);
    }

    /// <summary>100 entries that are integrated and forgotten, 300 that wait; then those integrated; then forgotten. As folders.</summary>
    private async Task<string[]> StatesAsync()
    {
        string[] states = [Path.Combine(_folder, "waiting"), Path.Combine(_folder, "integrated"), Path.Combine(_folder, "forgotten")];
        var folder = Path.Combine(_folder, "data");
        await using var data = await DataDirectory.OpenAsync(folder);
        await using var journal = new SqliteJournal(data.Database, TimeProvider.System);
        await using var log = await data.LogAsync(Appending);
        await using var integrator = new Integrator(data.Database, journal, TimeProvider.System);
        for (var i = 0; i < 100; i++) await log.AppendAsync(Entry("r" + i));
        await IntegrateAsync();
        await journal.ForgetAsync(default);
        Assert.Equal((100, 100, 0), await data.CountAsync());

        await Task.WhenAll(Enumerable.Range(100, 300).Select(i => log.AppendAsync(Entry("r" + i))));
        CopyAll(states[0]);
        await IntegrateAsync();
        var (size, next, batches) = await data.CountAsync();
        Assert.Equal((400, 400), (size, next));
        Assert.True(batches > 0);
        Assert.Equal(100, await DurableAsync());
        CopyAll(states[1]);
        await journal.ForgetAsync(default);
        Assert.Equal((400, 400, 0), await data.CountAsync());
        Assert.Equal(400, await DurableAsync());
        CopyAll(states[2]);
        return states;

        async Task IntegrateAsync()
        {
            while (await integrator.RoundAsync(default) is { More: true })
            {
            }
        }

        async Task<long> DurableAsync()
        {
            await using var connection = await data.Database.OpenConnectionAsync();
            return await connection.ExecuteScalarAsync<long>("select durable_idx from audit_journal_file");
        }

        void CopyAll(string to)
        {
            CopyDatabase(folder, to);
            CopyJournal(folder, to);
        }
    }

    /// <summary>Everything is there once, in an order without gaps, and verifies; the next entry follows it.</summary>
    private static async Task CheckAsync(DataDirectory data, int entries)
    {
        await using var log = await data.LogAsync(AuditStore.DefaultOptions);
        var requests = new List<string>();
        await foreach (var record in log.ReadAsync(new AuditQuery())) requests.Add(record.RequestId!);
        Assert.Equal(entries, requests.Count);
        Assert.Equal(entries, requests.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(entries, await log.AppendAsync(Entry("next")));
        await AuditTreeTests.HeadAsync(log, entries + 1);
        using var source = LogSource.Database(log);
        var verdict = await AuditVerifier.VerifyAsync(source, log.Tree.Key);
        Assert.True(verdict.IsSound, verdict.Message);
    }

    /// <summary>What the program before this layout kept, in its places. The journal file is left to be removed.</summary>
    /// <returns>The writer of the entries that wait.</returns>
    private static async Task<byte[]> ToOldLayoutAsync(DataDirectory data)
    {
        await using var connection = await data.Database.OpenConnectionAsync();
        await connection.ExecuteAsync("attach database @path as journal", new { path = JournalFile.PathOf(data.Database) });
        var writer = await connection.ExecuteScalarAsync<byte[]>("select writer from journal.audit_journal limit 1");
        await connection.ExecuteAsync(
            """
            insert into main.audit_journal (first_idx, entries, payload) select first_idx, entries, payload from journal.audit_journal where first_idx >= (select size from main.audit_tree);
            delete from main.audit_writer;
            insert into main.audit_writer (writer, last_batch, seen_at) select writer, last_batch, seen_at from journal.audit_writer;
            insert into main.audit_sequence (id, next_idx) select id, next_idx from journal.audit_sequence;
            delete from main.audit_journal_file;
            """);
        await connection.ExecuteAsync("detach database journal");
        return writer!;
    }

    private string Combine(string name, string database, string journal)
    {
        var folder = Path.Combine(_folder, name);
        CopyDatabase(database, folder);
        CopyJournal(journal, folder);
        return folder;
    }

    private static void CopyDatabase(string from, string to) => Copy("drmhub.db", from, to);

    private static void CopyJournal(string from, string to) => Copy("audit-journal.db", from, to);

    private static void Copy(string name, string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var suffix in (string[])["", "-wal", "-shm"])
        {
            File.Delete(Path.Combine(to, name + suffix));
            if (suffix != "-shm" && File.Exists(Path.Combine(from, name + suffix))) File.Copy(Path.Combine(from, name + suffix), Path.Combine(to, name + suffix));
        }
    }

    private static void MoveJournalAway(string folder)
    {
        foreach (var suffix in (string[])["", "-wal", "-shm"]) File.Delete(Path.Combine(folder, "audit-journal.db" + suffix));
    }

    /// <summary>A data directory as one process has it open.</summary>
    private sealed class DataDirectory(Database database) : IAsyncDisposable
    {
        public Database Database { get; } = database;

        public ErrorLog Errors { get; } = new();

        public static async Task<DataDirectory> OpenAsync(string folder) => new(await Database.OpenAsync(new StorageOptions { DataDirectory = folder }));

        public Task<AuditLog> LogAsync(AuditOptions options) => AuditLog.OpenAsync(Database, options, TimeProvider.System, Errors);

        /// <returns>The size of the tree, the next index, and the batches in the journal.</returns>
        public async Task<(long Size, long Next, long Batches)> CountAsync()
        {
            await using var connection = await Database.OpenConnectionAsync();
            await using var file = JournalFile.Open(JournalFile.PathOf(Database));
            return (
                await connection.ExecuteScalarAsync<long>("select size from audit_tree"),
                await file.ExecuteScalarAsync<long>("select next_idx from audit_sequence"),
                await file.ExecuteScalarAsync<long>("select count(*) from audit_journal"));
        }

        public async ValueTask DisposeAsync()
        {
            await Database.DisposeAsync();
            SqliteConnection.ClearAllPools();
        }
    }
}
