using Dapper;
using DrmHub.Vault.Keys;
using DrmHub.Vault.Keys.MasterKeys;
using DrmHub.Vault.Tests.Storage;
using Microsoft.Extensions.Time.Testing;

namespace DrmHub.Vault.Tests.Keys;

[Collection(ServerCollection.Name)]
public sealed class KeyRotationTests(Servers servers)
{
    [SkippableTheory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.PostgreSql)]
    public async Task A_new_data_key_takes_over_after_so_many_keys_or_days(Engine engine)
    {
        using var place = await TestDatabase.CreateAsync(engine, servers);
        var time = new FakeTimeProvider(DateTimeOffset.Parse("2026-01-01T00:00:00Z"));
        await using var node = await Node.OpenAsync(place, new KeyStoreOptions { DataKeys = new DataKeyOptions { MaxKeys = 4, MaxAge = TimeSpan.FromDays(30) } }, time);
        for (var i = 0; i < 6; i++) await node.Keys.GetOrCreateAsync($"title-{i}", [KeyStoreTests.Spec("SD"), KeyStoreTests.Spec("HD")]);
        Assert.Equal((long[])[4, 4, 4], await CountsAsync(node));
        await node.Keys.GetOrCreateAsync("title-6", [KeyStoreTests.Spec("SD")]);
        time.Advance(TimeSpan.FromDays(29));
        await node.Keys.GetOrCreateAsync("title-7", [KeyStoreTests.Spec("SD")]);
        time.Advance(TimeSpan.FromDays(2));
        await node.Keys.GetOrCreateAsync("title-8", [KeyStoreTests.Spec("SD")]);
        Assert.Equal((long[])[4, 4, 4, 2, 1], await CountsAsync(node));

        // A restart goes on with the one that has room.
        await using var second = await Node.OpenAsync(place, new KeyStoreOptions { DataKeys = new DataKeyOptions { MaxKeys = 4 } }, time);
        await second.Keys.GetOrCreateAsync("title-9", [KeyStoreTests.Spec("SD")]);
        Assert.Equal((long[])[4, 4, 4, 2, 2], await CountsAsync(node));
        for (var i = 0; i < 10; i++) Assert.NotEmpty(await second.Keys.FindByContentAsync($"title-{i}"));
    }

    [SkippableTheory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.PostgreSql)]
    public async Task Rotating_the_data_keys_beside_a_busy_node_never_changes_an_answer(Engine engine)
    {
        using var place = await TestDatabase.CreateAsync(engine, servers);
        await using var node = await Node.OpenAsync(place);
        var expected = new Dictionary<string, string>();
        await Parallel.ForEachAsync(Enumerable.Range(0, 1300), async (i, token) =>
        {
            var keys = await node.Keys.GetOrCreateAsync($"title-{i}", [KeyStoreTests.Spec("SD")], token);
            lock (expected) expected[$"title-{i}"] = KeyStoreTests.Describe(keys[0]);
        });
        var before = Assert.Single(await StatusAsync(node, place));

        using var stop = new CancellationTokenSource();
        var reads = 0;
        var busy = Enumerable.Range(0, 4).Select(worker => Task.Run(async () =>
        {
            for (var i = worker; !stop.IsCancellationRequested; i = (i + 7) % 1300)
            {
                var found = await node.Keys.FindByContentAsync($"title-{i}");
                Assert.Equal(expected[$"title-{i}"], KeyStoreTests.Describe(found[0]));
                var made = await node.Keys.GetOrCreateAsync($"new-{worker}-{i}", [KeyStoreTests.Spec("SD")]);
                Assert.Equal(KeyStoreTests.Hex(made[0]), KeyStoreTests.Hex((await node.Keys.FindAsync([made[0].KeyId]))[0]));
                Interlocked.Increment(ref reads);
            }
        })).ToArray();
        while (Volatile.Read(ref reads) < 20) await Task.Delay(1);

        await using (var rotation = await OpenAsync(node, place))
        {
            Assert.True(await rotation.RotateDataAsync() >= 1300);
            Assert.True(await rotation.RotateDataAsync() >= 1300);
        }

        await stop.CancelAsync();
        await Task.WhenAll(busy);
        var after = Assert.Single(await StatusAsync(node, place));
        Assert.NotEqual(before.Id, after.Id);

        await using var fresh = await Node.OpenAsync(place);
        foreach (var (content, key) in expected) Assert.Equal(key, KeyStoreTests.Describe((await fresh.Keys.FindByContentAsync(content))[0]));
    }

    [SkippableTheory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.PostgreSql)]
    public async Task A_node_that_still_seals_under_a_retired_data_key_moves_on(Engine engine)
    {
        using var place = await TestDatabase.CreateAsync(engine, servers);
        await using var node = await Node.OpenAsync(place);
        await node.Keys.GetOrCreateAsync("one", [KeyStoreTests.Spec("SD")]);
        await using (var rotation = await OpenAsync(node, place)) Assert.Equal(1, await rotation.RotateDataAsync());
        var status = Assert.Single(await StatusAsync(node, place));

        var two = await node.Keys.GetOrCreateAsync("two", [KeyStoreTests.Spec("SD")]);
        Assert.Equal((status.Id, 2L), (Assert.Single(await StatusAsync(node, place)).Id, (await StatusAsync(node, place))[0].ContentKeys));
        await using var fresh = await Node.OpenAsync(place);
        Assert.Equal(KeyStoreTests.Describe(two[0]), KeyStoreTests.Describe((await fresh.Keys.FindByContentAsync("two"))[0]));
    }

    [SkippableTheory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.PostgreSql)]
    public async Task A_rotation_that_was_stopped_half_way_goes_on_where_it_was(Engine engine)
    {
        using var place = await TestDatabase.CreateAsync(engine, servers);
        await using var node = await Node.OpenAsync(place);
        await Parallel.ForEachAsync(Enumerable.Range(0, 1200), async (i, token) => await node.Keys.GetOrCreateAsync($"title-{i}", [KeyStoreTests.Spec("SD")], token));
        await using (var rotation = await OpenAsync(node, place))
        {
            using var stop = new CancellationTokenSource();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => rotation.RotateDataAsync(new StopAfter(1, stop), stop.Token));
            var half = await rotation.ReadStatusAsync();
            Assert.Equal(700, half.WaitingForData);
            Assert.Equal(2, half.DataKeys.Count);
        }

        await using var again = await OpenAsync(node, place);
        Assert.Equal(700, await again.RotateDataAsync());
        var status = await again.ReadStatusAsync();
        Assert.Equal((0, 1200), (status.WaitingForData, Assert.Single(status.DataKeys).ContentKeys));
    }

    [SkippableTheory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.PostgreSql)]
    public async Task Rotating_the_master_key_moves_every_data_key_and_the_old_one_can_go(Engine engine)
    {
        using var place = await TestDatabase.CreateAsync(engine, servers);
        var options = new KeyStoreOptions { DataKeys = new DataKeyOptions { MaxKeys = 1 } };
        await using var node = await Node.OpenAsync(place, options);
        for (var i = 0; i < 5; i++) await node.Keys.GetOrCreateAsync($"title-{i}", [KeyStoreTests.Spec("SD")]);

        var file = MasterKeyFactory.FileOf(new MasterKeyOptions(), place.DirectoryPath);
        var id = file.Add();
        await using (var rotation = await OpenAsync(node, place))
        {
            Assert.Equal(5, (await rotation.ReadStatusAsync()).WaitingForMaster);
            Assert.Equal(5, await rotation.RotateMasterAsync());
            Assert.Equal(0, await rotation.RotateMasterAsync());
            Assert.Equal((id, 0), ((await rotation.ReadStatusAsync()).CurrentMasterKeyId, (await rotation.ReadStatusAsync()).WaitingForMaster));
        }

        file.Keep(new HashSet<string> { id });
        await node.Keys.GetOrCreateAsync("title-5", [KeyStoreTests.Spec("SD")]);
        await using var fresh = await Node.OpenAsync(place, options);
        for (var i = 0; i < 6; i++) Assert.Single(await fresh.Keys.FindByContentAsync($"title-{i}"));
    }

    [SkippableTheory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.PostgreSql)]
    public async Task Moving_from_a_file_to_a_key_vault_is_a_rotation_of_the_master_key(Engine engine)
    {
        await using var vault = await KeyVaultSimulator.StartAsync();
        using var place = await TestDatabase.CreateAsync(engine, servers);
        string key;
        await using (var node = await Node.OpenAsync(place)) key = KeyStoreTests.Describe((await node.Keys.GetOrCreateAsync("title", [KeyStoreTests.Spec("SD")]))[0]);

        await using var database = await place.OpenAsync();
        using var local = LocalMasterKey.FromFile(MasterKeyFactory.FileOf(new MasterKeyOptions(), place.DirectoryPath));
        await using (var rotation = await KeyRotation.OpenAsync(database, new MasterKeyRing([vault.Open(), local]), new KeyStoreOptions()))
            Assert.Equal(1, await rotation.RotateMasterAsync());

        // A new version of the key in the vault is the next rotation.
        vault.AddVersion();
        await using (var rotation = await KeyRotation.OpenAsync(database, vault.Open(), new KeyStoreOptions())) Assert.Equal(1, await rotation.RotateMasterAsync());
        await using var store = await KeyStore.OpenAsync(database, vault.Open());
        Assert.Equal(key, KeyStoreTests.Describe((await store.FindByContentAsync("title"))[0]));
    }

    [SkippableTheory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.PostgreSql)]
    public async Task A_row_that_was_changed_or_copied_over_another_does_not_open(Engine engine)
    {
        using var place = await TestDatabase.CreateAsync(engine, servers);
        await using var node = await Node.OpenAsync(place, new KeyStoreOptions { DataKeys = new DataKeyOptions { MaxKeys = 2 } });
        await node.Keys.GetOrCreateAsync("a", [KeyStoreTests.Spec("SD"), KeyStoreTests.Spec("HD") with { MaxPixels = 100 }]);
        await node.Keys.GetOrCreateAsync("b", [KeyStoreTests.Spec("SD")]);
        await using var connection = await node.Database.OpenConnectionAsync();
        foreach (var change in (string[])
            [
                "update content_keys set sealed = (select sealed from content_keys where content_id = 'a' and track = 'SD') where content_id = 'a' and track = 'HD'",
                "update content_keys set sealed = (select sealed from content_keys where content_id = 'b'), data_key_id = (select data_key_id from content_keys where content_id = 'b') where content_id = 'a' and track = 'HD'",
                "update content_keys set data_key_id = (select d.data_key_id from data_keys d where d.data_key_id <> content_keys.data_key_id limit 1) where content_id = 'a' and track = 'HD'",
                "update content_keys set track = 'AUDIO' where content_id = 'a' and track = 'HD'",
                "update content_keys set max_pixels = 50 where content_id = 'a' and track = 'HD'",
                "update content_keys set crypto_period = 4 where content_id = 'a' and track = 'HD'",
                "update content_keys set content_id = 'c' where content_id = 'a' and track = 'HD'",
            ])
        {
            await using var transaction = await connection.BeginTransactionAsync();
            var rows = (await connection.QueryAsync<byte[]>("select key_id from content_keys where content_id = 'a' and track = 'HD'", transaction: transaction)).ToArray();
            Assert.Equal(1, await connection.ExecuteAsync(change, transaction: transaction));
            await transaction.CommitAsync();
            await using (var other = await Node.OpenAsync(place)) await Assert.ThrowsAsync<KeyVaultException>(() => other.Keys.FindAsync([new Cenc.KeyId(rows[0])]));

            await connection.ExecuteAsync("delete from content_keys where key_id = @id", new { id = rows[0] });
            await using var restored = await Node.OpenAsync(place);
            await restored.Keys.GetOrCreateAsync("a", [KeyStoreTests.Spec("HD") with { MaxPixels = 100 }]);
        }
    }

    [SkippableTheory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.PostgreSql)]
    public async Task A_wrapped_data_key_copied_over_another_row_is_noticed(Engine engine)
    {
        using var place = await TestDatabase.CreateAsync(engine, servers);
        await using (var node = await Node.OpenAsync(place, new KeyStoreOptions { DataKeys = new DataKeyOptions { MaxKeys = 1 } }))
        {
            await node.Keys.GetOrCreateAsync("a", [KeyStoreTests.Spec("SD")]);
            await node.Keys.GetOrCreateAsync("b", [KeyStoreTests.Spec("SD")]);
            await using var connection = await node.Database.OpenConnectionAsync();
            await connection.ExecuteAsync("update data_keys set wrapped = (select d.wrapped from data_keys d join content_keys k on k.data_key_id = d.data_key_id where k.content_id = 'a')");
        }

        // One data key that cannot be opened does not stop the others.
        await using var fresh = await Node.OpenAsync(place);
        Assert.Single(await fresh.Keys.FindByContentAsync("a"));
        await Assert.ThrowsAsync<KeyVaultException>(() => fresh.Keys.FindByContentAsync("b"));
    }

    private static async Task<KeyRotation> OpenAsync(Node node, TestDatabase place)
    {
        var master = LocalMasterKey.FromFile(MasterKeyFactory.FileOf(new MasterKeyOptions(), place.DirectoryPath));
        return await KeyRotation.OpenAsync(node.Database, master, new KeyStoreOptions());
    }

    private static async Task<IReadOnlyList<DataKeyStatus>> StatusAsync(Node node, TestDatabase place)
    {
        await using var rotation = await OpenAsync(node, place);
        return (await rotation.ReadStatusAsync()).DataKeys;
    }

    private static async Task<long[]> CountsAsync(Node node)
    {
        await using var connection = await node.Database.OpenConnectionAsync();
        return [.. await connection.QueryAsync<long>("select count(*) from content_keys k join data_keys d on d.data_key_id = k.data_key_id group by d.data_key_id, d.created_at, d.key_count order by d.created_at, d.key_count desc")];
    }

    /// <summary>Cancels within the report, so that the rotation stops between two batches.</summary>
    private sealed class StopAfter(int batches, CancellationTokenSource stop) : IProgress<long>
    {
        private int _seen;

        public void Report(long value)
        {
            if (++_seen == batches) stop.Cancel();
        }
    }
}
