using DrmHub.Cenc;
using DrmHub.Vault.Rights;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace DrmHub.Vault.Tests.Rights;

/// <summary>What must hold for every question, over small random worlds in which windows, plans, territories and levels collide often.</summary>
public sealed class EntitlementProperties
{
    [Property(MaxTest = 2000, Arbitrary = [typeof(Worlds)])]
    public bool More_deals_never_grant_less(World world) =>
        Granted(world with { Deals = [.. world.Deals.Take(world.Deals.Count / 2)] }).IsSubsetOf(Granted(world));

    [Property(MaxTest = 2000, Arbitrary = [typeof(Worlds)])]
    public bool More_plans_never_grant_less(World world, bool second) =>
        Granted(world).IsSubsetOf(Granted(world with
        {
            Subscriber = world.Subscriber with { Subscriptions = [.. world.Subscriber.Subscriptions, new Subscription(second ? "b" : "a")] },
        }));

    [Property(MaxTest = 2000, Arbitrary = [typeof(Worlds)])]
    public bool A_lower_level_never_grants_more(World world) =>
        world.Request.Level == SecurityLevel.None
        || Granted(world with { Request = world.Request with { Level = world.Request.Level - 1 } }).IsSubsetOf(Granted(world));

    [Property(MaxTest = 2000, Arbitrary = [typeof(Worlds)])]
    public bool The_order_of_deals_does_not_matter(World world)
    {
        var forward = Decide(world);
        var backward = Decide(world with { Deals = [.. world.Deals.Reverse()] });
        return forward.Reason == backward.Reason && forward.Keys.SequenceEqual(backward.Keys) && forward.Deals.SequenceEqual(backward.Deals)
            && forward.LicenseSeconds == backward.LicenseSeconds;
    }

    [Property(MaxTest = 2000, Arbitrary = [typeof(Worlds)])]
    public bool Outside_every_territory_or_window_nothing(World world) =>
        Decide(world with { Deals = [.. world.Deals.Select(deal => deal with { ClosesMs = world.Request.NowMs })] }).Reason is not null
        && Decide(world with { Request = world.Request with { Country = "XX" }, Deals = [.. world.Deals.Select(deal => deal with { Territories = new HashSet<string> { "IN" } })] }).Reason is not null;

    private static Decision Decide(World world) => Entitlement.Decide(world.Request, world.Deals, world.Subscriber, DevicePolicy.Default);

    private static HashSet<KeyId> Granted(World world) => [.. Decide(world).Keys.Where(key => key.Granted).Select(key => key.KeyId)];

    public sealed record World(DecisionRequest Request, IReadOnlyList<Deal> Deals, Subscriber Subscriber);

    public static class Worlds
    {
        private static readonly Gen<long?> Time = Gen.Elements<long?>(null, 10, 20, 30);
        private static readonly Gen<IReadOnlySet<string>> Countries = Gen.Elements<string[]>([], ["IN"], ["US"], ["IN", "US"]).Select(IReadOnlySet<string> (codes) => codes.ToHashSet());
        private static readonly Gen<string> Plan = Gen.Elements("a", "b", "c");

        private static readonly Gen<Deal> Deals =
            from number in Gen.Choose(1, 1000)
            from pattern in Gen.Elements("t*", "t1", "u*", "*")
            from opens in Time
            from closes in Time
            from territories in Countries
            from excluded in Countries
            from plan in Plan
            from maxTrack in Gen.Elements(Enum.GetValues<TrackType>())
            from minimum in Gen.Elements(Enum.GetValues<SecurityLevel>())
            from clearKey in ArbMap.Default.GeneratorFor<bool>()
            from seconds in Gen.Elements<long?>(null, 60, 3600)
            select new Deal
            {
                Id = $"d{number}",
                Name = $"Deal {number}",
                Content = new ContentSelector { Patterns = [pattern] },
                OpensMs = opens,
                ClosesMs = closes,
                Territories = territories,
                TerritoriesExcluded = excluded,
                Plans = new HashSet<string> { plan },
                MaxTrack = maxTrack,
                MinimumLevels = new Dictionary<TrackType, SecurityLevel> { [TrackType.HD] = minimum },
                ClearKeyAllowed = clearKey,
                LicenseSeconds = seconds,
            };

        public static Arbitrary<World> World() => (
            from deals in Deals.ListOf(4)
            from plans in Plan.Two()
            from until in Time
            from suspended in Gen.Frequency((9, Gen.Constant(SubscriberStatus.Active)), (1, Gen.Constant(SubscriberStatus.Suspended)))
            from level in Gen.Elements(Enum.GetValues<SecurityLevel>())
            from country in Gen.Elements<string?>("IN", "US", null)
            from now in Gen.Choose(5, 35)
            from tracks in Gen.Elements<TrackType?>(TrackType.Audio, TrackType.SD, TrackType.HD, TrackType.UHD1, TrackType.UHD2, null).ListOf(3)
            from pixels in Gen.Elements<long?>(null, 300_000, 900_000, 2_000_000, 9_000_000).ListOf(3)
            select new World(
                new DecisionRequest
                {
                    ContentId = "t1",
                    Keys = [.. tracks.Zip(pixels, (track, max) => (track, max)).Select((key, index) => new RequestedKey(new KeyId(new Guid(index, 0, 0, new byte[8])), key.track, key.max))],
                    Level = level,
                    Country = country,
                    NowMs = now,
                },
                [.. deals],
                new Subscriber { Id = "s", Status = suspended, Subscriptions = [new(plans.Item1, UntilMs: until), new(plans.Item2)] })).ToArbitrary();
    }
}
