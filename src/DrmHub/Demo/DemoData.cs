using DrmHub.Cenc;
using DrmHub.Host.Hosting;
using DrmHub.KeyService;
using DrmHub.Vault.Keys;
using DrmHub.Vault.Rights;

namespace DrmHub.Host.Demo;

/// <summary>What a development hub starts with: a title with keys, a deal, three subscribers. Written once; later changes to them stay.</summary>
internal static class DemoData
{
    public const string Title = "demo-title";
    private const string Premium = "premium";

    public static readonly IReadOnlyList<TrackType> Tracks = [TrackType.Audio, TrackType.SD, TrackType.HD];

    public static readonly IReadOnlyList<Subscriber> Subscribers =
    [
        new() { Id = "demo-premium", Subscriptions = [new Subscription(Premium)] },
        new() { Id = "demo-free", Subscriptions = [new Subscription("free")] },
        new() { Id = "demo-suspended", Status = SubscriberStatus.Suspended, Subscriptions = [new Subscription(Premium)] },
    ];

    private static readonly Deal Deal = new()
    {
        Id = "demo",
        Name = "Demo",
        Licensor = "DrmHub",
        Content = new ContentSelector { Patterns = ["demo-*"] },
        Plans = new HashSet<string> { Premium },
        ClearKeyAllowed = true,
    };

    public static async Task SeedAsync(HubState state, CancellationToken cancellationToken)
    {
        if (state.Rights.Deals.All(deal => deal.Id != Deal.Id)) await state.Rights.PutDealAsync(Deal, cancellationToken);
        foreach (var subscriber in Subscribers)
            if (await state.Rights.FindSubscriberAsync(subscriber.Id, cancellationToken) is null) await state.Rights.PutSubscriberAsync(subscriber, cancellationToken);

        if ((await state.Vault.Keys.FindInfoByContentAsync(Title, cancellationToken)).Count > 0) return;
        await state.Rights.ChangeAsync(DemoCatalogue.Create(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds()), RightsActor.Hub, cancellationToken);
        var issued = await new KeyIssuer(state.Vault.Keys, state.Audit).GetOrCreateAsync(Title, [.. Tracks.Select(track => KeySpec.ForTrack(track, ProtectionScheme.Cenc))], "drmhub", "demo", cancellationToken);
        foreach (var key in issued) key.Dispose();
    }
}
