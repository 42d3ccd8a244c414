using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Audit.Merkle;
using DrmHub.Vault.Audit.Notes;

namespace DrmHub.Vault.Tests.Audit;

public sealed class AuditTreeTests
{
    public static TheoryData<string> Kinds => AuditStore.Kinds;

    [SkippableTheory]
    [MemberData(nameof(Kinds))]
    public async Task A_log_without_entries_has_a_signed_head(string kind)
    {
        await using var store = await AuditStore.CreateAsync(kind);
        var head = await HeadAsync(await store.OpenAsync(), 0);
        Assert.Equal(MerkleHash.Empty, head.Root);
    }

    [SkippableTheory]
    [MemberData(nameof(Kinds))]
    public async Task What_gathered_while_nobody_integrated_is_taken_in_many_rounds(string kind)
    {
        await using var store = await AuditStore.CreateAsync(kind);
        var writer = await store.OpenAsync(AuditStore.DefaultOptions with { Integrate = false });
        var batch = Enumerable.Range(0, AuditLog.MaxEntries).Select(i => new AuditEntry { Kind = AuditKind.LicenseGranted, ContentId = "title-" + i, RequestId = new string('r', 400) }).ToList();

        // A batch is one row of the journal; a round on PostgreSQL is sixteen of these.
        var batches = kind == "sqlite" ? 3 : 35;
        for (var i = 0; i < batches; i++) await writer.AppendAllAsync(batch);

        await HeadAsync(await store.OpenAsync(), batches * AuditLog.MaxEntries);
        Assert.Equal("", string.Join("\n", store.Errors.Messages));
    }

    [SkippableTheory]
    [MemberData(nameof(Kinds))]
    public async Task Every_head_is_the_beginning_of_every_later_one(string kind)
    {
        await using var store = await AuditStore.CreateAsync(kind);
        var log = await store.OpenAsync();
        var heads = new List<Checkpoint>();
        var size = 0;
        foreach (var more in (int[])[1, 254, 1, 1, 300, 512])
        {
            await Task.WhenAll(Enumerable.Range(0, more).Select(i => log.AppendAsync(new AuditEntry { Kind = AuditKind.KeysIssued, ContentId = "c" + i })));
            heads.Add(await HeadAsync(log, size += more));
        }

        foreach (var (first, second) in heads.SelectMany((first, i) => heads.Skip(i).Select(second => (first, second))))
        {
            var proof = await log.Tree.ConsistencyAsync(first.Size, second.Size);
            Assert.True(MerkleProof.VerifyConsistency(first.Size, second.Size, first.Root, second.Root, proof));
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Kinds))]
    public async Task An_outsider_rebuilds_the_tree_over_http(string kind)
    {
        await using var store = await AuditStore.CreateAsync(kind);
        var log = await store.OpenAsync();
        await Task.WhenAll(Enumerable.Range(0, 700).Select(i => log.AppendAsync(new AuditEntry { Kind = AuditKind.KeysIssued, ContentId = "c" + i })));
        await HeadAsync(log, 700);
        await using var server = await AuditServer.StartAsync(log);

        Assert.True(NoteKey.TryParse((await server.Anonymous.GetStringAsync("/audit/key")).Trim(), out var key));
        var head = Checkpoint.Open(await server.Anonymous.GetByteArrayAsync("/audit/checkpoint"), key, out _)!;
        var edge = new TreeEdge();
        foreach (var tile in (string[])["000", "001", "002.p/188"])
        {
            var hashes = await server.Anonymous.GetByteArrayAsync("/audit/tile/0/" + tile);
            var entries = Split(await server.Reader.GetByteArrayAsync("/audit/tile/entries/" + tile));
            Assert.Equal(hashes, entries.SelectMany(entry => MerkleHash.Leaf(entry)));
            foreach (var entry in entries) edge.Append(MerkleHash.Leaf(entry));
        }

        Assert.Equal(head.Root, edge.Root());
        Assert.Equal(700, head.Size);

        var inclusion = await server.Anonymous.GetFromJsonAsync<JsonElement>("/audit/proof/inclusion?index=300");
        var record = (await log.QueryAsync(new AuditQuery { Limit = 1000 })).Entries.Single(entry => entry.Index == 300);
        Assert.True(MerkleProof.VerifyInclusion(300, 700, MerkleHash.Leaf(record.Leaf.Span), Hashes(inclusion), head.Root));
        var consistency = await server.Anonymous.GetFromJsonAsync<JsonElement>("/audit/proof/consistency?from=257&to=700");
        Assert.Equal((await log.Tree.ConsistencyAsync(257, 700)).Select(Convert.ToBase64String), Hashes(consistency).Select(Convert.ToBase64String));
        Assert.StartsWith("c2sp.org/tlog-proof@v1\nindex 300\n", await server.Anonymous.GetStringAsync("/audit/proof/entry/300"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/audit/tile/entries/000.p/1", HttpStatusCode.Unauthorized)]
    [InlineData("/audit/tile/0/000.p/3", HttpStatusCode.NotFound)]
    [InlineData("/audit/tile/0/000", HttpStatusCode.NotFound)]
    [InlineData("/audit/tile/0/001.p/1", HttpStatusCode.NotFound)]
    [InlineData("/audit/tile/1/000.p/1", HttpStatusCode.NotFound)]
    [InlineData("/audit/tile/63/000.p/1", HttpStatusCode.NotFound)]
    [InlineData("/audit/tile/0/nonsense", HttpStatusCode.NotFound)]
    [InlineData("/audit/proof/inclusion?index=2", HttpStatusCode.BadRequest)]
    [InlineData("/audit/proof/inclusion?index=-1", HttpStatusCode.BadRequest)]
    [InlineData("/audit/proof/inclusion?index=2&size=3", HttpStatusCode.NotFound)]
    [InlineData("/audit/proof/inclusion", HttpStatusCode.BadRequest)]
    [InlineData("/audit/proof/consistency?from=0", HttpStatusCode.BadRequest)]
    [InlineData("/audit/proof/consistency?from=1&to=3", HttpStatusCode.NotFound)]
    [InlineData("/audit/proof/entry/2", HttpStatusCode.NotFound)]
    public async Task What_the_head_does_not_reach_is_not_shown(string address, HttpStatusCode status)
    {
        await using var store = await AuditStore.CreateAsync("sqlite");
        var log = await store.OpenAsync();
        await log.AppendAsync(new AuditEntry { Kind = AuditKind.Administration });
        await log.AppendAsync(new AuditEntry { Kind = AuditKind.Administration });
        await HeadAsync(log, 2);
        await using var server = await AuditServer.StartAsync(log);
        Assert.Equal(status, (await server.Anonymous.GetAsync(address)).StatusCode);
    }

    [SkippableTheory]
    [MemberData(nameof(Kinds))]
    public async Task A_database_that_is_older_than_its_log_is_never_written_or_signed_again(string kind)
    {
        await using var store = await AuditStore.CreateAsync(kind);
        var options = AuditStore.DefaultOptions with { SignerFile = Path.Combine(store.Folder, "signed") };
        var other = await AuditStore.CreateAsync(kind);
        await using (other)
        {
            var log = await other.OpenAsync(options);
            for (var i = 0; i < 5; i++) await log.AppendAsync(new AuditEntry { Kind = AuditKind.Administration });
            await HeadAsync(log, 5);
        }

        // The same signer file over a database that has other, fewer entries.
        var restored = await store.OpenAsync(options);
        Assert.Contains("older", restored.Stopped, StringComparison.Ordinal);
        await Assert.ThrowsAsync<AuditUnavailableException>(() => restored.AppendAsync(new AuditEntry { Kind = AuditKind.Administration }));
    }

    [SkippableTheory]
    [MemberData(nameof(Kinds))]
    public async Task Old_heads_are_thinned_to_one_an_hour(string kind)
    {
        await using var store = await AuditStore.CreateAsync(kind);
        var table = new CheckpointTable(store.Database);
        const long Hour = 3_600_000;
        for (var i = 1; i <= 40; i++) await table.InsertAsync(new StoredCheckpoint { Size = i, Root = new byte[32], Note = "n" }, i * (Hour / 4));
        await table.ThinAsync(34 * Hour);
        await using var connection = await store.Database.OpenConnectionAsync();
        await using var count = connection.CreateCommand();
        count.CommandText = "select count(*) from audit_checkpoint";
        Assert.Equal(11L, await count.ExecuteScalarAsync());
        Assert.Equal(40, (await table.NewestAsync())!.Size);
    }

    [SkippableTheory]
    [MemberData(nameof(Kinds))]
    public async Task An_entry_that_was_changed_in_the_database_before_it_was_signed_stops_the_log(string kind)
    {
        await using var store = await AuditStore.CreateAsync(kind);
        var log = await store.OpenAsync(AuditStore.DefaultOptions with { CheckpointInterval = TimeSpan.FromHours(1) });
        await HeadAsync(log, 0);
        await log.AppendAsync(new AuditEntry { Kind = AuditKind.Administration, ContentId = "true" });
        await log.QueryAsync(new AuditQuery());
        await using (var connection = await store.Database.OpenConnectionAsync())
        {
            await using var change = connection.CreateCommand();
            change.CommandText = "update audit_entry set leaf = @leaf";
            var parameter = change.CreateParameter();
            (parameter.ParameterName, parameter.Value) = ("leaf", "{}"u8.ToArray());
            change.Parameters.Add(parameter);
            await change.ExecuteNonQueryAsync();
        }

        var second = await store.OpenAsync();
        for (var i = 0; i < 500 && second.Stopped is null; i++) await Task.Delay(20);
        Assert.Contains("do not give the root", second.Stopped, StringComparison.Ordinal);
        Assert.Equal(0, (await second.Tree.HeadAsync())!.Value.Head.Size);
    }

    internal static async Task<Checkpoint> HeadAsync(AuditLog log, long size)
    {
        for (var attempt = 0; attempt < 1000; attempt++)
        {
            if (await log.Tree.HeadAsync() is { } head && head.Head.Size >= size)
            {
                Assert.True(head.Note.IsSignedBy(log.Tree.Key));
                return head.Head;
            }

            await Task.Delay(20);
        }

        throw new TimeoutException($"No head of size {size}; {log.Stopped}");
    }

    internal static List<byte[]> Split(ReadOnlySpan<byte> bundle)
    {
        var entries = new List<byte[]>();
        while (!bundle.IsEmpty)
        {
            var length = BinaryPrimitives.ReadUInt16BigEndian(bundle);
            entries.Add(bundle.Slice(2, length).ToArray());
            bundle = bundle[(2 + length)..];
        }

        return entries;
    }

    private static List<byte[]> Hashes(JsonElement proof) => [.. proof.GetProperty("hashes").EnumerateArray().Select(hash => hash.GetBytesFromBase64())];
}
