using DrmHub.Cenc;
using DrmHub.Vault.Rights;
using FsCheck;
using FsCheck.Fluent;

namespace DrmHub.Vault.Tests.Rights;

/// <summary>A question with all that the answer depends on.</summary>
public sealed record RightsWorld(DecisionRequest Request, RightsDocuments Rights, Subscriber Subscriber)
{
    internal Decision Decide() => Entitlement.Decide(Request, new RightsSnapshot(Rights), Subscriber, DevicePolicy.Default);

    internal HashSet<KeyId> Granted() => [.. Decide().Keys.Where(key => key.Granted).Select(key => key.KeyId)];
}

/// <summary>Small random worlds around the content <c>t1</c>, between 5 and 35 ms after the epoch.</summary>
public static class RightsWorlds
{
    private static readonly Gen<long?> Time = Gen.Elements<long?>(null, 10, 20, 30);
    private static readonly Gen<bool> Coin = ArbMap.Default.GeneratorFor<bool>();
    private static readonly Gen<IReadOnlySet<string>> Countries = Gen.Elements<string[]>([], [], ["IN"], ["US"], ["IN", "US"]).Select(IReadOnlySet<string> (codes) => codes.ToHashSet());
    private static readonly Gen<string> PlanId = Gen.Elements("a", "b", "c");
    private static readonly Gen<TrackType> Picture = Gen.Elements(TrackType.SD, TrackType.HD, TrackType.UHD1, TrackType.UHD2, TrackType.UHD2);
    private static readonly Gen<SecurityLevel> Level = Gen.Elements(Enum.GetValues<SecurityLevel>());

    private static readonly Gen<PlatformTerms> Platform =
        from denied in Gen.Frequency((5, Gen.Constant(false)), (1, Gen.Constant(true)))
        from max in Gen.Elements<TrackType?>(null, TrackType.SD, TrackType.UHD2)
        from clearKey in Gen.Elements<bool?>(null, false, true)
        from cap in Gen.Elements<long?>(null, 100, 3_000_000)
        select new PlatformTerms
        {
            Platform = "tv",
            Denied = denied,
            MaxTrack = max,
            ClearKeyAllowed = clearKey,
            LevelCaps = cap is { } pixels ? new Dictionary<SecurityLevel, long> { [SecurityLevel.HardwareCrypto] = pixels } : new Dictionary<SecurityLevel, long>(),
        };

    private static readonly Gen<Deal> Deals =
        from number in Gen.Choose(1, 1_000_000)
        from selector in Gen.Elements<ContentSelector>(new() { Patterns = ["t*"] }, new() { Patterns = ["t1"] }, new() { Patterns = ["u*"] }, new() { Patterns = ["*"] }, new() { Collections = ["k"] }, new() { Patterns = ["u*"], Collections = ["l"] })
        from model in Gen.Frequency((5, Gen.Constant(CommercialModel.Subscription)), (3, Gen.Elements(Enum.GetValues<CommercialModel>())))
        from opens in Time
        from closes in Time
        from territories in Countries
        from excluded in Countries
        from plan in PlanId
        from maxTrack in Picture
        from minimum in Level
        from cap in Gen.Elements<long?>(null, 0, 2_500_000)
        from capped in Level
        from clearKey in Coin
        from platform in Gen.Elements(false, false, true)
        from terms in Platform
        from audio in Gen.Elements<AudioQuality[]>([], [], [AudioQuality.Low], [AudioQuality.Low, AudioQuality.Lossless])
        from languages in Gen.Elements<string[]>([], [], ["hi"], ["hi", "en"])
        from seconds in Gen.Elements<long?>(null, 60, 3600)
        from streams in Gen.Elements<int?>(null, 1, 2)
        select new Deal
        {
            Id = $"d{number}",
            Name = $"Deal {number}",
            Content = selector,
            Model = model,
            OpensMs = opens,
            ClosesMs = closes,
            Territories = territories,
            TerritoriesExcluded = excluded,
            Plans = model == CommercialModel.Subscription ? new HashSet<string> { plan } : new HashSet<string>(),
            Uses = number % 3 == 0 ? new HashSet<ContentUse> { ContentUse.Stream, ContentUse.Download } : new HashSet<ContentUse> { ContentUse.Stream },
            MaxTrack = maxTrack,
            MinimumLevels = new Dictionary<TrackType, SecurityLevel> { [TrackType.HD] = minimum },
            LevelCaps = cap is { } pixels ? new Dictionary<SecurityLevel, long> { [capped] = pixels } : new Dictionary<SecurityLevel, long>(),
            ClearKeyAllowed = clearKey,
            Platforms = platform ? [terms] : [],
            AudioQualities = audio.ToHashSet(),
            AudioLanguages = languages.ToHashSet(),
            LicenseSeconds = seconds,
            MaxStreams = streams,
        };

    private static readonly Gen<Subscriber> Subscribers =
        from plans in PlanId.Two()
        from until in Time
        from status in Gen.Elements(SubscriptionStatus.Active, SubscriptionStatus.Active, SubscriptionStatus.Suspended, SubscriptionStatus.Cancelled)
        from suspended in Gen.Frequency((9, Gen.Constant(SubscriberStatus.Active)), (1, Gen.Constant(SubscriberStatus.Suspended)))
        from bought in Coin
        from rented in Gen.Elements<Rental[]>([], [new() { Content = "t1", FromMs = 8 }], [new() { Collection = "k", FromMs = 3, FirstPlayMs = 4 }])
        select new Subscriber
        {
            Id = "s",
            Status = suspended,
            Subscriptions = [new(plans.Item1, UntilMs: until), new(plans.Item2, Status: status)],
            Purchases = bought ? [new Purchase { Collection = "l" }] : [],
            Rentals = rented,
        };

    private static readonly Gen<RequestedKey> Keys =
        from track in Gen.Elements<TrackType?>(TrackType.Audio, TrackType.SD, TrackType.HD, TrackType.UHD1, TrackType.UHD2, null)
        from pixels in Gen.Elements<long?>(null, 300_000, 900_000, 2_000_000, 9_000_000)
        from quality in Gen.Elements<AudioQuality?>(null, AudioQuality.Low, AudioQuality.High)
        from language in Gen.Elements<string?>(null, "hi", "en")
        select new RequestedKey(default, track, pixels) { Quality = quality, Language = language };

    public static Arbitrary<RightsWorld> World() => (
        from deals in Deals.ListOf(4)
        from subscriber in Subscribers
        from planMax in Gen.Elements<TrackType?>(null, TrackType.SD)
        from inCollection in Coin
        from level in Level
        from use in Gen.Elements(ContentUse.Stream, ContentUse.Stream, ContentUse.Download)
        from platform in Gen.Elements<string?>(null, "tv", "web")
        from country in Gen.Elements<string?>("IN", "US", null)
        from tokenMax in Gen.Elements<TrackType?>(null, null, TrackType.HD)
        from now in Gen.Choose(5, 35)
        from keys in Keys.ListOf(3)
        select new RightsWorld(
            new DecisionRequest
            {
                ContentId = "t1",
                Keys = [.. keys.Select((key, index) => key with { KeyId = new KeyId(new Guid(index + 1, 0, 0, new byte[8])) })],
                Level = level,
                Use = use,
                Platform = platform,
                Country = country,
                TokenMaxTrack = tokenMax,
                NowMs = now,
            },
            new RightsDocuments
            {
                Deals = [.. deals.DistinctBy(deal => deal.Id)],
                Plans = [new Plan { Id = "b", Name = "B", MaxTrack = planMax, MaxStreams = 1 }],
                Titles = inCollection ? [new Title { Id = "t1", Name = "T", Collections = ["k"] }] : [],
                Collections = [new Collection { Id = "l", Name = "L", Content = new ContentSelector { Patterns = ["t*"] } }],
            },
            subscriber)).ToArbitrary();
}
