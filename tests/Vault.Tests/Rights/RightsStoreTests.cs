using System.Data.Common;
using System.Text.Json;
using DrmHub.Cenc;
using DrmHub.Testing;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Rights;
using DrmHub.Vault.Storage;

namespace DrmHub.Vault.Tests.Rights;

/// <summary>The same contract over SQLite and PostgreSQL.</summary>
public sealed class RightsStoreTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private static readonly RightsActor Someone = new("someone", "rights.write", "r1");

    private static readonly Deal Full = new()
    {
        Id = "d",
        Name = "Khoj, भारत",
        Licensor = "L",
        Content = new ContentSelector { Patterns = ["khoj-*"], Collections = ["season-1"] },
        Territories = new HashSet<string> { "IN", "US" },
        TerritoriesExcluded = new HashSet<string> { "LK" },
        OpensMs = 1_700_000_000_123,
        ClosesMs = 1_800_000_000_000,
        Plans = new HashSet<string> { "premium", "basic" },
        Uses = new HashSet<ContentUse> { ContentUse.Stream, ContentUse.Download },
        MaxTrack = TrackType.UHD1,
        AudioLanguages = new HashSet<string> { "hi", "en" },
        AudioQualities = new HashSet<AudioQuality> { AudioQuality.High, AudioQuality.Low },
        MinimumLevels = new Dictionary<TrackType, SecurityLevel> { [TrackType.HD] = SecurityLevel.Hardware },
        LevelCaps = new Dictionary<SecurityLevel, long> { [SecurityLevel.Software] = 2_073_600 },
        Hdcp = new Dictionary<TrackType, HdcpVersion> { [TrackType.UHD1] = HdcpVersion.V2_3 },
        Platforms = [new PlatformTerms { Platform = "web", MaxTrack = TrackType.HD, ClearKeyAllowed = false }],
        ClearKeyAllowed = true,
        LicenseSeconds = 60,
        RenewSeconds = 30,
        MaxStreams = 2,
        MaxDevices = 5,
    };

    public static TheoryData<bool> Engines => [false, true];

    [SkippableTheory, MemberData(nameof(Engines))]
    public async Task What_was_put_is_there_on_another_node_whole(bool onPostgres)
    {
        await using var node = await RightsNode.OpenAsync(postgres, onPostgres);
        var subscriber = new Subscriber
        {
            Id = "s",
            Status = SubscriberStatus.Suspended,
            Subscriptions = [new Subscription("premium", 1, 2000, SubscriptionStatus.Cancelled)],
            Purchases = [new Purchase { Content = "t1", FromMs = 5 }],
            Rentals = [new Rental { Collection = "season-1", FromMs = 7, FirstPlayMs = 9 }],
            Devices = [new Device { Id = "tv", Name = "Living room", Platform = "tv", AddedMs = 1000, Revoked = true }],
            MaxStreams = 3,
        };
        await node.Store.PutDealAsync(Full with { Name = "before" });
        await node.Store.PutDealAsync(Full);
        await node.Store.PutSubscriberAsync(subscriber);

        await using var other = await node.OpenAnotherAsync();
        Assert.Equivalent(Full, Assert.Single(other.Deals), strict: true);
        Assert.Equivalent(subscriber, await other.FindSubscriberAsync("s"), strict: true);
        Assert.Null(await other.FindSubscriberAsync("nobody"));
        Assert.Equal(node.Store.Current.HashWith(DevicePolicy.Default), other.Current.HashWith(DevicePolicy.Default));
    }

    [SkippableTheory, MemberData(nameof(Engines))]
    public async Task Another_node_that_watches_sees_changes_of_every_kind(bool onPostgres)
    {
        await using var node = await RightsNode.OpenAsync(postgres, onPostgres);
        await using var other = await node.OpenAnotherAsync();
        other.Watch();
        Assert.Null(await other.FindSubscriberAsync("s"));

        await node.Store.PutDealAsync(Full);
        await node.Store.PutSubscriberAsync(new Subscriber { Id = "s" });
        await Eventually(async () => other.Deals.Count == 1 && await other.FindSubscriberAsync("s") is { Status: SubscriberStatus.Active });

        await node.Store.PutSubscriberAsync(new Subscriber { Id = "s", Status = SubscriberStatus.Suspended });
        await node.Store.ChangeAsync([RightsChange.Put(RightsKinds.Takedowns, new Takedown { Id = "t", Content = new ContentSelector { Patterns = ["khoj-1"] } })], Someone);
        await Eventually(async () => other.Current.FindTakedown("khoj-1", "IN", 0) is not null && await other.FindSubscriberAsync("s") is { Status: SubscriberStatus.Suspended });

        await node.Store.ChangeAsync([RightsChange.Delete(RightsKinds.Takedowns, "t"), RightsChange.Delete(RightsKinds.Subscribers, "s"), RightsChange.Delete(RightsKinds.Deals, "d")], Someone);
        await Eventually(async () => other.Current.FindTakedown("khoj-1", "IN", 0) is null && other.Deals.Count == 0 && await other.FindSubscriberAsync("s") is null);
    }

    [SkippableTheory, MemberData(nameof(Engines))]
    public async Task A_node_that_does_not_watch_asks_when_what_it_knows_is_old(bool onPostgres)
    {
        await using var node = await RightsNode.OpenAsync(postgres, onPostgres);
        await using var other = await node.OpenAnotherAsync();
        await node.Store.PutDealAsync(Full);
        await Eventually(async () => (await other.GetSnapshotAsync()).Deals.Count == 1);
    }

    [SkippableTheory, MemberData(nameof(Engines))]
    public async Task A_change_for_another_version_changes_nothing(bool onPostgres)
    {
        await using var node = await RightsNode.OpenAsync(postgres, onPostgres);
        await node.Store.ChangeAsync([RightsChange.Put(RightsKinds.Deals, Full, 0)], Someone);
        var version = (await node.Store.FindAsync(RightsKinds.Deals, "d"))!.Version;

        await Assert.ThrowsAsync<RightsConflictException>(() => node.Store.ChangeAsync([RightsChange.Put(RightsKinds.Deals, Full with { Name = "x" }, 0)], Someone));
        await Assert.ThrowsAsync<RightsConflictException>(() => node.Store.ChangeAsync([RightsChange.Put(RightsKinds.Plans, new Plan { Id = "p", Name = "P" }), RightsChange.Put(RightsKinds.Deals, Full with { Name = "x" }, version - 1)], Someone));
        Assert.Equal(Full.Name, Assert.Single(node.Store.Deals).Name);
        Assert.Empty(node.Store.Current.Documents.Plans);

        var outcome = await node.Store.ChangeAsync([RightsChange.Put(RightsKinds.Deals, Full with { Name = "x" }, version)], Someone);
        Assert.Equal((1, outcome.Version), (outcome.Updated, (await node.Store.FindAsync(RightsKinds.Deals, "d"))!.Version));
        Assert.Equal(1, (await node.Store.ChangeAsync([RightsChange.Put(RightsKinds.Deals, Full with { Name = "x" })], Someone)).Unchanged);
    }

    [SkippableTheory, MemberData(nameof(Engines))]
    public async Task Twenty_writers_at_once_lose_nothing(bool onPostgres)
    {
        await using var node = await RightsNode.OpenAsync(postgres, onPostgres);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => node.Store.ChangeSubscriberAsync(
            "s", subscriber => subscriber with { Purchases = [.. subscriber.Purchases, new Purchase { Content = $"t{i}" }] }, Someone)));
        Assert.Equal(20, (await node.Store.FindSubscriberAsync("s"))!.Purchases.Count);
    }

    [SkippableTheory, MemberData(nameof(Engines))]
    public async Task Every_change_is_in_the_log_with_before_and_after_and_a_subscriber_only_sealed(bool onPostgres)
    {
        await using var node = await RightsNode.OpenAsync(postgres, onPostgres);
        var many = Enumerable.Range(0, 26 * 26).Select(i => $"{(char)('A' + (i / 26))}{(char)('A' + (i % 26))}").ToHashSet();
        await node.Store.ChangeAsync([RightsChange.Put(RightsKinds.Deals, Full)], Someone);
        await node.Store.ChangeAsync([RightsChange.Put(RightsKinds.Deals, Full with { Name = "after", Territories = many })], Someone);
        await node.Store.ChangeAsync([RightsChange.Put(RightsKinds.Subscribers, new Subscriber { Id = "asha@example.org", Purchases = [new Purchase { Content = "secret-taste" }] })], Someone);
        await node.Store.ChangeAsync([RightsChange.Delete(RightsKinds.Deals, "d")], Someone);

        var entries = (await node.Audit.QueryAsync(new AuditQuery())).Entries;
        Assert.Equal(4, entries.Count);
        Assert.All(entries, entry => Assert.Equal((AuditKind.RightsChanged, "someone", "rights.write", "r1"), (entry.Kind, entry.Actor, entry.ActorRole, entry.RequestId)));
        var (deleted, subscriber, updated, created) = (entries[0], entries[1], entries[2], entries[3]);
        Assert.Equal(("created", "Khoj, भारत", "d"), (created.Details["action"], created.Details["after.name"], created.Deal));
        Assert.Equal(("updated", "Khoj, भारत", "after"), (updated.Details["action"], updated.Details["before.name"], updated.Details["after.name"]));
        Assert.Equal("""["IN","US"]""", updated.Details["before.territories"]);
        Assert.Equal(many.Order(StringComparer.Ordinal), JsonSerializer.Deserialize<string[]>(string.Concat(Enumerable.Range(1, 9).Select(i => i == 1 ? "after.territories" : $"after.territories.{i}").Where(updated.Details.ContainsKey).Select(name => updated.Details[name])))!);
        Assert.DoesNotContain("after.plans", updated.Details.Keys);
        Assert.Equal(("deleted", "after"), (deleted.Details["action"], deleted.Details["before.name"]));
        var leaf = System.Text.Encoding.UTF8.GetString(subscriber.Leaf.Span);
        Assert.NotNull(subscriber.PersonalDigest);
        Assert.DoesNotContain("asha", leaf, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-taste", leaf, StringComparison.Ordinal);
    }

    [SkippableTheory, MemberData(nameof(Engines))]
    public async Task Entries_that_a_dead_node_left_are_handed_in_by_another(bool onPostgres)
    {
        await using var node = await RightsNode.OpenAsync(postgres, onPostgres);
        await node.ExecuteAsync(
            """
            insert into rights_outbox (id, body, claimed_until)
            values (@id, '[{"kind":"RightsChanged","actor":"ghost","details":{"action":"created"}}]', 5)
            """);
        await using var other = await node.OpenAnotherAsync();
        other.Watch();
        await Eventually(async () => (await node.Audit.QueryAsync(new AuditQuery { Actor = "ghost" })).Entries.Count == 1);
        await Eventually(async () => await node.CountAsync("rights_outbox") == 0);
    }

    [SkippableTheory, MemberData(nameof(Engines))]
    public async Task A_rental_starts_once(bool onPostgres)
    {
        await using var node = await RightsNode.OpenAsync(postgres, onPostgres);
        await node.Store.PutSubscriberAsync(new Subscriber { Id = "s", Rentals = [new Rental { Content = "t1", FromMs = 10 }, new Rental { Content = "t2", FromMs = 10 }] });
        await node.Store.StartRentalAsync("s", "t1", 100);
        await node.Store.StartRentalAsync("s", "t1", 200);
        Assert.Equal([100, null], (await node.Store.FindSubscriberAsync("s"))!.Rentals.Select(rental => rental.FirstPlayMs));
    }

    [SkippableTheory, MemberData(nameof(Engines))]
    public async Task Pages_follow_each_other(bool onPostgres)
    {
        await using var node = await RightsNode.OpenAsync(postgres, onPostgres);
        await node.Store.ChangeAsync([.. Enumerable.Range(0, 25).Select(i => RightsChange.Put(RightsKinds.Subscribers, new Subscriber { Id = $"s{i:00}" }))], Someone);
        var found = new List<string>();
        for (var after = ""; ;)
        {
            var page = await node.Store.ListAsync(RightsKinds.Subscribers, after, 10);
            if (page.Count == 0) break;
            found.AddRange(page.Select(subscriber => subscriber.Id));
            after = found[^1];
        }

        Assert.Equal(Enumerable.Range(0, 25).Select(i => $"s{i:00}"), found);
    }

    [SkippableFact]
    public async Task While_the_database_is_away_what_was_read_serves_for_the_grace()
    {
        using var own = new PostgresFixture();
        Skip.If(own.Reason is not null || !own.IsOwn, own.Reason ?? "The server is not this test's own.");
        await using var node = await RightsNode.OpenAsync(own, onPostgres: true);
        await node.Store.PutDealAsync(Full);
        await node.Store.PutSubscriberAsync(new Subscriber { Id = "known" });
        await using var patient = await node.OpenAnotherAsync(new RightsOptions { Grace = TimeSpan.FromMinutes(5) });
        await using var strict = await node.OpenAnotherAsync(new RightsOptions { Grace = TimeSpan.Zero });
        await patient.FindSubscriberAsync("known");
        own.Kill();
        await Task.Delay(RightsStore.MaxAge);

        Assert.NotNull(await patient.FindSubscriberAsync("known"));
        Assert.Single((await patient.GetSnapshotAsync()).Deals);
        await Assert.ThrowsAsync<StorageException>(async () => await patient.FindSubscriberAsync("unknown"));
        var away = await Assert.ThrowsAsync<StorageException>(async () => await strict.GetSnapshotAsync());
        Assert.True(away.InnerException is DbException or TimeoutException); // By that the host answers 503 and not 500.

        own.Start();
        await Eventually(async () =>
        {
            try
            {
                return await patient.FindSubscriberAsync("unknown") is null;
            }
            catch (StorageException)
            {
                return false;
            }
        });
    }

    private static async Task Eventually(Func<Task<bool>> holds)
    {
        for (var i = 0; i < 400; i++)
        {
            if (await holds()) return;
            await Task.Delay(50);
        }

        Assert.Fail("It did not come to hold.");
    }
}
