using System.Collections.Concurrent;
using System.Diagnostics;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Audit.Merkle;
using DrmHub.Vault.Audit.Notes;
using DrmHub.Vault.Audit.Verify;

namespace DrmHub.Vault.Tests.Audit;

/// <summary>Nodes that are killed under load, again and again: what was answered is in the log, once, and history never forks.</summary>
public sealed class CrashTests
{
    private const int Rounds = 20;

    [SkippableTheory]
    [InlineData("sqlite", 2)]
    [InlineData("postgresql", 2)]
    public async Task Nothing_that_was_answered_is_lost_when_nodes_are_killed(string kind, int nodes)
    {
        await using var store = await AuditStore.CreateAsync(kind);
        var answered = new ConcurrentBag<string>();
        var heads = new ConcurrentDictionary<string, bool>();
        var stopped = new ConcurrentBag<string>();
        var random = new Random(20261123);
        for (var round = 0; round < Rounds; round++)
        {
            var (before, headsBefore) = (answered.Count, heads.Count);
            var running = Enumerable.Range(0, nodes).Select(node => Start(store, node, answered, heads, stopped)).ToList();
            await WaitAsync(() => answered.Count > before + 50 && heads.Count > headsBefore);
            await Task.Delay(random.Next(5, 120));
            foreach (var (process, reading) in running)
            {
                process.Kill(); // SIGKILL
                await reading;
                process.Dispose();

                // With two nodes, the one that is left integrates and signs what the dead one wrote.
                var then = answered.Count;
                if (process != running[^1].Process) await WaitAsync(() => answered.Count > then + 20);
            }
        }

        Assert.Empty(stopped);
        Assert.True(heads.Count >= Rounds, $"only {heads.Count} heads were seen");
        await CheckAsync(store, answered, heads.Keys, nodes);
    }

    private static async Task CheckAsync(AuditStore store, IReadOnlyCollection<string> answered, IEnumerable<string> heads, int nodes)
    {
        for (var node = 0; node < nodes; node++)
        {
            // What a killed node left in its spool is replayed when it comes back.
            var spool = Path.Combine(store.Folder, "node" + node, "spool");
            var back = await store.OpenAsync(AuditStore.DefaultOptions with { SpoolFile = spool });
            await WaitAsync(() => back.SpooledBytes == 0);
        }

        var log = await store.OpenAsync();
        var requests = new List<string>();
        string? cursor = null;
        long durable;
        do
        {
            var page = await log.QueryAsync(new AuditQuery { Limit = AuditQuery.MaxLimit, Cursor = cursor });
            requests.AddRange(page.Entries.Select(entry => entry.RequestId!));
            cursor = page.Next;
            durable = page.Durable;
        }
        while (cursor is not null);

        Assert.Equal(durable, requests.Count);
        Assert.Equal(requests.Count, requests.Distinct().Count());
        Assert.Empty(answered.Except(requests));

        var last = await AuditTreeTests.HeadAsync(log, durable);
        foreach (var text in heads)
        {
            var head = Checkpoint.Open(Convert.FromBase64String(text), log.Tree.Key, out _);
            Assert.NotNull(head);
            if (head.Size == 0) continue;
            var proof = await log.Tree.ConsistencyAsync(head.Size, last.Size);
            Assert.True(MerkleProof.VerifyConsistency(head.Size, last.Size, head.Root, last.Root, proof));
        }

        using var source = LogSource.Database(log);
        var verdict = await AuditVerifier.VerifyAsync(source, log.Tree.Key);
        Assert.True(verdict.IsSound, verdict.Message);
    }

    private static (Process Process, Task Reading) Start(AuditStore store, int node, ConcurrentBag<string> answered, ConcurrentDictionary<string, bool> heads, ConcurrentBag<string> stopped)
    {
        var own = Path.Combine(store.Folder, "node" + node);
        Directory.CreateDirectory(own);
        var start = new ProcessStartInfo("dotnet", ["exec", typeof(CrashTests).Assembly.Location, "audit-writer", store.Folder, store.Options.PostgreSql ?? "", own]) { RedirectStandardOutput = true };
        var process = Process.Start(start)!;
        return (process, Task.Run(async () =>
        {
            // Only whole lines count: the last one may be cut off by the kill.
            var text = new System.Text.StringBuilder();
            var buffer = new char[65_536];
            int read;
            while ((read = await process.StandardOutput.ReadAsync(buffer)) > 0)
            {
                text.Append(buffer, 0, read);
                var whole = text.ToString();
                var end = whole.LastIndexOf('\n') + 1;
                text.Remove(0, end);
                foreach (var line in whole[..end].Split('\n', StringSplitOptions.RemoveEmptyEntries))
                {
                    if (line.StartsWith("answered ", StringComparison.Ordinal)) answered.Add(line[9..]);
                    else if (line.StartsWith("head ", StringComparison.Ordinal)) heads[line[5..]] = true;
                    else stopped.Add(line);
                }
            }
        }));
    }

    internal static async Task WaitAsync(Func<bool> condition)
    {
        for (var attempt = 0; !condition(); attempt++)
        {
            if (attempt > 6000) throw new TimeoutException("It did not come about in a minute.");
            await Task.Delay(10);
        }
    }
}
