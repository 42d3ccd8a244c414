using System.Collections.Concurrent;
using System.Security.Cryptography;
using DrmHub.Testing;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Storage;
using FsCheck.Xunit;

namespace DrmHub.Vault.Tests.Audit;

public sealed class SpoolTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("drmhub-spool").FullName;

    private string File => Path.Combine(_folder, "spool");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Records_survive_a_restart_in_order_and_none_is_readable_on_disk()
    {
        using (var spool = Open())
        {
            for (var i = 1; i <= 5; i++) spool.Append(Record(i));
        }

        Assert.DoesNotContain("demo-premium", System.Text.Encoding.Latin1.GetString(System.IO.File.ReadAllBytes(File)), StringComparison.Ordinal);
        using var again = Open();
        Assert.Equal([1, 2, 3, 4, 5], ReadAll(again).Select(record => (int)record.Batch));
        Assert.Equal("demo-premium\ufffd", ReadAll(again)[0].Entries[0].Entry.Subject);
        again.Clear();
        Assert.True(again.IsEmpty);
    }

    [Fact]
    public void A_last_record_that_was_cut_off_is_dropped_at_any_length()
    {
        using (var spool = Open())
        {
            spool.Append(Record(1));
            spool.Append(Record(2));
        }

        var whole = System.IO.File.ReadAllBytes(File);
        long firstEnd;
        using (var spool = Open()) firstEnd = spool.Read(Spool.Start).Next;
        for (var length = firstEnd; length < whole.Length; length++)
        {
            System.IO.File.WriteAllBytes(File, whole[..(int)length]);
            using var spool = Open();
            Assert.Equal([1], ReadAll(spool).Select(record => (int)record.Batch));
            spool.Append(Record(3));
            Assert.Equal([1, 3], ReadAll(spool).Select(record => (int)record.Batch));
        }
    }

    [Fact]
    public void A_damaged_record_before_the_last_is_never_passed_over()
    {
        using (var spool = Open())
        {
            for (var i = 1; i <= 3; i++) spool.Append(Record(i));
        }

        var bytes = System.IO.File.ReadAllBytes(File);
        bytes[40] ^= 1;
        System.IO.File.WriteAllBytes(File, bytes);
        Assert.Throws<AuditFormatException>(Open);
    }

    [Fact]
    public void A_full_spool_refuses()
    {
        using var spool = new Spool(File, AuditStore.Secret, maxBytes: 1000);
        Assert.Throws<AuditUnavailableException>(() =>
        {
            for (var i = 1; i < 100; i++) spool.Append(Record(i));
        });
        Assert.NotEmpty(ReadAll(spool));
    }

    [Property(MaxTest = 100)]
    public bool Any_file_opens_or_is_refused(byte[] noise)
    {
        System.IO.File.WriteAllBytes(File, [.. "DRMHUBS1"u8, .. RandomNumberGenerator.GetBytes(16), .. noise]);
        try
        {
            using var spool = Open();
            return spool.IsEmpty;
        }
        catch (AuditFormatException)
        {
            return true;
        }
    }

    [SkippableFact]
    public async Task Entries_go_on_while_the_database_is_away_and_come_back_once_and_in_order()
    {
        using var server = new PostgresFixture();
        Skip.If(server.Reason is not null, server.Reason);
        var connection = await server.CreateDatabaseAsync();
        await using var database = await Database.OpenAsync(new StorageOptions { PostgreSql = connection });
        await using var log = await AuditLog.OpenAsync(
            database, AuditStore.DefaultOptions with { SpoolFile = File, CommitTimeout = TimeSpan.FromSeconds(2) }, TimeProvider.System);
        var answered = new ConcurrentQueue<string>();
        using var stop = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 8).Select(WriteAsync).ToList();

        for (var outage = 0; outage < 3; outage++)
        {
            await CrashTests.WaitAsync(() => answered.Count > 200 * (outage + 1));
            server.Kill();
            var then = answered.Count;
            await CrashTests.WaitAsync(() => answered.Count > then + 100); // from the spool alone
            Assert.True(log.SpooledBytes > 0);
            server.Start();
            await CrashTests.WaitAsync(() => log.SpooledBytes == 0);
        }

        await stop.CancelAsync();
        await Task.WhenAll(writers);
        var entries = new List<AuditRecord>();
        string? cursor = null;
        do
        {
            var page = await log.QueryAsync(new AuditQuery { Limit = 1000, Cursor = cursor });
            entries.AddRange(page.Entries);
            cursor = page.Next;
        }
        while (cursor is not null);
        var requests = entries.OrderBy(entry => entry.Index).Select(entry => entry.RequestId!).ToList();
        Assert.Equal(answered.Order(), requests.Order());
        foreach (var writer in requests.GroupBy(request => request.Split('-')[0]))
            Assert.Equal(writer.OrderBy(request => int.Parse(request.Split('-')[1])), writer);

        async Task WriteAsync(int writer)
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                var request = $"{writer}-{i}";
                await log.AppendAsync(new AuditEntry { Kind = AuditKind.LicenseGranted, Subject = $"s{writer}-{i / 50}", RequestId = request });
                answered.Enqueue(request);
            }
        }
    }

    [SkippableFact]
    public async Task Without_a_spool_nothing_is_granted_while_the_database_is_away()
    {
        using var server = new PostgresFixture();
        Skip.If(server.Reason is not null, server.Reason);
        await using var database = await Database.OpenAsync(new StorageOptions { PostgreSql = await server.CreateDatabaseAsync() });
        await using var log = await AuditLog.OpenAsync(database, AuditStore.DefaultOptions with { CommitTimeout = TimeSpan.FromSeconds(2) }, TimeProvider.System);
        await log.AppendAsync(new AuditEntry { Kind = AuditKind.Administration });
        server.Kill();
        await Assert.ThrowsAsync<AuditUnavailableException>(() => log.AppendAsync(new AuditEntry { Kind = AuditKind.Administration }));
        server.Start();
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await log.AppendAsync(new AuditEntry { Kind = AuditKind.Administration });
                break;
            }
            catch (AuditUnavailableException) when (attempt < 100)
            {
                await Task.Delay(20);
            }
        }
    }

    private Spool Open() => new(File, AuditStore.Secret, maxBytes: 1 << 20);

    private static List<SpoolRecord> ReadAll(Spool spool)
    {
        var records = new List<SpoolRecord>();
        for (var offset = Spool.Start; offset < spool.Length;)
        {
            var (record, next) = spool.Read(offset);
            records.Add(record);
            offset = next;
        }

        return records;
    }

    private static SpoolRecord Record(long batch) => new(
        new byte[16], batch, [new SpoolEntry(new byte[16], 1, "n", new AuditEntry { Kind = AuditKind.LicenseGranted, Subject = "demo-premium\ud800", Details = new Dictionary<string, string> { ["k"] = "v" } })]);
}
