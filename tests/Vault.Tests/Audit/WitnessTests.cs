using DrmHub.Vault.Audit;
using DrmHub.Vault.Audit.Notes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace DrmHub.Vault.Tests.Audit;

public sealed class WitnessTests
{
    private static readonly NoteKey s_logKey = LogKey();

    [Fact]
    public async Task Heads_carry_the_cosignatures_of_their_witnesses_and_reach_the_file()
    {
        await using var one = await WitnessSimulator.StartAsync(s_logKey, 1);
        await using var two = await WitnessSimulator.StartAsync(s_logKey, 2);
        await using var store = await AuditStore.CreateAsync("sqlite");
        var file = Path.Combine(store.Folder, "public", "checkpoint");
        var log = await store.OpenAsync(Options(one, two) with { RequiredWitnesses = 2, PublishFile = file });

        foreach (var size in (int[])[1, 300, 301])
        {
            while ((await log.ReadFromAsync(0, 1000)).Count < size)
            {
                for (var i = 0; i < 50; i++) await log.AppendAsync(new AuditEntry { Kind = AuditKind.Administration });
            }

            await AuditTreeTests.HeadAsync(log, size);
            var note = (await log.Tree.HeadAsync())!.Value.Note;
            Assert.True(note.IsSignedBy(one.NoteKey));
            Assert.True(note.IsSignedBy(two.NoteKey));
        }

        Assert.NotNull(Checkpoint.Open(await File.ReadAllBytesAsync(file), log.Tree.Key, out var published));
        Assert.Equal(3, published!.Signatures.Count);
        Assert.DoesNotContain(422, one.Answers);
    }

    [Fact]
    public async Task Each_head_is_put_to_the_address_outside_and_a_failure_there_stops_nothing()
    {
        var heads = new System.Collections.Concurrent.ConcurrentQueue<(string Type, byte[] Note)>();
        var failing = true;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var outside = builder.Build();
        outside.MapPut("/drmhub/checkpoint", async (HttpContext context) =>
        {
            if (failing) return Results.StatusCode(500);
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            heads.Enqueue((context.Request.ContentType!, body.ToArray()));
            return Results.NoContent();
        });
        await outside.StartAsync();
        await using var store = await AuditStore.CreateAsync("sqlite");
        var log = await store.OpenAsync(AuditStore.DefaultOptions with { PublishUrl = new Uri(outside.Urls.First() + "/drmhub/checkpoint") });
        await log.AppendAsync(new AuditEntry { Kind = AuditKind.Administration });
        await AuditTreeTests.HeadAsync(log, 1);
        Assert.Empty(heads);

        failing = false;
        await log.AppendAsync(new AuditEntry { Kind = AuditKind.Administration });
        // The head that failed before may be put once more, before the new one is signed.
        bool IsNew((string Type, byte[] Note) head) => Checkpoint.Open(head.Note, log.Tree.Key, out _)!.Size == 2;
        await CrashTests.WaitAsync(() => heads.Any(IsNew));
        var put = heads.First(IsNew);
        Assert.Equal("text/plain; charset=utf-8", put.Type);
        Assert.Equal((await log.Tree.HeadAsync())!.Value.Note.ToBytes(), put.Note);
    }

    [Fact]
    public async Task Without_enough_witnesses_no_head_is_published_until_they_are_back()
    {
        await using var witness = await WitnessSimulator.StartAsync(s_logKey, 1);
        await using var store = await AuditStore.CreateAsync("sqlite");
        var log = await store.OpenAsync(Options(witness) with { RequiredWitnesses = 1 });
        await AuditTreeTests.HeadAsync(log, 0);
        witness.IsAway = true;
        await log.AppendAsync(new AuditEntry { Kind = AuditKind.Administration });
        await CrashTests.WaitAsync(() => witness.Answers.Count(status => status == 503) > 2);
        Assert.Equal(0, (await log.Tree.HeadAsync())!.Value.Head.Size);
        witness.IsAway = false;
        await AuditTreeTests.HeadAsync(log, 1);
    }

    [Fact]
    public async Task A_new_process_learns_from_the_witness_where_it_was()
    {
        await using var witness = await WitnessSimulator.StartAsync(s_logKey, 1);
        await using var store = await AuditStore.CreateAsync("sqlite");
        var first = await store.OpenAsync(Options(witness));
        for (var i = 0; i < 5; i++) await first.AppendAsync(new AuditEntry { Kind = AuditKind.Administration });
        await AuditTreeTests.HeadAsync(first, 5);
        await first.DisposeAsync();

        var second = await store.OpenAsync(Options(witness) with { RequiredWitnesses = 1 });
        await second.AppendAsync(new AuditEntry { Kind = AuditKind.Administration });
        await AuditTreeTests.HeadAsync(second, 6);
        Assert.Contains(409, witness.Answers);
    }

    [Fact]
    public async Task A_witness_that_saw_more_than_the_database_holds_stops_the_log()
    {
        await using var witness = await WitnessSimulator.StartAsync(s_logKey, 1);
        witness.Last = new Checkpoint(s_logKey.Name, 1000, new byte[32]);
        await using var store = await AuditStore.CreateAsync("sqlite");
        var log = await store.OpenAsync(Options(witness));
        await CrashTests.WaitAsync(() => log.Stopped is not null);
        Assert.Contains("1000", log.Stopped, StringComparison.Ordinal);
        await Assert.ThrowsAsync<AuditUnavailableException>(() => log.AppendAsync(new AuditEntry { Kind = AuditKind.Administration }));
    }

    [Fact]
    public async Task A_rewritten_history_gets_no_cosignature()
    {
        await using var witness = await WitnessSimulator.StartAsync(s_logKey, 1);
        for (var attempt = 0; attempt < 2; attempt++)
        {
            // The same key over two databases: the second tells another story of the same length and more.
            await using var store = await AuditStore.CreateAsync("sqlite");
            var log = await store.OpenAsync(Options(witness) with { RequiredWitnesses = 1 });
            for (var i = 0; i < 5 + attempt; i++) await log.AppendAsync(new AuditEntry { Kind = AuditKind.Administration, ContentId = "story " + attempt });
            if (attempt == 0) await AuditTreeTests.HeadAsync(log, 5);
            else await CrashTests.WaitAsync(() => witness.Answers.Contains(422) || log.Stopped is not null);
            if (attempt == 1) Assert.True((await log.Tree.HeadAsync())?.Head.Size is null or < 6);
        }
    }

    private static AuditOptions Options(params WitnessSimulator[] witnesses) =>
        AuditStore.DefaultOptions with { Witnesses = [.. witnesses.Select(witness => new WitnessOptions { Url = witness.Url, Key = witness.Key })] };

    private static NoteKey LogKey()
    {
        using var signer = new NoteSigner(AuditStore.DefaultOptions.Origin, AuditStore.Seed);
        return signer.Public;
    }
}
