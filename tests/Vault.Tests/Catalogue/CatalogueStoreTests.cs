using DrmHub.Vault.Catalogue;
using DrmHub.Vault.Tests.Storage;

namespace DrmHub.Vault.Tests.Catalogue;

[Collection(ServerCollection.Name)]
public sealed class CatalogueStoreTests(Servers servers)
{
    [SkippableTheory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.PostgreSql)]
    public async Task A_change_that_does_not_fit_leaves_nothing(Engine engine)
    {
        using var place = await TestDatabase.CreateAsync(engine, servers);
        await using var database = await place.OpenAsync();
        var store = new CatalogueStore(database, TimeProvider.System);
        await store.CommitAsync(new CatalogueChange { Writes = [Write("a", ["1"]), Write("b", ["2"], links: ["a"])] });
        var conflict = await Assert.ThrowsAsync<CatalogueConflictException>(() => store.CommitAsync(new CatalogueChange { Writes = [Write("c", ["3"]), Write("d", ["1"])] }));
        Assert.Equal(CatalogueConflict.Identifier, conflict.Conflict);
        conflict = await Assert.ThrowsAsync<CatalogueConflictException>(() => store.CommitAsync(new CatalogueChange { Writes = [Write("c", ["3"]), Write("d", [], links: ["zz"])] }));
        Assert.Equal(CatalogueConflict.Reference, conflict.Conflict);
        conflict = await Assert.ThrowsAsync<CatalogueConflictException>(() => store.CommitAsync(new CatalogueChange { Writes = [Write("c", ["3"])], Removals = [new CatalogueRemoval("a", "recording")] }));
        Assert.Equal(CatalogueConflict.InUse, conflict.Conflict);
        conflict = await Assert.ThrowsAsync<CatalogueConflictException>(() => store.CommitAsync(new CatalogueChange { Writes = [Write("c", ["3"]), Write("a", []) with { Kind = "release" }] }));
        Assert.Equal(CatalogueConflict.Kind, conflict.Conflict);
        Assert.Empty(await store.Queries.FindAsync(["c", "d"]));
        Assert.Equal(1, await store.Queries.NumberAsync());
    }

    [SkippableTheory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.PostgreSql)]
    public async Task Identifiers_may_change_hands_within_one_change(Engine engine)
    {
        using var place = await TestDatabase.CreateAsync(engine, servers);
        await using var database = await place.OpenAsync();
        var store = new CatalogueStore(database, TimeProvider.System);
        await store.CommitAsync(new CatalogueChange { Writes = [Write("a", ["1"]), Write("b", ["2"])] });
        var versions = await store.CommitAsync(new CatalogueChange { Writes = [Write("a", ["2"]), Write("b", ["1"])] });
        Assert.Equal([2, 2], versions);
        Assert.Equal("b", (await store.Queries.FindAsync("recording", "isrc", "1", null, "", 10)).Single().Id);
        await store.CommitAsync(new CatalogueChange { Removals = [new CatalogueRemoval("a", "recording", 2)] });
        await store.CommitAsync(new CatalogueChange { Writes = [Write("c", ["2"])] });
        Assert.Equal("c", (await store.Queries.FindAsync("recording", "isrc", "2", "", "", 10)).Single().Id);
    }

    [SkippableTheory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.PostgreSql)]
    public async Task Readers_of_the_change_feed_miss_nothing_while_writers_race(Engine engine)
    {
        using var place = await TestDatabase.CreateAsync(engine, servers);
        await using var database = await place.OpenAsync();
        var store = new CatalogueStore(database, TimeProvider.System);
        var seen = new Dictionary<string, long>();
        long number = 0;
        var last = "";
        async Task DrainAsync()
        {
            while (await store.Queries.ChangedAfterAsync(number, last, 7) is { Count: > 0 } rows)
            {
                foreach (var row in rows) seen[row.Id] = row.Version;
                (number, last) = (rows[^1].Changed, rows[^1].Id);
            }
        }

        var writers = Task.WhenAll(Enumerable.Range(0, 4).Select(writer => Task.Run(async () =>
        {
            for (var i = 0; i < 20; i++) await store.CommitAsync(new CatalogueChange { Writes = [Write($"w{writer}-{i}", []), .. i == 0 ? [] : (CatalogueWrite[])[Write($"w{writer}-{i / 2}", [])]] });
        })));
        while (!writers.IsCompleted) await DrainAsync();
        await writers;
        await DrainAsync();
        var stored = await store.Queries.ListAsync("recording", "", 1000);
        Assert.Equal(80, stored.Count);
        Assert.All(stored, row => Assert.Equal(row.Version, seen[row.Id]));
    }

    [SkippableTheory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.PostgreSql)]
    public async Task Children_come_in_their_order_and_a_removed_item_is_gone_but_heard_of(Engine engine)
    {
        using var place = await TestDatabase.CreateAsync(engine, servers);
        await using var database = await place.OpenAsync();
        var store = new CatalogueStore(database, TimeProvider.System);
        await store.CommitAsync(new CatalogueChange { Writes = [Write("p", []), Child("z", 1), Child("a", 2), Child("m", 2)] });
        Assert.Equal(["z", "a", "m"], (await store.Queries.ChildrenAsync("p", "track", long.MinValue, "", 10)).Select(row => row.Id));
        Assert.Equal(["m"], (await store.Queries.ChildrenAsync("p", "track", 2, "a", 10)).Select(row => row.Id));
        await store.CommitAsync(new CatalogueChange { Removals = [new CatalogueRemoval("a", "track")] });
        Assert.Null(await store.Queries.FindAsync("a", "track"));
        Assert.Equal(["z", "m"], (await store.Queries.ChildrenAsync("p", "track", long.MinValue, "", 10)).Select(row => row.Id));
        Assert.Equal(1, (await store.Queries.ChangedAfterAsync(1, "zzzz", 10)).Single().Removed);
    }

    private static CatalogueWrite Write(string id, string[] isrcs, string[]? links = null) => new()
    {
        Id = id,
        Kind = "recording",
        Body = "{}",
        Identifiers = [.. isrcs.Select(isrc => new CatalogueIdentifier("isrc", isrc))],
        Links = links ?? [],
    };

    private static CatalogueWrite Child(string id, long position) => new() { Id = id, Kind = "track", Parent = "p", Position = position, Body = "{}" };
}
