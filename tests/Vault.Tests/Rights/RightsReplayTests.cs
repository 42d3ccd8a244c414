using DrmHub.Cenc;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Keys;
using DrmHub.Vault.Rights;

namespace DrmHub.Vault.Tests.Rights;

public sealed class RightsReplayTests
{
    private static readonly Deal Khoj = new() { Id = "khoj", Name = "Khoj", Content = new ContentSelector { Patterns = ["khoj-*"] }, Plans = new HashSet<string> { "premium" }, Territories = new HashSet<string> { "IN", "LK" } };

    [Fact]
    public async Task A_draft_shows_who_gains_and_who_loses()
    {
        await using var server = await RightsServer.StartAsync();
        await server.Store.PutDealAsync(Khoj);
        await server.Store.PutSubscriberAsync(new Subscriber { Id = "asha", Subscriptions = [new Subscription("premium")] });
        await server.Store.PutSubscriberAsync(new Subscriber { Id = "free", Subscriptions = [new Subscription("free")] });
        var keys = await KeysAsync(server, "khoj-1");
        await RecordAsync(server, "asha", "IN", keys, granted: true);
        await RecordAsync(server, "asha", "LK", keys, granted: true);
        await RecordAsync(server, "asha", "LK", keys, granted: true);
        await RecordAsync(server, "free", "IN", keys, granted: false);
        await server.Audit.AppendAsync(new AuditEntry { Kind = AuditKind.LicenseRefused, ReasonCode = "token.expired" });

        var draft = new RightsDraft { Deals = [Khoj with { Territories = new HashSet<string> { "IN" }, Plans = new HashSet<string> { "premium", "free" } }] };
        var answer = await new RightsReplay(server.Store, server.Audit, server.Keys).RunAsync(new ReplayQuestion { Draft = draft });

        Assert.Equal((4L, 1L, 0L, 1L, 2L), (answer.Requests, answer.Skipped, answer.ChangedSince, answer.GainingRequests, answer.LosingRequests));
        var gain = Assert.Single(answer.Gains);
        Assert.Equal(("free", "khoj-1", "entitlement.none"), (gain.Subscriber, gain.Content, gain.ReasonBefore));
        Assert.Empty(gain.Before);
        Assert.Equal(["AUDIO", "SD"], gain.After);
        var loss = Assert.Single(answer.Losses);
        Assert.Equal(("asha", 2L, "deal.territory"), (loss.Subscriber, loss.Requests, loss.ReasonAfter));

        var later = await new RightsReplay(server.Store, server.Audit, server.Keys).RunAsync(new ReplayQuestion { Draft = draft, FromMs = DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeMilliseconds() });
        Assert.Equal(0, later.Requests);
    }

    [Fact]
    public async Task What_the_token_said_and_the_use_count_again_and_changes_since_are_counted()
    {
        await using var server = await RightsServer.StartAsync();
        await server.Store.PutDealAsync(Khoj);
        var keys = await KeysAsync(server, "khoj-1");
        var facts = RequestFacts.Of(new DecisionRequest { ContentId = "khoj-1", Keys = [], Level = SecurityLevel.Software, NowMs = 0, TokenPlans = ["premium"], Use = ContentUse.Download, Platform = "tv" });
        await RecordAsync(server, "unknown", "IN", keys, granted: true, facts);

        var draft = new RightsDraft { Deals = [Khoj with { Uses = new HashSet<ContentUse> { ContentUse.Download }, Platforms = [new PlatformTerms { Platform = "tv" }] }] };
        var answer = await new RightsReplay(server.Store, server.Audit, server.Keys).RunAsync(new ReplayQuestion { Draft = draft });
        Assert.Equal((1L, 1L, 0L, 1L), (answer.Requests, answer.GainingRequests, answer.LosingRequests, answer.ChangedSince));
        var denied = draft with { Deals = [draft.Deals[0] with { Platforms = [new PlatformTerms { Platform = "tv", Denied = true }] }] };
        Assert.Equal(0, (await new RightsReplay(server.Store, server.Audit, server.Keys).RunAsync(new ReplayQuestion { Draft = denied })).GainingRequests);
    }

    [Fact]
    public async Task Subscribers_are_drafted_too_and_asked_for_alone()
    {
        await using var server = await RightsServer.StartAsync();
        await server.Store.PutDealAsync(Khoj);
        await server.Store.PutSubscriberAsync(new Subscriber { Id = "asha", Subscriptions = [new Subscription("premium")] });
        var keys = await KeysAsync(server, "khoj-1");
        await RecordAsync(server, "asha", "IN", keys, granted: true);
        await RecordAsync(server, "ben", "IN", keys, granted: false);
        var replay = new RightsReplay(server.Store, server.Audit, server.Keys);

        // One who would lose the plan, and one who is no subscriber yet.
        var draft = new RightsDraft { Subscribers = [new Subscriber { Id = "asha" }, new Subscriber { Id = "ben", Subscriptions = [new Subscription("premium")] }] };
        var both = await replay.RunAsync(new ReplayQuestion { Draft = draft });
        Assert.Equal(("asha", "entitlement.none"), (both.Losses.Single().Subscriber, both.Losses.Single().ReasonAfter));
        Assert.Equal("ben", both.Gains.Single().Subscriber);

        var one = await replay.RunAsync(new ReplayQuestion { Draft = draft, Subscriber = "ben" });
        Assert.Equal((1L, 1L, 0L), (one.Requests, one.GainingRequests, one.LosingRequests));
        Assert.Equal("ben", one.Gains.Single().Subscriber);
        Assert.Equal(0, (await replay.RunAsync(new ReplayQuestion { Draft = draft, Subscriber = "nobody" })).Requests);
        await Assert.ThrowsAsync<RightsInvalidException>(() => replay.RunAsync(new ReplayQuestion { Draft = new RightsDraft { Subscribers = [new Subscriber { Id = "" }] } }));
    }

    [Fact]
    public async Task Lifting_a_takedown_counts_who_asked_before_it_began()
    {
        await using var server = await RightsServer.StartAsync();
        await server.Store.PutDealAsync(Khoj);
        await server.Store.PutSubscriberAsync(new Subscriber { Id = "asha", Subscriptions = [new Subscription("premium")] });
        var keys = await KeysAsync(server, "khoj-1");
        await RecordAsync(server, "asha", "IN", keys, granted: true);
        var takedown = new Takedown { Id = "t", Content = new ContentSelector { Patterns = ["khoj-1"] }, FromMs = DateTimeOffset.UtcNow.AddMinutes(1).ToUnixTimeMilliseconds() };
        await server.Store.ChangeAsync([RightsChange.Put(RightsKinds.Takedowns, takedown)], RightsActor.Hub);

        var replay = new RightsReplay(server.Store, server.Audit, server.Keys);
        var lifted = new ReplayQuestion { Draft = new RightsDraft { Removed = [new RemovedDocument("takedown", "t")] } };
        Assert.Equal(0, (await replay.RunAsync(lifted)).GainingRequests);
        var held = await replay.RunAsync(lifted with { Baseline = new RightsDraft { Takedowns = [takedown with { FromMs = null }] } });
        Assert.Equal(("asha", "deal.closed"), (held.Gains.Single().Subscriber, held.Gains.Single().ReasonBefore));
    }

    private static async Task<IReadOnlyList<(KeyId Id, string Track)>> KeysAsync(RightsServer server, string content)
    {
        var keys = await server.Keys.GetOrCreateAsync(content, [KeySpec.ForTrack(TrackType.Audio, ProtectionScheme.Cenc), KeySpec.ForTrack(TrackType.SD, ProtectionScheme.Cenc)]);
        var ids = keys.Select(key => (key.KeyId, key.Track)).ToList();
        foreach (var key in keys) key.Dispose();
        return ids;
    }

    private static Task RecordAsync(RightsServer server, string subscriber, string country, IReadOnlyList<(KeyId Id, string Track)> keys, bool granted, IReadOnlyDictionary<string, string>? details = null) =>
        server.Audit.AppendAsync(new AuditEntry
        {
            Kind = granted ? AuditKind.LicenseGranted : AuditKind.LicenseRefused,
            Subject = subscriber,
            ContentId = "khoj-1",
            Country = country,
            SecurityLevel = "Software",
            Keys = [.. keys.Select(key => new AuditKey(key.Id, key.Track, granted))],
            Details = details ?? new Dictionary<string, string>(),
        });
}
