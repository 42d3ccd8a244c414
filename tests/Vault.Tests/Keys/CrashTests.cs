using System.Collections.Concurrent;
using DrmHub.Cenc;
using DrmHub.Vault.Storage;
using DrmHub.Vault.Tests.Storage;

namespace DrmHub.Vault.Tests.Keys;

/// <summary>Nothing that was handed out is ever lost or changes, whoever is killed.</summary>
[Collection(ServerCollection.Name)]
public sealed class CrashTests(Servers servers)
{
    private const int Rounds = 20;

    [SkippableTheory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.PostgreSql)]
    public async Task A_server_that_is_killed_under_load_beside_a_rotation_loses_no_key(Engine engine)
    {
        using var place = await TestDatabase.CreateAsync(engine, servers);
        await using (await Node.OpenAsync(place))
        {
            // Makes the schema and the master key, so that both workers find them.
        }

        var handedOut = new List<string>();
        for (var round = 0; round < Rounds; round++)
        {
            using var load = WorkerProcess.Start("load", place, $"round-{round}");
            using var rotate = WorkerProcess.Start("rotate", place, "-");
            await load.WaitForLinesAsync(100);
            await Task.Delay(Random.Shared.Next(200));
            rotate.Kill();
            var lines = load.Kill();
            handedOut.AddRange(lines.Where(line => line.Split(' ') is { Length: 4 } parts && parts[3].Length == 32));
            await VerifyAsync(place, lines.Count > 200 ? [.. lines.TakeLast(200).Where(handedOut.Contains)] : [.. lines.Where(handedOut.Contains)]);
        }

        await VerifyAsync(place, handedOut);
    }

    [SkippableFact]
    public async Task A_database_server_that_is_killed_under_load_loses_no_key()
    {
        using var place = await TestDatabase.CreateAsync(Engine.PostgreSql, servers);
        Skip.IfNot(servers.Postgres.IsOwn, "The server is not this test's to kill.");
        var handedOut = new ConcurrentBag<string>();
        await using (var node = await Node.OpenAsync(place))
        {
            for (var round = 0; round < Rounds; round++)
            {
                using var stop = new CancellationTokenSource();
                var before = handedOut.Count;
                var callers = Enumerable.Range(0, 16).Select(caller => Task.Run(() => AskAsync(node, $"round-{round}-{caller}", handedOut, stop.Token))).ToArray();
                while (handedOut.Count < before + 100) await Task.Delay(1);
                await Task.Delay(Random.Shared.Next(50));
                servers.Postgres.Kill();
                await stop.CancelAsync();
                servers.Postgres.Start();
                await Task.WhenAll(callers);
            }

            // The same node goes on by itself.
            Assert.NotEmpty(await node.Keys.GetOrCreateAsync("after", [KeyStoreTests.Spec("SD")]));
        }

        await VerifyAsync(place, [.. handedOut]);
    }

    private static async Task AskAsync(Node node, string name, ConcurrentBag<string> handedOut, CancellationToken stop)
    {
        for (var i = 0; !stop.IsCancellationRequested; i++)
        {
            try
            {
                foreach (var key in await node.Keys.GetOrCreateAsync($"{name}-{i}", [KeyStoreTests.Spec("SD"), KeyStoreTests.Spec("HD")], CancellationToken.None))
                    handedOut.Add($"{key.ContentId} {key.Track} {key.KeyId} {KeyStoreTests.Hex(key)}");
            }
            catch (Exception exception) when (exception is System.Data.Common.DbException or StorageException)
            {
                // Refused: nothing was handed out.
            }
        }
    }

    /// <summary>Each key is there and opens, by id; and whoever asks again gets it.</summary>
    private static async Task VerifyAsync(TestDatabase place, IReadOnlyCollection<string> lines)
    {
        Assert.NotEmpty(lines);
        await using var node = await Node.OpenAsync(place);
        foreach (var chunk in lines.Chunk(500))
        {
            var found = await node.Keys.FindAsync([.. chunk.Select(line => KeyId.Parse(line.Split(' ')[2]))]);
            Assert.Equal(chunk, found.Select(key => $"{key.ContentId} {key.Track} {key.KeyId} {KeyStoreTests.Hex(key)}"));
        }

        foreach (var group in lines.GroupBy(line => line.Split(' ')[0]).TakeLast(50))
        {
            var again = await node.Keys.GetOrCreateAsync(group.Key, [KeyStoreTests.Spec("SD"), KeyStoreTests.Spec("HD")]);
            Assert.All(group, line => Assert.Contains(again, key => line == $"{key.ContentId} {key.Track} {key.KeyId} {KeyStoreTests.Hex(key)}"));
        }
    }
}
