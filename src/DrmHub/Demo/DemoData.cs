using DrmHub.Cenc;
using DrmHub.Host.Hosting;
using DrmHub.KeyService;
using DrmHub.Vault.Keys;
using DrmHub.Vault.Rights;

namespace DrmHub.Host.Demo;

/// <summary>What a development hub starts with: titles, a premium and a free deal, plans, three subscribers. Written once; later changes to them stay.</summary>
internal static class DemoData
{
    public const string Title = "demo-title";
    private const string Trailer = "demo-trailer";
    private const string Premium = "premium";
    private const string Free = "free";

    public static readonly IReadOnlyList<TrackType> Tracks = [TrackType.Audio, TrackType.SD, TrackType.HD];

    public static readonly IReadOnlyList<Subscriber> Subscribers =
    [
        new() { Id = "demo-premium", Subscriptions = [new Subscription(Premium)] },
        new() { Id = "demo-free", Subscriptions = [new Subscription(Free)] },
        new() { Id = "demo-suspended", Status = SubscriberStatus.Suspended, Subscriptions = [new Subscription(Premium)] },
    ];

    private static readonly RightsChange[] Rights =
    [
        RightsChange.Put(RightsKinds.Plans, new Plan { Id = Premium, Name = "Premium" }),
        RightsChange.Put(RightsKinds.Plans, new Plan { Id = Free, Name = "Free with advertisements", MaxTrack = TrackType.SD }),
        RightsChange.Put(RightsKinds.Titles, new Title { Id = Trailer, Name = "Demo, the trailer" }),
        RightsChange.Put(RightsKinds.Deals, new Deal
        {
            Id = "demo",
            Name = "Demo",
            Licensor = "DrmHub",
            Content = new ContentSelector { Patterns = ["demo-*"] },
            Plans = new HashSet<string> { Premium },
            ClearKeyAllowed = true,
        }),
        RightsChange.Put(RightsKinds.Deals, new Deal
        {
            Id = "demo-free",
            Name = "Demo, free with advertisements",
            Licensor = "DrmHub",
            Content = new ContentSelector { Patterns = [Trailer] },
            Model = CommercialModel.Free,
            MaxTrack = TrackType.SD,
            ClearKeyAllowed = true,
        }),
        .. Subscribers.Select(subscriber => RightsChange.Put(RightsKinds.Subscribers, subscriber)),
    ];

    public static async Task SeedAsync(HubState state, CancellationToken cancellationToken)
    {
        var missing = new List<RightsChange>();
        foreach (var change in Rights)
            if (await state.Rights.FindDocumentAsync(change.Kind, change.Id, cancellationToken) is null) missing.Add(change);
        if (missing.Count > 0) await state.Rights.ChangeAsync(missing, RightsActor.Hub, cancellationToken);

        var isNew = (await state.Vault.Keys.FindInfoByContentAsync(Title, cancellationToken)).Count == 0;
        if (isNew) await state.Rights.ChangeAsync(DemoCatalogue.Create(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds()), RightsActor.Hub, cancellationToken);
        await SeedKeysAsync(state, Title, Tracks, cancellationToken);
        await SeedKeysAsync(state, Trailer, [TrackType.Audio, TrackType.SD], cancellationToken);
    }

    private static async Task SeedKeysAsync(HubState state, string contentId, IReadOnlyList<TrackType> tracks, CancellationToken cancellationToken)
    {
        if ((await state.Vault.Keys.FindInfoByContentAsync(contentId, cancellationToken)).Count > 0) return;
        var issued = await new KeyIssuer(state.Vault.Keys, state.Audit).GetOrCreateAsync(contentId, [.. tracks.Select(track => KeySpec.ForTrack(track, ProtectionScheme.Cenc))], "drmhub", "demo", cancellationToken);
        foreach (var key in issued) key.Dispose();
    }
}
