using DrmHub.Vault.Audit;
using DrmHub.Vault.Audit.Verify;
using Microsoft.Extensions.Time.Testing;

namespace DrmHub.Vault.Tests.Audit;

public sealed class AuditDutiesTests
{
    public static TheoryData<string> Kinds => AuditStore.Kinds;

    [SkippableTheory]
    [MemberData(nameof(Kinds))]
    public async Task Erasing_a_person_leaves_every_proof_as_it_was(string kind)
    {
        await using var store = await AuditStore.CreateAsync(kind);
        var log = await store.OpenAsync();
        await log.AppendAsync(Grant("erased", "192.0.2.1"));
        await log.AppendAsync(Grant("kept", "192.0.2.2"));
        var before = await AuditTreeTests.HeadAsync(log, 2);
        Assert.Equal("{\"address\":\"192.0.2.1\",\"subject\":\"erased\"}", await log.Duties.OpenPersonalAsync(0, "subject:erased"));
        Assert.Null(await log.Duties.OpenPersonalAsync(0, "subject:kept"));
        var pseudonym = (await log.QueryAsync(new AuditQuery { Subject = "erased" })).Entries[0].Pseudonym;

        Assert.True(await log.Duties.EraseAsync("erased", "operator"));
        Assert.False(await log.Duties.EraseAsync("erased", "operator"));

        Assert.Null(await log.Duties.OpenPersonalAsync(0, "subject:erased"));
        Assert.NotNull(await log.Duties.OpenPersonalAsync(1, "subject:kept"));
        Assert.Empty((await log.QueryAsync(new AuditQuery { Subject = "erased" })).Entries);
        Assert.Equal(pseudonym, (await log.QueryAsync(new AuditQuery { Kind = AuditKind.Erasure })).Entries[0].Details["pseudonym"]);
        await log.AppendAsync(Grant("erased", "192.0.2.1"));
        var again = (await log.QueryAsync(new AuditQuery { Subject = "erased" })).Entries;
        Assert.NotEqual(pseudonym, Assert.Single(again).Pseudonym);

        var after = await AuditTreeTests.HeadAsync(log, 4);
        using var source = LogSource.Database(log);
        var verdict = await AuditVerifier.VerifyAsync(source, log.Tree.Key, before);
        Assert.True(verdict.IsSound, verdict.Message);
        Assert.Equal(after.Size, verdict.Checked);
        await using var connection = await store.Database.OpenConnectionAsync();
        await using var count = connection.CreateCommand();
        count.CommandText = "select count(*) from audit_entry where personal is null and idx = 0";
        Assert.Equal(1L, await count.ExecuteScalarAsync());
    }

    [SkippableTheory]
    [MemberData(nameof(Kinds))]
    public async Task A_legal_hold_stops_erasure_and_retirement(string kind)
    {
        await using var store = await AuditStore.CreateAsync(kind);
        var log = await store.OpenAsync();
        await log.AppendAsync(Grant("held", "192.0.2.1"));
        await log.AppendAsync(Grant("free", "192.0.2.1"));
        await log.Duties.PlaceHoldAsync("case 7", "court order", "held", "counsel");

        await Assert.ThrowsAsync<LegalHoldException>(() => log.Duties.EraseAsync("held", "operator"));
        Assert.True(await log.Duties.EraseAsync("free", "operator"));
        await Assert.ThrowsAsync<LegalHoldException>(() => log.Duties.RetireAsync(2030, 1, Path.Combine(store.Folder, "old"), "operator"));
        await log.Duties.PlaceHoldAsync("everything", "court order", null, "counsel");
        Assert.True(await log.Duties.ReleaseHoldAsync("case 7", "settled", "counsel"));
        await Assert.ThrowsAsync<LegalHoldException>(() => log.Duties.EraseAsync("held", "operator"));
        Assert.True(await log.Duties.ReleaseHoldAsync("everything", "settled", "counsel"));
        Assert.False(await log.Duties.ReleaseHoldAsync("everything", "settled", "counsel"));
        Assert.True(await log.Duties.EraseAsync("held", "operator"));
        Assert.Equal(4, (await log.QueryAsync(new AuditQuery { Kind = AuditKind.Administration })).Entries.Count);
    }

    [SkippableTheory]
    [MemberData(nameof(Kinds))]
    public async Task A_month_moves_to_files_and_everything_still_verifies(string kind)
    {
        await using var store = await AuditStore.CreateAsync(kind);
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 10, 31, 23, 0, 0, TimeSpan.Zero));
        var log = await OpenAsync();
        await AppendAsync(log, 300);
        await log.DisposeAsync();
        time.SetUtcNow(new DateTimeOffset(2026, 11, 1, 1, 0, 0, TimeSpan.Zero));
        log = await OpenAsync();
        await AppendAsync(log, 300);
        var folder = Path.Combine(store.Folder, "2026-10");

        Assert.Equal(512, await log.Duties.RetireAsync(2026, 11, folder, "operator"));

        using (var files = LogSource.Folder(folder))
        {
            var whole = await AuditVerifier.VerifyAsync(files, log.Tree.Key);
            Assert.True(whole.IsSound && whole.Checked == 600, whole.Message);
        }

        await AuditTreeTests.HeadAsync(log, 601);
        using var database = LogSource.Database(log);
        var rest = await AuditVerifier.VerifyAsync(database, log.Tree.Key);
        Assert.True(rest.IsSound, rest.Message);
        Assert.Equal((601, 89), (rest.Size, rest.Checked));
        Assert.Null(await log.Tree.TileAsync(new(null, 0, 256)));
        Assert.NotNull(await log.Tree.TileAsync(new(null, 2, 64)));
        Assert.NotNull(await log.Tree.ProofFileAsync(3));

        // The clock of these logs stands still, so their loops run on a real one and entries are dated by the false one.
        async Task<AuditLog> OpenAsync() => await store.OpenAsync(AuditStore.DefaultOptions, new DatedTime(time));
    }

    private static async Task AppendAsync(AuditLog log, int count)
    {
        await Task.WhenAll(Enumerable.Range(0, count).Select(i => log.AppendAsync(new AuditEntry { Kind = AuditKind.KeysIssued, ContentId = "c" + i })));
        var size = (await log.QueryAsync(new AuditQuery())).Durable;
        await AuditTreeTests.HeadAsync(log, size);
    }

    private static AuditEntry Grant(string subject, string address) => new() { Kind = AuditKind.LicenseGranted, Subject = subject, Address = address };

    private sealed class DatedTime(TimeProvider date) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => date.GetUtcNow();
    }
}
