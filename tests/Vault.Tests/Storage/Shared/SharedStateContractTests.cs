using DrmHub.Testing;
using DrmHub.Vault.Storage.Shared;

namespace DrmHub.Vault.Tests.Storage.Shared;

/// <summary>What both implementations promise. Times are real, because Redis has a clock of its own.</summary>
public sealed class SharedStateContractTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);

    public enum Store
    {
        InProcess,
        Redis,
    }

    [SkippableTheory]
    [InlineData(Store.InProcess)]
    [InlineData(Store.Redis)]
    public async Task A_subscriber_has_so_many_slots_and_a_session_one(Store store)
    {
        await using var state = await OpenAsync(store);
        var subscriber = Name();
        Assert.True((await state.TakeSlotAsync(subscriber, "a", 2, Long)).IsGranted);
        Assert.True((await state.TakeSlotAsync(subscriber, "b", 2, Long)).IsGranted);
        Assert.Equal(new SharedAnswer(false, SharedAnswerSource.Store), await state.TakeSlotAsync(subscriber, "c", 2, Long));
        Assert.True((await state.TakeSlotAsync(subscriber, "a", 2, Long)).IsGranted);
        Assert.True((await state.TakeSlotAsync(subscriber, "a", 1, Long)).IsGranted);
        Assert.True((await state.TakeSlotAsync(Name(), "c", 1, Long)).IsGranted);
        await state.ReleaseSlotAsync(subscriber, "a");
        await state.ReleaseSlotAsync(subscriber, "never");
        Assert.True((await state.TakeSlotAsync(subscriber, "c", 2, Long)).IsGranted);
        Assert.False((await state.TakeSlotAsync(subscriber, "a", 2, Long)).IsGranted);
    }

    [SkippableTheory]
    [InlineData(Store.InProcess)]
    [InlineData(Store.Redis)]
    public async Task A_slot_that_is_not_renewed_is_free_again(Store store)
    {
        await using var state = await OpenAsync(store);
        var subscriber = Name();
        Assert.True((await state.TakeSlotAsync(subscriber, "kept", 2, Long)).IsGranted);
        Assert.True((await state.TakeSlotAsync(subscriber, "left", 2, TimeSpan.FromMilliseconds(200))).IsGranted);
        while (!(await state.TakeSlotAsync(subscriber, "next", 2, Long)).IsGranted) await Task.Delay(10);
        Assert.False((await state.TakeSlotAsync(subscriber, "left", 2, Long)).IsGranted);
        Assert.True((await state.TakeSlotAsync(subscriber, "kept", 2, Long)).IsGranted);
    }

    [SkippableTheory]
    [InlineData(Store.InProcess)]
    [InlineData(Store.Redis)]
    public async Task However_many_ask_at_once_no_more_are_granted(Store store)
    {
        await using var state = await OpenAsync(store);
        await using var other = store == Store.Redis ? await OpenAsync(store) : state;
        for (var round = 0; round < 20; round++)
        {
            var name = Name();
            var slots = await Task.WhenAll(Enumerable.Range(0, 64).Select(i => Task.Run(async () => await (i % 2 == 0 ? state : other).TakeSlotAsync(name, $"s{i}", 5, Long))));
            Assert.Equal(5, slots.Count(answer => answer.IsGranted));
            var uses = await Task.WhenAll(Enumerable.Range(0, 32).Select(i => Task.Run(async () => await (i % 2 == 0 ? state : other).UseTokenAsync(name, Long))));
            Assert.Single(uses, answer => answer.IsGranted);
            var permits = await Task.WhenAll(Enumerable.Range(0, 32).Select(i => Task.Run(async () => await (i % 2 == 0 ? state : other).TakePermitAsync(name, 7, 0.0001))));
            Assert.Equal(7, permits.Count(answer => answer.IsGranted));
        }
    }

    [SkippableTheory]
    [InlineData(Store.InProcess)]
    [InlineData(Store.Redis)]
    public async Task A_token_is_good_once_until_it_would_have_expired(Store store)
    {
        await using var state = await OpenAsync(store);
        var token = Name();
        Assert.True((await state.UseTokenAsync(token, TimeSpan.FromMilliseconds(200))).IsGranted);
        Assert.False((await state.UseTokenAsync(token, TimeSpan.FromMilliseconds(200))).IsGranted);
        while (!(await state.UseTokenAsync(token, Long)).IsGranted) await Task.Delay(10);
        Assert.False((await state.UseTokenAsync(token, Long)).IsGranted);
    }

    [SkippableTheory]
    [InlineData(Store.InProcess)]
    [InlineData(Store.Redis)]
    public async Task A_bucket_fills_again(Store store)
    {
        await using var state = await OpenAsync(store);
        var bucket = Name();
        for (var i = 0; i < 3; i++) Assert.True((await state.TakePermitAsync(bucket, 3, 5)).IsGranted);
        while (!(await state.TakePermitAsync(bucket, 3, 5)).IsGranted) await Task.Delay(10);
    }

    [SkippableTheory]
    [InlineData(Store.InProcess)]
    [InlineData(Store.Redis)]
    public async Task Each_revocation_gives_another_number(Store store)
    {
        await using var state = await OpenAsync(store);
        var seen = new HashSet<long?> { await state.GetRevocationVersionAsync() };
        for (var i = 0; i < 10; i++)
        {
            var raised = await state.RaiseRevocationVersionAsync();
            Assert.True(seen.Add(raised));
            Assert.Equal(raised, await state.GetRevocationVersionAsync());
        }
    }

    [SkippableTheory]
    [InlineData(Store.InProcess)]
    [InlineData(Store.Redis)]
    public async Task Misuse_throws(Store store)
    {
        await using var state = await OpenAsync(store);
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await state.TakeSlotAsync("", "a", 1, Long));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await state.TakeSlotAsync("a", new string('a', 513), 1, Long));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await state.TakeSlotAsync("a", "a", 0, Long));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await state.UseTokenAsync("a", TimeSpan.Zero));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await state.TakePermitAsync("a", 0, 1));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await state.TakePermitAsync("a", 1, double.NaN));
    }

    [SkippableTheory]
    [InlineData(Store.InProcess)]
    [InlineData(Store.Redis)]
    public async Task The_oldest_stream_is_stopped_where_that_is_wanted_and_learns_it(Store store)
    {
        await using var state = await OpenAsync(store);
        var account = Name();
        SlotRequest Request(string session) => new(account, session, 2, Long) { StopOldest = true, Data = "data of " + session };
        Assert.Equal(SlotResult.Taken, (await state.TakeSlotAsync(Request("a"))).Result);
        await Task.Delay(5);
        Assert.Equal(SlotResult.Taken, (await state.TakeSlotAsync(Request("b"))).Result);
        Assert.Equal(SlotResult.Kept, (await state.TakeSlotAsync(Request("a"))).Result);
        await Task.Delay(5);
        Assert.Equal(SlotResult.TakenFromOldest, (await state.TakeSlotAsync(Request("c"))).Result);
        Assert.Equal(new SlotStatus(SlotState.Stopped, "data of a", SharedAnswerSource.Store), await state.RenewSlotAsync(account, "a", Long));
        Assert.Equal(new SlotStatus(SlotState.Held, "data of b", SharedAnswerSource.Store), await state.RenewSlotAsync(account, "b", Long));

        // A stream that was stopped takes no slot back by asking again.
        Assert.Equal(SlotResult.Refused, (await state.TakeSlotAsync(Request("a"))).Result);
        Assert.Equal(SlotState.Unknown, (await state.ReleaseSlotAsync(account, "a")).State);
        Assert.Equal(SlotState.Unknown, (await state.RenewSlotAsync(account, "a", Long)).State);
    }

    [SkippableTheory]
    [InlineData(Store.InProcess)]
    [InlineData(Store.Redis)]
    public async Task Streams_of_a_group_are_counted_apart(Store store)
    {
        await using var state = await OpenAsync(store);
        var account = Name();
        SlotRequest Request(string session, string? group, bool stopOldest = false) => new(account, session, 3, Long) { Group = group, GroupLimit = 1, StopOldest = stopOldest };
        Assert.True((await state.TakeSlotAsync(Request("a", "deal"))).IsGranted);
        Assert.False((await state.TakeSlotAsync(Request("b", "deal"))).IsGranted);
        Assert.True((await state.TakeSlotAsync(Request("b", "other"))).IsGranted);
        Assert.True((await state.TakeSlotAsync(Request("c", null))).IsGranted);
        Assert.False((await state.TakeSlotAsync(Request("d", null))).IsGranted);
        Assert.Equal(SlotState.Held, (await state.ReleaseSlotAsync(account, "c")).State);
        Assert.Equal(SlotResult.TakenFromOldest, (await state.TakeSlotAsync(Request("e", "deal", stopOldest: true))).Result);
        Assert.Equal(SlotState.Stopped, (await state.RenewSlotAsync(account, "a", Long)).State);
        Assert.Equal(SlotState.Held, (await state.RenewSlotAsync(account, "b", Long)).State);
    }

    [SkippableTheory]
    [InlineData(Store.InProcess)]
    [InlineData(Store.Redis)]
    public async Task A_heartbeat_renews_and_never_takes(Store store)
    {
        await using var state = await OpenAsync(store);
        var account = Name();
        Assert.Equal(SlotState.Unknown, (await state.RenewSlotAsync(account, "a", Long)).State);
        Assert.True((await state.TakeSlotAsync(new SlotRequest(account, "a", 1, TimeSpan.FromMilliseconds(100)))).IsGranted);
        Assert.Equal(SlotState.Held, (await state.RenewSlotAsync(account, "a", Long)).State);
        await Task.Delay(150);
        Assert.False((await state.TakeSlotAsync(new SlotRequest(account, "b", 1, Long))).IsGranted);
        Assert.Equal(SlotState.Unknown, (await state.RenewSlotAsync("another", "a", Long)).State);
        Assert.Equal(SlotState.Unknown, (await state.ReleaseSlotAsync("another", "a")).State);
        Assert.Equal(SlotState.Held, (await state.ReleaseSlotAsync(account, "a")).State);
        Assert.Equal(SlotState.Unknown, (await state.RenewSlotAsync(account, "a", Long)).State);
    }

    private static string Name() => System.Security.Cryptography.RandomNumberGenerator.GetHexString(16);

    private Task<ISharedState> OpenAsync(Store store)
    {
        Skip.If(store == Store.Redis && redis.Reason is not null, redis.Reason);

        // Sixty-four at once on two busy cores take their time; what is promised here is the count.
        return SharedStateFactory.OpenAsync(new SharedStateOptions { Redis = store == Store.Redis ? redis.ConnectionString : null, Timeout = TimeSpan.FromSeconds(5) });
    }
}
