using Dapper;
using DrmHub.Cenc;
using DrmHub.Vault.Keys;
using DrmHub.Vault.Keys.Caching;
using DrmHub.Vault.Tests.Storage;
using Microsoft.Extensions.Time.Testing;

namespace DrmHub.Vault.Tests.Keys;

[Collection(ServerCollection.Name)]
public sealed class KeyCacheTests(Servers servers)
{
    [Fact]
    public void What_is_full_evicts_what_was_not_used()
    {
        var cache = new BoundedCache<int, string>(100, TimeSpan.FromMinutes(1), TimeSpan.Zero, new FakeTimeProvider());
        for (var i = 0; i < 100; i++) cache.Put(i, "value", 1, cache.Ask(0));
        for (var i = 0; i < 100; i += 2) Assert.True(cache.TryGet(i, out _));
        for (var i = 100; i < 140; i++) cache.Put(i, "value", 1, cache.Ask(0));
        Assert.True(cache.Count <= 100);
        Assert.All(Enumerable.Range(0, 50).Select(i => i * 2), i => Assert.True(cache.TryGet(i, out _)));

        // However often the same entries are replaced, the bound holds.
        for (var i = 0; i < 10_000; i++) cache.Put(i % 150, "value", 1 + (i % 3), cache.Ask(0));
        Assert.InRange(cache.Count, 1, 100);
        cache.Put(1000, "too heavy", 101, cache.Ask(0));
        Assert.False(cache.TryGet(1000, out _));
    }

    [Fact]
    public void An_entry_ends_with_its_lifetime_and_serves_a_while_longer_in_need()
    {
        var time = new FakeTimeProvider();
        var cache = new BoundedCache<int, string>(10, TimeSpan.FromMinutes(5), TimeSpan.FromHours(1), time);
        cache.Put(1, "value", 1, cache.Ask(0));
        time.Advance(TimeSpan.FromMinutes(4.9));
        Assert.True(cache.TryGet(1, out _));
        time.Advance(TimeSpan.FromMinutes(0.2));
        Assert.False(cache.TryGet(1, out _));
        Assert.True(cache.TryGetStale(1, out _));
        time.Advance(TimeSpan.FromHours(1));
        Assert.False(cache.TryGetStale(1, out _));
    }

    [Fact]
    public void A_value_that_was_asked_for_before_an_invalidation_is_not_kept()
    {
        var cache = new BoundedCache<int, string>(10, TimeSpan.FromMinutes(5), TimeSpan.Zero, new FakeTimeProvider());
        var before = cache.Ask(7);
        cache.Invalidate(7);
        cache.Put(1, "old", 1, before);
        Assert.False(cache.TryGet(1, out _));
        cache.Put(1, "new", 1, cache.Ask(7));
        cache.Put(2, "other stripe", 1, cache.Ask(8));
        cache.Invalidate(7);
        Assert.False(cache.TryGet(1, out _));
        Assert.True(cache.TryGet(2, out _));
        cache.InvalidateAll();
        Assert.False(cache.TryGet(2, out _));
    }

    [SkippableFact]
    public async Task A_key_that_another_node_makes_is_seen_though_the_content_was_cached()
    {
        using var place = await TestDatabase.CreateAsync(Engine.PostgreSql, servers);
        await using var one = await Node.OpenAsync(place);
        await using var two = await Node.OpenAsync(place);
        await one.Keys.GetOrCreateAsync("title", [KeyStoreTests.Spec("SD")]);
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(i + 1, (await one.Keys.FindInfoByContentAsync("title")).Count);
            Assert.Equal(i + 1, (await two.Keys.FindInfoByContentAsync("title")).Count);
            await two.Keys.GetOrCreateAsync("title", [KeyStoreTests.Spec("SD") with { CryptoPeriod = i }]);
            Assert.Equal(i + 2, (await two.Keys.FindInfoByContentAsync("title")).Count);

            // The notice takes the network's time; nothing else asks the database anew.
            await WaitAsync(async () => (await one.Keys.FindInfoByContentAsync("title")).Count == i + 2);
        }
    }

    [SkippableFact]
    public async Task A_listener_that_was_cut_off_comes_back_and_trusts_nothing_from_before()
    {
        using var place = await TestDatabase.CreateAsync(Engine.PostgreSql, servers);
        await using var one = await Node.OpenAsync(place);
        await using var two = await Node.OpenAsync(place);
        await one.Keys.GetOrCreateAsync("title", [KeyStoreTests.Spec("SD")]);
        Assert.Single(await one.Keys.FindInfoByContentAsync("title"));
        await using (var connection = await two.Database.OpenConnectionAsync())
            await connection.ExecuteAsync("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query like 'listen %'");
        await two.Keys.GetOrCreateAsync("title", [KeyStoreTests.Spec("HD")]);
        await WaitAsync(async () => (await one.Keys.FindInfoByContentAsync("title")).Count == 2);
        await two.Keys.GetOrCreateAsync("title", [KeyStoreTests.Spec("AUDIO")]);
        await WaitAsync(async () => (await one.Keys.FindInfoByContentAsync("title")).Count == 3);
    }

    [SkippableTheory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.PostgreSql)]
    public async Task A_warm_content_is_not_read_again_and_a_repeated_question_is_not_written(Engine engine)
    {
        using var place = await TestDatabase.CreateAsync(engine, servers);
        await using var node = await Node.OpenAsync(place, time: new FakeTimeProvider(DateTimeOffset.UtcNow));
        var made = await node.Keys.GetOrCreateAsync("title", [KeyStoreTests.Spec("SD")]);
        var warm = KeyStoreTests.Describe((await node.Keys.FindByContentAsync("title"))[0]);
        await node.Keys.FindAsync([made[0].KeyId]);
        await using (var connection = await node.Database.OpenConnectionAsync()) await connection.ExecuteAsync("delete from content_keys");

        Assert.Equal(warm, KeyStoreTests.Describe((await node.Keys.FindByContentAsync("title"))[0]));
        Assert.Equal(warm, KeyStoreTests.Describe((await node.Keys.GetOrCreateAsync("title", [KeyStoreTests.Spec("SD")]))[0]));
        Assert.Equal(warm, KeyStoreTests.Describe((await node.Keys.FindAsync([made[0].KeyId]))[0]));
    }

    [SkippableTheory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.PostgreSql)]
    public async Task What_a_packager_asks_for_again_comes_from_memory_and_a_contradiction_is_still_refused(Engine engine)
    {
        using var place = await TestDatabase.CreateAsync(engine, servers);
        await using var node = await Node.OpenAsync(place, time: new FakeTimeProvider(DateTimeOffset.UtcNow));
        KeySpec[] specs = [KeyStoreTests.Spec("SD") with { RequestedKeyId = KeyId.Parse("11111111111141118111111111111111") }, KeyStoreTests.Spec("HD"), KeyStoreTests.Spec("HD") with { CryptoPeriod = 7 }];
        var made = (await node.Keys.GetOrCreateAsync("title", specs)).Select(KeyStoreTests.Describe).ToList();
        await using (var connection = await node.Database.OpenConnectionAsync())
        {
            await connection.ExecuteAsync("create table kept as select * from content_keys");
            await connection.ExecuteAsync("delete from content_keys");
            Assert.Equal(made, (await node.Keys.GetOrCreateAsync("title", specs)).Select(KeyStoreTests.Describe));
            await connection.ExecuteAsync("insert into content_keys select * from kept");
        }

        await Assert.ThrowsAsync<KeyConflictException>(() => node.Keys.GetOrCreateAsync("other", [specs[0]]));
        await Assert.ThrowsAsync<KeyConflictException>(() => node.Keys.GetOrCreateAsync("title", [specs[0] with { Track = "HD" }]));
    }

    [SkippableFact]
    public async Task While_the_database_is_away_what_was_cached_serves_and_what_was_not_fails()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        using var place = await TestDatabase.CreateAsync(Engine.PostgreSql, servers);
        Skip.IfNot(servers.Postgres.IsOwn, "The server is not this test's to stop.");
        await using var node = await Node.OpenAsync(place, time: time);
        var made = await node.Keys.GetOrCreateAsync("title", [KeyStoreTests.Spec("SD")]);
        var warm = KeyStoreTests.Describe((await node.Keys.FindByContentAsync("title"))[0]);
        await node.Keys.FindAsync([made[0].KeyId]);
        servers.Postgres.Kill();
        try
        {
            time.Advance(TimeSpan.FromMinutes(30));
            Assert.Equal(warm, KeyStoreTests.Describe((await node.Keys.FindByContentAsync("title"))[0]));
            Assert.Equal(warm, KeyStoreTests.Describe((await node.Keys.FindAsync([made[0].KeyId]))[0]));
            await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => node.Keys.FindByContentAsync("other"));
            time.Advance(TimeSpan.FromMinutes(60));
            await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => node.Keys.FindByContentAsync("title"));
        }
        finally
        {
            servers.Postgres.Start();
        }

        await WaitAsync(async () => KeyStoreTests.Describe((await node.Keys.FindByContentAsync("title"))[0]) == warm);
    }

    /// <summary>Waits for what other threads and processes do in their own time; fails after a minute.</summary>
    internal static async Task WaitAsync(Func<Task<bool>> condition)
    {
        for (var i = 0; i < 6000; i++)
        {
            try
            {
                if (await condition()) return;
            }
            catch (System.Data.Common.DbException)
            {
                // The database is on its way back.
            }

            await Task.Delay(10);
        }

        Assert.Fail("The condition was not met in a minute.");
    }
}
