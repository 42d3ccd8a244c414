using DrmHub.Host.Hosting;
using DrmHub.Music;
using DrmHub.Music.Catalogue;
using DrmHub.Music.Packaging;
using DrmHub.Vault.Rights;
using Microsoft.Extensions.Options;

namespace DrmHub.Host.Demo;

/// <summary>
/// What a development hub has to listen to: an album whose three tracks are one piece, a podcast, and a deal for each tier. Packaged from the
/// samples in the program without ffmpeg. Written once; later changes to it stay.
/// </summary>
internal sealed class DemoMusic(MusicCatalogue catalogue, IOptions<MusicOptions> options)
{
    public const string Album = "listen-album";
    public const string Show = "listen-show";
    public const string Episode = "listen-talk-1";
    public const string LosslessPlan = "lossless";
    private const string PremiumPlan = "premium";
    private const long Month = 30 * 86_400;

    private static readonly (string Id, LocalText[] Titles)[] Songs =
    [
        ("listen-song-1", [new LocalText("மழை", "ta-Taml"), new LocalText("Mazhai", "ta-Latn")]),
        ("listen-song-2", [new LocalText("बादल", "hi-Deva"), new LocalText("Baadal", "hi-Latn")]),
        ("listen-song-3", [new LocalText("వెన్నెల", "te-Telu"), new LocalText("Vennela", "te-Latn")]),
    ];

    /// <summary>What tells the tiers apart. The names are ids, too.</summary>
    private static readonly Deal[] Deals =
    [
        Tier("listen-free", "Listening: free with advertisements", ["listen-song-*"], CommercialModel.Free, [], [AudioQuality.Low], offline: false),
        Tier("listen-premium", "Listening: premium", ["listen-song-*", "listen-talk-*"], CommercialModel.Subscription, [PremiumPlan, LosslessPlan], [AudioQuality.Low, AudioQuality.High], offline: true),
        Tier("listen-lossless", "Listening: lossless", ["listen-song-*"], CommercialModel.Subscription, [LosslessPlan], [AudioQuality.Low, AudioQuality.High, AudioQuality.Lossless], offline: true),
    ];

    public async Task SeedAsync(HubState state, CancellationToken cancellationToken)
    {
        if (options.Value.MediaFolder is not { Length: > 0 } folder || await catalogue.FindAsync<Release>(Album, cancellationToken) is not null) return;
        foreach (var deal in Deals)
            if (state.Rights.Deals.All(each => each.Id != deal.Id)) await state.Rights.PutDealAsync(deal, cancellationToken);
        if (await state.Rights.FindSubscriberAsync("demo-lossless", cancellationToken) is null)
            await state.Rights.PutSubscriberAsync(new Subscriber { Id = "demo-lossless", Subscriptions = [new Subscription(LosslessPlan)] }, cancellationToken);
        var actor = new MusicActor("demo");
        foreach (var (id, titles) in Songs)
            await catalogue.PutAsync(new Recording { Id = id, Titles = titles, DisplayArtists = [new LocalText("The Test Tones")], NoCrossfade = true }, null, actor, cancellationToken);
        await catalogue.PutAsync(new Show { Id = Show, Titles = [new LocalText("Signals")], Author = "DrmHub", Description = "How a key reaches a player, told in tones." }, null, actor, cancellationToken);
        await catalogue.PutAsync(new Episode { Id = Episode, ShowId = Show, Titles = [new LocalText("The handshake")], Published = DateTimeOffset.UnixEpoch.AddDays(20_000), Premium = true }, null, actor, cancellationToken);
        await PackageAsync(new MusicPackager(catalogue, state.Vault.Keys, state.Audit, new MediaFolder(folder)), actor, cancellationToken);

        // The album comes last: it says that all of it is there.
        await catalogue.PutAsync(new Release { Id = Album, Titles = [new LocalText("Monsoon in three scripts")], DisplayArtists = [new LocalText("The Test Tones")] }, null, actor, cancellationToken);
        for (var i = 0; i < Songs.Length; i++)
            await catalogue.PutAsync(new Track { Id = $"listen-track-{i + 1}", ReleaseId = Album, RecordingId = Songs[i].Id, Number = i + 1 }, null, actor, cancellationToken);
    }

    private static async Task PackageAsync(MusicPackager packager, MusicActor actor, CancellationToken cancellationToken)
    {
        foreach (var name in typeof(DemoMusic).Assembly.GetManifestResourceNames().Where(name => name.StartsWith("music/", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            // music/song-1-low.mp4
            var stem = name["music/".Length..^".mp4".Length];
            var cut = stem.LastIndexOf('-');
            var (owner, quality) = ("listen-" + stem[..cut], QualityNames.Parse(stem[(cut + 1)..])!.Value);
            var file = Path.Combine(Path.GetTempPath(), "drmhub-" + Path.GetRandomFileName());
            try
            {
                await using (var source = typeof(DemoMusic).Assembly.GetManifestResourceStream(name)!)
                await using (var target = File.Create(file)) await source.CopyToAsync(target, cancellationToken);
                await packager.PackageAsync(new PackagingRequest { Path = file, OwnerId = owner, ContentId = owner, As = quality, Measure = false }, actor, null, null, cancellationToken);
            }
            finally
            {
                File.Delete(file);
            }
        }
    }

    private static Deal Tier(string id, string name, string[] content, CommercialModel model, string[] plans, AudioQuality[] qualities, bool offline) => new()
    {
        Id = id,
        Name = name,
        Licensor = "DrmHub",
        Content = new ContentSelector { Patterns = content },
        Model = model,
        Plans = plans.ToHashSet(),
        Uses = offline ? new HashSet<ContentUse> { ContentUse.Stream, ContentUse.Download } : new HashSet<ContentUse> { ContentUse.Stream },
        AudioQualities = qualities.ToHashSet(),
        ClearKeyAllowed = true,
        OfflineSeconds = offline ? Month : null,
        // Every private window is a new device: whoever tries the page must not run out of them.
        MaxDevices = offline ? 100 : null,
    };
}
