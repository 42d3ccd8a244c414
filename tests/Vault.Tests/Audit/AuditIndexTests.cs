using Dapper;
using DrmHub.Vault.Audit;

namespace DrmHub.Vault.Tests.Audit;

/// <summary>Each question of a rights team goes through an index, and a month is a partition of its own.</summary>
public sealed class AuditIndexTests
{
    public static TheoryData<string, string> Questions => new()
    {
        { "content", "audit_entry_content" },
        { "subject", "audit_entry_subject" },
        { "reason", "audit_entry_reason" },
        { "deal", "audit_entry_deal" },
        { "actor", "audit_entry_actor" },
        { "territory", "audit_entry_country" },
        { "time", "audit_entry_at" },
    };

    [Theory]
    [MemberData(nameof(Questions))]
    public async Task On_sqlite(string question, string index)
    {
        await using var store = await AuditStore.CreateAsync("sqlite");
        await store.OpenAsync();
        var plan = await PlanAsync(store, question, "explain query plan ");
        Assert.Contains(index, plan, StringComparison.Ordinal);
        Assert.DoesNotContain("SCAN audit_entry\n", plan + "\n", StringComparison.Ordinal);
        Assert.DoesNotContain("TEMP B-TREE", plan, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task On_postgresql()
    {
        await using var store = await AuditStore.CreateAsync("postgresql");
        var log = await store.OpenAsync();
        await Task.WhenAll(Enumerable.Range(0, 6000).Select(i => log.AppendAsync(new AuditEntry
        {
            Kind = AuditKind.LicenseGranted,
            Subject = "s" + i % 300,
            ContentId = "c" + i % 300,
            Deal = "d" + i % 300,
            Actor = "a" + i % 300,
            ReasonCode = "r" + i % 300,
            Country = ((char)('A' + i % 26)).ToString() + (char)('A' + i / 26 % 26),
        })));
        await log.QueryAsync(new AuditQuery());
        await using (var connection = await store.Database.OpenConnectionAsync()) await connection.ExecuteAsync("analyze audit_entry");

        foreach (var row in Questions)
        {
            var (question, index) = ((string)row[0], (string)row[1]);
            var plan = await PlanAsync(store, question, "explain ");
            Assert.Contains("Index Scan", plan, StringComparison.Ordinal);
            Assert.DoesNotContain("Seq Scan on audit_entry_2", plan, StringComparison.Ordinal);
            Assert.Contains(index["audit_entry_".Length..].Replace("country", "country_content", StringComparison.Ordinal), plan, StringComparison.Ordinal);
        }
    }

    [SkippableFact]
    public async Task A_month_is_a_partition()
    {
        await using var store = await AuditStore.CreateAsync("postgresql");
        var log = await store.OpenAsync();
        await log.AppendAsync(new AuditEntry { Kind = AuditKind.Administration });
        await log.QueryAsync(new AuditQuery());
        await using var connection = await store.Database.OpenConnectionAsync();
        var month = TimeProvider.System.GetUtcNow().ToString("yyyyMM");
        Assert.Equal(1, await connection.ExecuteScalarAsync<long>("select count(*) from pg_inherits where inhparent = 'audit_entry'::regclass and inhrelid = ('audit_entry_' || @month)::regclass", new { month }));
    }

    /// <summary>A question about a time goes to the months that may hold it: exactly, for entries that came late too, and to all where that is not certain.</summary>
    [SkippableFact]
    public async Task A_question_about_a_time_reads_the_months_that_may_hold_it()
    {
        await using var store = await AuditStore.CreateAsync("postgresql");
        var log = await store.OpenAsync();
        await log.AppendAsync(new AuditEntry { Kind = AuditKind.Administration, Actor = "a7" });
        await log.QueryAsync(new AuditQuery());
        await using var connection = await store.Database.OpenConnectionAsync();
        var now = TimeProvider.System.GetUtcNow();
        var old = new AuditQuery { From = now.AddDays(-101), Until = now.AddDays(-99) };

        // A month of long ago that a program of an earlier version wrote, with nothing said of its times; the next round looks.
        await connection.ExecuteAsync(
            """
            create table audit_entry_202401 partition of audit_entry for values in (202401);
            insert into audit_entry (month, idx, at, kind, leaf) select 202401, -1, 1705000000000, kind, leaf from audit_entry;
            update audit_month set end_idx = 0
            """);
        Assert.Contains("202401", await PlanAsync(store, "recent", "explain "), StringComparison.Ordinal);
        await log.AppendAsync(new AuditEntry { Kind = AuditKind.Administration });
        await log.QueryAsync(new AuditQuery());
        Assert.DoesNotContain("202401", await PlanAsync(store, "recent", "explain "), StringComparison.Ordinal);
        Assert.Single((await log.QueryAsync(new AuditQuery { Until = DateTimeOffset.FromUnixTimeMilliseconds(1705000000001) })).Entries);
        Assert.Empty((await log.QueryAsync(old)).Entries);

        // An entry that waited in a spool for a hundred days is found under its own time.
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(now.AddDays(-100));
        await using var late = await AuditLog.OpenAsync(store.Database, AuditStore.DefaultOptions with { Integrate = false }, clock);
        await late.AppendAsync(new AuditEntry { Kind = AuditKind.Administration, Actor = "late" });
        await log.QueryAsync(new AuditQuery());
        Assert.Equal("late", (await log.QueryAsync(old)).Entries.Single().Actor);
    }

    private static async Task<string> PlanAsync(AuditStore store, string question, string explain)
    {
        await using var connection = await store.Database.OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        var subjects = new SubjectKeys(store.Database, AuditStore.Secret, TimeProvider.System);
        var now = TimeProvider.System.GetUtcNow();
        var query = question switch
        {
            "content" => new AuditQuery { ContentId = "c7", From = now.AddDays(-1), Until = now.AddDays(1) },
            "subject" => new AuditQuery { Pseudonym = new string('a', 32), From = now.AddDays(-1) },
            "reason" => new AuditQuery { ReasonCode = "r7" },
            "deal" => new AuditQuery { Deal = "d7" },
            "actor" => new AuditQuery { Actor = "a7" },
            "territory" => new AuditQuery { Country = "AB", ContentId = "c7" },
            "recent" => new AuditQuery { Actor = "a7", From = now.AddHours(-1) },
            "time" => new AuditQuery { From = now.AddMinutes(-10), Until = now.AddMinutes(20) },
            _ => throw new ArgumentException("No such question.", nameof(question)),
        };
        await new EntryQueries(store.Database, subjects).BuildAsync(command, query with { Limit = 10 }, CancellationToken.None);
        command.CommandText = explain + command.CommandText;
        await using var reader = await command.ExecuteReaderAsync();
        var plan = new List<string>();
        while (await reader.ReadAsync()) plan.Add(string.Join(' ', Enumerable.Range(0, reader.FieldCount).Select(i => reader.GetValue(i))));
        return string.Join('\n', plan);
    }
}
