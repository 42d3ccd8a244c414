using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using DrmHub.Cenc;
using DrmHub.LicenseProxy.Limits;
using DrmHub.Vault.Rights;

namespace DrmHub.LicenseProxy.Tests;

/// <summary>More ask than can be served: whose turn it is, who is sent away, and that nobody gets what is not theirs.</summary>
public sealed class OverloadTests
{
    [Fact]
    public async Task Those_who_watch_go_first_then_those_who_pay_and_a_claim_alone_moves_nobody()
    {
        var (door, keys) = await OpenAsync(new LimitOptions { SubscriberPerSecond = 0, Concurrency = 1, Queue = 8 });
        await using var _ = door;
        var session = await PlayAsync(door, keys);
        var crowd = new Crowd(door, [.. keys.Values]);
        List<Task<LicenseOutcome>> asking =
        [
            await crowd.BeginAsync("first"),
            await crowd.QueueAsync("other", "free"),
            await crowd.QueueAsync("liar", "free", session: session),
            await crowd.QueueAsync("by token", "stranger", plans: ["premium"]),
            await crowd.QueueAsync("by store", "premium"),
            await crowd.QueueAsync("watching", "premium", session: session),
            await crowd.QueueAsync("renewing", "premium", announced: LicenseKind.Renewal),
        ];
        Assert.Equal(1, door.Load.InWork);
        crowd.Go();
        var outcomes = await Task.WhenAll(asking);
        Assert.Equal(["first", "watching", "renewing", "by token", "by store", "other", "liar"], crowd.Turns);

        // Who got a turn got the decision that it gets at any time.
        Assert.Equal([null, ReasonCodes.EntitlementNone, ReasonCodes.EntitlementNone, null, null, null, null], outcomes.Select(outcome => outcome.Refusal?.Reason));
        Assert.Equal((0, 0), (door.Load.InWork, door.Load.Waiting));
    }

    [Fact]
    public async Task A_full_queue_sheds_the_lowest_with_503_counts_it_and_writes_nothing()
    {
        var shed = new ConcurrentDictionary<string, int>();
        using var meter = Listen(shed);
        var (door, keys) = await OpenAsync(new LimitOptions { SubscriberPerSecond = 0, Concurrency = 1, Queue = 2 });
        await using var _ = door;
        var session = await PlayAsync(door, keys);
        var before = (await door.Vault.EntriesAsync()).Count;
        var crowd = new Crowd(door, [.. keys.Values]);
        var first = await crowd.BeginAsync("first");
        var other1 = await crowd.QueueAsync("other1", "free");
        var other2 = await crowd.QueueAsync("other2", "free");

        var paid = crowd.AskAsync("paid", "premium");
        AssertShed(await other2);
        var watching = crowd.AskAsync("watching", "premium", session: session);
        AssertShed(await other1);
        AssertShed(await crowd.AskAsync("paid2", "premium"));
        AssertShed(await crowd.AskAsync("other3", "free"));
        crowd.Go();
        foreach (var served in await Task.WhenAll(first, paid, watching)) Assert.Null(served.Refusal);
        Assert.Equal(["first", "watching", "paid"], crowd.Turns);
        Assert.Equal(before + 3, (await door.Vault.EntriesAsync()).Count);
        Assert.True(shed["other"] >= 3 && shed["paid"] >= 1);

        // It is over as soon as they are gone.
        Assert.Null((await crowd.AskAsync("later", "premium")).Refusal);
    }

    [Fact]
    public async Task Who_waits_too_long_is_told_to_come_back_and_may_come_back_with_a_token_for_one_use()
    {
        var (door, keys) = await OpenAsync(new LimitOptions { SubscriberPerSecond = 0, Concurrency = 1, Queue = 2 }, singleUse: true);
        await using var _ = door;
        var crowd = new Crowd(door, [.. keys.Values]);
        var first = await crowd.BeginAsync("first");
        var waiting = await crowd.QueueAsync("late", "premium");
        door.Time.Advance(TimeSpan.FromSeconds(1));
        AssertShed(await waiting);
        Assert.Equal(0, door.Load.Waiting);
        crowd.Go();
        Assert.Null((await first).Refusal);
        Assert.Null((await crowd.AskAsync("late", "premium")).Refusal);
        Assert.Equal(ReasonCodes.TokenReplayed, (await crowd.AskAsync("late", "premium")).Refusal!.Reason);
    }

    [Fact]
    public async Task Every_place_comes_back_from_faults_and_from_players_that_go_away()
    {
        var (door, keys) = await OpenAsync(new LimitOptions { SubscriberPerSecond = 0, Concurrency = 2, Queue = 4 });
        await using var _ = door;
        var crowd = new Crowd(door, [.. keys.Values]);
        using var leaving = new CancellationTokenSource();
        var failing = await crowd.BeginAsync("failing");
        var gone = await crowd.BeginAsync("gone", leaving.Token);
        var goneInQueue = await crowd.QueueAsync("gone in the queue", "premium", cancellationToken: leaving.Token);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => goneInQueue);
        Assert.Equal((1, 0), (door.Load.InWork, door.Load.Waiting));
        crowd.Fail(new InvalidOperationException("A fault."));
        await Assert.ThrowsAsync<InvalidOperationException>(() => failing);
        Assert.Equal(0, door.Load.InWork);

        // Refusals at each step, too.
        var after = new Crowd(door, []);
        after.Go();
        Assert.Equal(ReasonCodes.ContentUnknown, (await after.AskAsync("unknown", "premium")).Refusal!.Reason);
        Assert.Equal(ReasonCodes.EntitlementSuspended, (await after.AskAsync("suspended", "suspended")).Refusal!.Reason);
        Assert.Null((await after.AskAsync("well", "premium", only: [.. keys.Values])).Refusal);
        Assert.Equal((0, 0), (door.Load.InWork, door.Load.Waiting));
    }

    [Fact]
    public async Task A_busy_node_caps_new_playbacks_before_it_refuses_and_leaves_those_who_watch_alone()
    {
        var (door, keys) = await OpenAsync(new LimitOptions { SubscriberPerSecond = 0, Concurrency = 1, Queue = 7, CapWhenBusy = TrackType.SD });
        await using var _ = door;
        var session = await PlayAsync(door, keys);
        var crowd = new Crowd(door, [.. keys.Values]);
        var first = await crowd.BeginAsync("first");
        var watching = await crowd.QueueAsync("watching", "premium", session: session);
        var capped = await crowd.QueueAsync("capped", "premium");
        var nothingLeft = await crowd.QueueAsync("nothing left", "premium", only: [keys["HD"]]);
        var relaxed = await crowd.QueueAsync("relaxed", "premium");
        var rest = new[] { await crowd.QueueAsync("a", "premium"), await crowd.QueueAsync("b", "premium"), await crowd.QueueAsync("c", "premium") };
        crowd.Go();
        await Task.WhenAll(rest);
        foreach (var full in (LicenseOutcome[])[await first, await watching, await relaxed]) Assert.All(full.Decisions, key => Assert.True(key.Granted));
        Assert.Equal(
            [(TrackType.SD, true, null), (TrackType.HD, false, ReasonCodes.EntitlementNone)],
            (await capped).Decisions.OrderBy(key => key.Track).Select(key => (key.Track!.Value, key.Granted, key.Reason)));
        AssertShed(await nothingLeft);

        var entries = await door.Vault.EntriesAsync();
        var entry = Assert.Single(entries, each => each.Details.ContainsKey("capped"));
        Assert.Equal(("capped", "busy", "SD"), (entry.RequestId, entry.Details["capped"], entry.Details["asked.busy_max"]));
        Assert.DoesNotContain(entries, each => each.RequestId == "nothing left");
    }

    [Fact]
    public async Task A_cap_never_hides_why_somebody_may_not_watch()
    {
        var (door, keys) = await OpenAsync(new LimitOptions { SubscriberPerSecond = 0, Concurrency = 1, Queue = 3, CapWhenBusy = TrackType.SD });
        await using var _ = door;
        var crowd = new Crowd(door, [keys["HD"]]);
        List<Task<LicenseOutcome>> asking = [await crowd.BeginAsync("first")];
        foreach (var name in (string[])["busy", "a", "b"]) asking.Add(await crowd.QueueAsync(name, "premium"));
        await door.Vault.Rights.PutDealAsync(LicenseDoor.DemoDeal with { ClosesMs = 1 });
        crowd.Go();
        foreach (var outcome in await Task.WhenAll(asking)) Assert.Equal((ReasonCodes.DealClosed, 403), (outcome.Refusal!.Reason, outcome.Refusal.Status));
        var entries = await door.Vault.EntriesAsync();
        Assert.Equal(4, entries.Count(entry => entry.ReasonCode == ReasonCodes.DealClosed));
        Assert.All(entries, entry => Assert.DoesNotContain("capped", entry.Details.Keys));
    }

    [Fact]
    public async Task Heartbeats_wait_their_turn_like_renewals()
    {
        var (door, keys) = await OpenAsync(new LimitOptions { SubscriberPerSecond = 0, Concurrency = 1, Queue = 0 });
        await using var _ = door;
        var session = await PlayAsync(door, keys);
        var token = door.Token(change: claims => claims["jti"] = "play");
        var crowd = new Crowd(door, [.. keys.Values]);
        var first = await crowd.BeginAsync("first");
        var beat = await door.BeatAsync(session, token);
        Assert.Equal((503, ReasonCodes.RateLimited), (beat.Status, beat.Code));
        Assert.InRange(int.Parse(beat.Headers["Retry-After"]), 1, 5);
        crowd.Go();
        Assert.Null((await first).Refusal);
        Assert.Equal(200, (await door.BeatAsync(session, token)).Status);
        Assert.Equal(204, (await door.EndAsync(session, token)).Status);
        Assert.Equal(0, door.Load.InWork);
    }

    [Fact]
    public void Options_outside_their_ranges_are_named()
    {
        var errors = string.Join(' ', new LimitOptions { Concurrency = -1, Queue = -1, MaxWait = TimeSpan.FromMinutes(1), CapWhenBusy = TrackType.Audio }.Check());
        foreach (var word in (string[])["Concurrency", "Queue", "MaxWait", "CapWhenBusy"]) Assert.Contains(word, errors, StringComparison.Ordinal);
        Assert.Empty(new LimitOptions { Concurrency = 0, Queue = 0, MaxWait = TimeSpan.Zero, CapWhenBusy = TrackType.SD }.Check());
    }

    private static void AssertShed(LicenseOutcome outcome)
    {
        Assert.Equal((ReasonCodes.RateLimited, 503, "wait"), (outcome.Refusal!.Reason, outcome.Refusal.Status, outcome.Refusal.Advice));
        Assert.InRange(outcome.Refusal.RetryAfter!.Value.TotalSeconds, 1, 5);
        Assert.Null(outcome.Answer);
    }

    private static async Task<(LicenseDoor Door, IReadOnlyDictionary<string, KeyId> Keys)> OpenAsync(LimitOptions limits, bool singleUse = false)
    {
        var door = await LicenseDoor.OpenAsync(singleUse, configure: options => options.Limits = limits);
        return (door, await door.CreateKeysAsync("demo-title", TrackType.SD, TrackType.HD));
    }

    /// <returns>The session of a playback that runs.</returns>
    private static async Task<string> PlayAsync(LicenseDoor door, IReadOnlyDictionary<string, KeyId> keys)
    {
        var alone = new Crowd(door, [.. keys.Values]);
        alone.Go();
        return (await alone.AskAsync("play", "premium")).SessionId!;
    }

    private static MeterListener Listen(ConcurrentDictionary<string, int> shed)
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "drmhub.licenses.shed") listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, count, tags, _) => shed.AddOrUpdate((string)tags[0].Value!, (int)count, (_, before) => before + (int)count));
        listener.Start();
        return listener;
    }
}
