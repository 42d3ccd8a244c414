using DrmHub.Cenc;
using DrmHub.Vault.Rights;
using FsCheck.Xunit;

namespace DrmHub.Vault.Tests.Rights;

/// <summary>The laws of the decision: what must hold for every question, over small random worlds in which windows, plans, territories and levels collide often.</summary>
public sealed class EntitlementProperties
{
    [Property(MaxTest = 2000, Arbitrary = [typeof(RightsWorlds)])]
    public bool More_deals_never_grant_less_and_never_for_a_shorter_time(RightsWorld world)
    {
        var few = world with { Rights = world.Rights with { Deals = [.. world.Rights.Deals.Take(world.Rights.Deals.Count / 2)] } };
        var (less, more) = (few.Decide(), world.Decide());
        return less.Keys.Zip(more.Keys).All(pair => !pair.First.Granted || (pair.Second.Granted && pair.Second.LicenseSeconds >= pair.First.LicenseSeconds));
    }

    [Property(MaxTest = 2000, Arbitrary = [typeof(RightsWorlds)])]
    public bool More_plans_never_grant_less(RightsWorld world, bool second) => NeverLess(world, subscriber => subscriber with { Subscriptions = [.. subscriber.Subscriptions, new Subscription(second ? "b" : "a")] });

    [Property(MaxTest = 2000, Arbitrary = [typeof(RightsWorlds)])]
    public bool More_purchases_never_grant_less(RightsWorld world) => NeverLess(world, subscriber => subscriber with { Purchases = [.. subscriber.Purchases, new Purchase { Content = "t1" }] });

    [Property(MaxTest = 2000, Arbitrary = [typeof(RightsWorlds)])]
    public bool More_rentals_never_grant_less(RightsWorld world) => NeverLess(world, subscriber => subscriber with { Rentals = [.. subscriber.Rentals, new Rental { Content = "t1", FromMs = 0, FirstPlayMs = world.Request.NowMs }] });

    [Property(MaxTest = 2000, Arbitrary = [typeof(RightsWorlds)])]
    public bool More_plans_in_the_token_never_grant_less(RightsWorld world) =>
        world.Granted().IsSubsetOf((world with { Request = world.Request with { TokenPlans = [.. world.Request.TokenPlans, "c"] } }).Granted());

    [Property(MaxTest = 4000, Arbitrary = [typeof(RightsWorlds)])]
    public bool A_lower_level_never_grants_more(RightsWorld world) =>
        world.Request.Level == SecurityLevel.None
        || (world with { Request = world.Request with { Level = world.Request.Level - 1 } }).Granted().IsSubsetOf(world.Granted());

    [Property(MaxTest = 2000, Arbitrary = [typeof(RightsWorlds)])]
    public bool A_key_goes_out_at_its_minimum_level_and_under_its_own_deal_alone(RightsWorld world)
    {
        foreach (var key in world.Decide().Keys.Where(key => key.Granted))
        {
            var alone = world with { Rights = world.Rights with { Deals = [.. world.Rights.Deals.Where(deal => deal.Id == key.Deal)] }, Request = world.Request with { Level = key.Output.MinimumLevel } };
            if (alone.Decide().Keys.Single(each => each.KeyId == key.KeyId) is not { Granted: true } same || same.LicenseSeconds != key.LicenseSeconds || same.Output != key.Output) return false;
            if (key.Output.MinimumLevel == SecurityLevel.None) continue;
            var below = alone with { Request = alone.Request with { Level = key.Output.MinimumLevel - 1 } };
            if (below.Granted().Contains(key.KeyId)) return false;
        }

        return true;
    }

    [Property(MaxTest = 2000, Arbitrary = [typeof(RightsWorlds)])]
    public bool No_deal_no_grant(RightsWorld world) =>
        (world with { Rights = world.Rights with { Deals = [] } }).Decide() is { Reason: not null, LicenseSeconds: 0, Deals.Count: 0 } none && none.Keys.All(key => !key.Granted);

    [Property(MaxTest = 2000, Arbitrary = [typeof(RightsWorlds)])]
    public bool Outside_every_territory_nothing(RightsWorld world) =>
        WithDeals(world with { Request = world.Request with { Country = "XX" } }, deal => deal with { Territories = new HashSet<string> { "IN" } }).Decide().Reason is not null
        && WithDeals(world with { Request = world.Request with { Country = "IN" } }, deal => deal with { TerritoriesExcluded = new HashSet<string> { "IN" } }).Decide().Reason is not null
        && WithDeals(world with { Request = world.Request with { Country = null } }, deal => deal with { TerritoriesExcluded = new HashSet<string> { "IN" } }).Decide().Reason is not null;

    [Property(MaxTest = 2000, Arbitrary = [typeof(RightsWorlds)])]
    public bool Outside_every_window_nothing_and_never_past_its_end(RightsWorld world, byte seconds)
    {
        var now = world.Request.NowMs;
        if (WithDeals(world, deal => deal with { OpensMs = null, ClosesMs = now }).Decide().Reason is null) return false;
        if (WithDeals(world, deal => deal with { OpensMs = now + 1, ClosesMs = null }).Decide().Reason is null) return false;
        var closing = WithDeals(world, deal => deal with { OpensMs = null, ClosesMs = now + 1000 + (seconds * 1000L) }).Decide();
        return closing.LicenseSeconds <= 1 + seconds && closing.Keys.All(key => key.LicenseSeconds <= 1 + seconds);
    }

    [Property(MaxTest = 2000, Arbitrary = [typeof(RightsWorlds)])]
    public bool A_takedown_wins_over_everything(RightsWorld world, bool inTheCountry)
    {
        var takedown = new Takedown { Id = "t", Content = new ContentSelector { Patterns = ["t*"] }, Territories = inTheCountry && world.Request.Country is { } country ? new HashSet<string> { country } : new HashSet<string>() };
        var decision = (world with { Rights = world.Rights with { Takedowns = [takedown] } }).Decide();
        return decision is { Takedown: "t", Reason: ReasonCodes.DealClosed or ReasonCodes.DealTerritory } && decision.Keys.All(key => !key.Granted);
    }

    [Property(MaxTest = 2000, Arbitrary = [typeof(RightsWorlds)])]
    public bool A_takedown_elsewhere_or_at_another_time_changes_nothing(RightsWorld world)
    {
        var now = world.Request.NowMs;
        Takedown[] others =
        [
            new() { Id = "1", Content = new ContentSelector { Patterns = ["u*"] } },
            new() { Id = "2", Content = new ContentSelector { Patterns = ["t*"] }, UntilMs = now },
            new() { Id = "3", Content = new ContentSelector { Patterns = ["t*"] }, FromMs = now + 1 },
            new() { Id = "4", Content = new ContentSelector { Patterns = ["t*"] }, Territories = new HashSet<string> { "ZZ" } },
        ];
        if (world.Request.Country is null) others = others[..3];
        return world.Granted().SetEquals((world with { Rights = world.Rights with { Takedowns = others } }).Granted());
    }

    [Property(MaxTest = 1000, Arbitrary = [typeof(RightsWorlds)])]
    public bool A_revoked_device_gets_nothing(RightsWorld world)
    {
        var list = new RevocationList { Id = "l", Version = "7", SystemIds = new HashSet<long> { 5 }, CertificateSerials = new HashSet<string> { "0aff" }, AppIds = new HashSet<string> { "bad" } };
        var revoking = world with { Rights = world.Rights with { Revocations = [list] } };
        DecisionRequest[] revoked = [world.Request with { SystemId = 5 }, world.Request with { CertificateSerial = "0AFF" }, world.Request with { AppId = "bad" }];
        return revoked.All(request => (revoking with { Request = request }).Decide() is { RevocationVersion: "l@7", Reason: ReasonCodes.DeviceRevoked or ReasonCodes.EntitlementSuspended })
            && revoking.Granted().SetEquals(world.Granted());
    }

    [Property(MaxTest = 2000, Arbitrary = [typeof(RightsWorlds)])]
    public bool The_order_of_deals_does_not_matter(RightsWorld world)
    {
        var forward = world.Decide();
        var backward = (world with { Rights = world.Rights with { Deals = [.. world.Rights.Deals.Reverse()] } }).Decide();
        return forward.Reason == backward.Reason && forward.Keys.SequenceEqual(backward.Keys) && forward.Deals.SequenceEqual(backward.Deals)
            && forward.LicenseSeconds == backward.LicenseSeconds && forward.PolicyHash == backward.PolicyHash && forward.StreamLimits.SequenceEqual(backward.StreamLimits);
    }

    [Property(MaxTest = 1000, Arbitrary = [typeof(RightsWorlds)])]
    public bool The_index_finds_what_a_scan_of_all_deals_finds(RightsWorld world)
    {
        var collections = world.Rights.Titles.Where(title => title.Id == "t1").SelectMany(title => title.Collections)
            .Concat(world.Rights.Collections.Where(collection => collection.Content.Covers("t1")).Select(collection => collection.Id)).ToHashSet();
        var scanned = world.Rights.Deals.Where(deal => deal.Content.Covers("t1") || deal.Content.Collections.Any(collections.Contains)).Select(deal => deal.Id).Order(StringComparer.Ordinal);
        return scanned.SequenceEqual(new RightsSnapshot(world.Rights).DealsFor("t1").Select(deal => deal.Id));
    }

    /// <summary>With a trace every deal is weighed, without one those are passed over that cannot better anything.</summary>
    [Property(MaxTest = 4000, Arbitrary = [typeof(RightsWorlds)])]
    public bool The_trace_changes_nothing(RightsWorld world)
    {
        var (quiet, traced) = (world.Decide(), (world with { Request = world.Request with { WithTrace = true } }).Decide());
        return quiet.Trace.Count == 0 && traced.Trace.Count > 0 && quiet.Reason == traced.Reason && quiet.Keys.SequenceEqual(traced.Keys) && quiet.LicenseSeconds == traced.LicenseSeconds
            && quiet.Deals.SequenceEqual(traced.Deals) && quiet.StreamLimits.SequenceEqual(traced.StreamLimits)
            && (quiet.PlaybackSeconds, quiet.RentalSeconds, quiet.RenewSeconds, quiet.DeviceLimit, quiet.StartsRental, quiet.Persistent)
                == (traced.PlaybackSeconds, traced.RentalSeconds, traced.RenewSeconds, traced.DeviceLimit, traced.StartsRental, traced.Persistent);
    }

    private static bool NeverLess(RightsWorld world, Func<Subscriber, Subscriber> more) => world.Granted().IsSubsetOf((world with { Subscriber = more(world.Subscriber) }).Granted());

    private static RightsWorld WithDeals(RightsWorld world, Func<Deal, Deal> change) => world with { Rights = world.Rights with { Deals = [.. world.Rights.Deals.Select(change)] } };
}
