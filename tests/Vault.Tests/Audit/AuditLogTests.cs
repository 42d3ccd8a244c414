using System.Text;
using DrmHub.Cenc;
using DrmHub.Vault.Audit;

namespace DrmHub.Vault.Tests.Audit;

public sealed class AuditLogTests
{
    public static TheoryData<string> Kinds => AuditStore.Kinds;

    private static AuditEntry Granted(string subject = "demo-premium", string content = "demo-title", string country = "IN") => new()
    {
        Kind = AuditKind.LicenseGranted,
        Subject = subject,
        ContentId = content,
        Country = country,
        System = DrmSystem.ClearKey,
        SecurityLevel = "None",
        DeviceModel = "Chromium 140",
        Address = "192.0.2.7",
        DeviceId = "device-4711",
        PolicyHash = "9f2c",
        RequestId = "r-1",
        Keys =
        [
            new AuditKey(KeyId.Parse("00112233445566778899aabbccddeeff"), "AUDIO", Granted: true),
            new AuditKey(KeyId.Parse("10112233445566778899aabbccddeeff"), "HD", Granted: false, "device.level"),
        ],
        Trace = ["deal demo: open", "level None: cap 589824"],
        Details = new Dictionary<string, string> { ["z"] = "1", ["a"] = "\u2028<&>\u0001" },
    };

    [SkippableTheory]
    [MemberData(nameof(Kinds))]
    public async Task An_entry_is_found_as_it_was_written(string kind)
    {
        await using var store = await AuditStore.CreateAsync(kind);
        var log = await store.OpenAsync();
        Assert.Equal(0, await log.AppendAsync(Granted()));

        var page = await log.QueryAsync(new AuditQuery());

        Assert.Equal("", string.Join("\n", store.Errors.Messages));
        var entry = Assert.Single(page.Entries);
        Assert.Equal(0, entry.Index);
        Assert.Equal(AuditKind.LicenseGranted, entry.Kind);
        Assert.Equal("demo-title", entry.ContentId);
        Assert.Equal(DrmSystem.ClearKey, entry.System);
        Assert.Equal("IN", entry.Country);
        Assert.Equal("test", entry.Node);
        Assert.Equal("\u2028<&>\u0001", entry.Details["a"]);
        Assert.Equal(Granted().Keys, entry.Keys);
        Assert.Equal(Granted().Trace, entry.Trace);
        Assert.Equal(32, entry.Pseudonym!.Length);
        Assert.NotNull(entry.PersonalDigest);
        Assert.Null(page.Next);
        Assert.Equal(1, page.Durable);
    }

    [SkippableTheory]
    [MemberData(nameof(Kinds))]
    public async Task Several_entries_of_one_answer_follow_each_other_in_one_commit(string kind)
    {
        await using var store = await AuditStore.CreateAsync(kind);
        var log = await store.OpenAsync();
        Assert.Equal(-1, await log.AppendAllAsync([]));
        await Task.WhenAll(Enumerable.Range(0, 20).Select(async album =>
        {
            var first = await log.AppendAllAsync([.. Enumerable.Range(0, 30).Select(track => Granted($"subscriber-{album}", $"album-{album}-{track}"))]);
            var page = await log.QueryAsync(new AuditQuery { Subject = $"subscriber-{album}" });
            Assert.Equal(Enumerable.Range(0, 30).Select(track => (first + track, (string?)$"album-{album}-{track}")), page.Entries.Select(entry => (entry.Index, entry.ContentId)).Order());
        }));
        Assert.Equal(600, (await log.QueryAsync(new AuditQuery())).Durable);
        await Assert.ThrowsAsync<ArgumentException>(() => log.AppendAllAsync([.. Enumerable.Repeat(Granted(), AuditLog.MaxEntries + 1)]));
    }

    [SkippableTheory]
    [MemberData(nameof(Kinds))]
    public async Task No_personal_detail_is_in_a_leaf(string kind)
    {
        await using var store = await AuditStore.CreateAsync(kind);
        var log = await store.OpenAsync();
        await log.AppendAsync(Granted());
        var leaf = Encoding.UTF8.GetString((await log.QueryAsync(new AuditQuery())).Entries[0].Leaf.Span);
        Assert.DoesNotContain("demo-premium", leaf, StringComparison.Ordinal);
        Assert.DoesNotContain("192.0.2.7", leaf, StringComparison.Ordinal);
        Assert.DoesNotContain("device-4711", leaf, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [MemberData(nameof(Kinds))]
    public async Task Each_filter_finds_its_entries_and_no_others(string kind)
    {
        await using var store = await AuditStore.CreateAsync(kind);
        var log = await store.OpenAsync();
        await log.AppendAsync(Granted());
        await log.AppendAsync(Granted("someone-else", "other-title", "US"));
        await log.AppendAsync(new AuditEntry { Kind = AuditKind.LicenseRefused, Subject = "someone-else", ReasonCode = "deal.territory", Deal = "deal-7", System = DrmSystem.Widevine });
        await log.AppendAsync(new AuditEntry { Kind = AuditKind.KeysIssued, Actor = "widevine_test", ContentId = "demo-title" });

        await ExpectAsync("0", new AuditQuery { Subject = "demo-premium" });
        await ExpectAsync("2, 1", new AuditQuery { Subject = "someone-else" });
        await ExpectAsync("", new AuditQuery { Subject = "nobody" });
        await ExpectAsync("3, 0", new AuditQuery { ContentId = "demo-title" });
        await ExpectAsync("2", new AuditQuery { ReasonCode = "deal.territory" });
        await ExpectAsync("2", new AuditQuery { Deal = "deal-7" });
        await ExpectAsync("1", new AuditQuery { Country = "US" });
        await ExpectAsync("3", new AuditQuery { Actor = "widevine_test" });
        await ExpectAsync("1, 0", new AuditQuery { System = DrmSystem.ClearKey });
        await ExpectAsync("1, 0", new AuditQuery { Track = "AUDIO" });
        await ExpectAsync("", new AuditQuery { Track = "HD" });
        await ExpectAsync("", new AuditQuery { Track = "AUDI_" });
        await ExpectAsync("0", new AuditQuery { Kind = AuditKind.LicenseGranted, Country = "IN" });
        await ExpectAsync("", new AuditQuery { Until = DateTimeOffset.UnixEpoch });
        await ExpectAsync("3, 2, 1, 0", new AuditQuery { From = DateTimeOffset.UnixEpoch });

        async Task ExpectAsync(string indexes, AuditQuery query) =>
            Assert.Equal(indexes, string.Join(", ", (await log.QueryAsync(query)).Entries.Select(entry => entry.Index)));
    }

    [SkippableTheory]
    [MemberData(nameof(Kinds))]
    public async Task Pages_follow_each_other_without_gap_or_repetition(string kind)
    {
        await using var store = await AuditStore.CreateAsync(kind);
        var log = await store.OpenAsync();
        await Task.WhenAll(Enumerable.Range(0, 600).Select(i => log.AppendAsync(Granted("s" + i % 7))));

        var seen = new List<long>();
        string? cursor = null;
        do
        {
            var page = await log.QueryAsync(new AuditQuery { Limit = 37, Cursor = cursor });
            seen.AddRange(page.Entries.Select(entry => entry.Index));
            cursor = page.Next;
        }
        while (cursor is not null);

        Assert.Equal(600, seen.Distinct().Count());
        Assert.Equal(600, seen.Count);
    }

    [SkippableTheory]
    [MemberData(nameof(Kinds))]
    public async Task Many_nodes_write_one_dense_order(string kind)
    {
        await using var store = await AuditStore.CreateAsync(kind);
        var logs = new List<AuditLog>();
        for (var i = 0; i < 3; i++) logs.Add(await store.OpenAsync(AuditStore.DefaultOptions with { Node = "n" + i }));

        var indexes = await Task.WhenAll(Enumerable.Range(0, 300).Select(i => logs[i % 3].AppendAsync(Granted("s" + i % 40))));

        Assert.Equal(Enumerable.Range(0, 300).Select(i => (long)i), indexes.Order());
        var page = await logs[1].QueryAsync(new AuditQuery { Limit = 1000 });
        Assert.Equal(300, page.Entries.Count);
        Assert.Equal(40, page.Entries.Select(entry => entry.Pseudonym).Distinct().Count());
    }

    [SkippableTheory]
    [MemberData(nameof(Kinds))]
    public async Task An_oversized_entry_is_cut_and_says_so(string kind)
    {
        await using var store = await AuditStore.CreateAsync(kind);
        var log = await store.OpenAsync();
        var huge = new string('\u0007', 100_000) + "\ud800";
        await log.AppendAsync(new AuditEntry
        {
            Kind = AuditKind.LicenseRefused,
            Subject = huge,
            ContentId = huge,
            Address = huge,
            Details = Enumerable.Range(0, 1000).ToDictionary(i => i + huge, _ => huge),
            Trace = [.. Enumerable.Repeat(huge, 1000)],
        });
        var entry = (await log.QueryAsync(new AuditQuery())).Entries[0];
        Assert.Contains("\"cut\":true", Encoding.UTF8.GetString(entry.Leaf.Span), StringComparison.Ordinal);
        Assert.True(entry.Leaf.Length < 65_536);
    }
}
