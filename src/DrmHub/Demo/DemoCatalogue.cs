using DrmHub.Vault.Rights;

namespace DrmHub.Host.Demo;

/// <summary>A few titles and deals beside the demo title, so that the pages of a first start have something to show. Fictitious, and without keys.</summary>
internal static class DemoCatalogue
{
    private const long Day = 86_400_000;

    /// <param name="nowMs">UTC milliseconds; the windows lie around it.</param>
    public static IReadOnlyList<RightsChange> Create(long nowMs) =>
    [
        RightsChange.Put(RightsKinds.Collections, new Collection { Id = "demo-khoj", Name = "Khoj, season 1", Content = new ContentSelector { Patterns = ["demo-khoj-*"] } }),
        RightsChange.Put(RightsKinds.Titles, new Title { Id = DemoData.Title, Name = "Demo title" }),
        .. Enumerable.Range(1, 3).Select(episode => RightsChange.Put(RightsKinds.Titles, new Title { Id = $"demo-khoj-e{episode}", Name = $"Khoj S01E0{episode}" })),
        RightsChange.Put(RightsKinds.Titles, new Title { Id = "demo-nordlys", Name = "Nordlys" }),
        RightsChange.Put(RightsKinds.Deals, new Deal
        {
            Id = "demo-khoj-south-asia",
            Name = "Khoj, South Asia",
            Licensor = "Saffron Studios",
            Content = new ContentSelector { Collections = ["demo-khoj"] },
            Territories = new HashSet<string> { "IN", "NP", "BT", "LK", "BD" },
            OpensMs = Midnight(nowMs - 80 * Day),
            ClosesMs = Midnight(nowMs + 285 * Day),
            Plans = new HashSet<string> { "premium" },
            MinimumLevels = new Dictionary<Cenc.TrackType, SecurityLevel> { [Cenc.TrackType.HD] = SecurityLevel.Hardware },
        }),
        RightsChange.Put(RightsKinds.Deals, new Deal
        {
            Id = "demo-nordlys-rental",
            Name = "Nordlys, to rent",
            Licensor = "Fjord Film",
            Content = new ContentSelector { Patterns = ["demo-nordlys"] },
            Territories = new HashSet<string> { "NO", "SE", "DK", "FI", "IS" },
            OpensMs = Midnight(nowMs + 45 * Day),
            ClosesMs = Midnight(nowMs + 210 * Day),
            Model = CommercialModel.Rental,
            RentalSeconds = 30 * 86_400,
            PlaybackSeconds = 2 * 86_400,
        }),
    ];

    private static long Midnight(long ms) => ms / Day * Day;
}
