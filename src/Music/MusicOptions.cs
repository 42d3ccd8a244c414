using DrmHub.Music.Catalogue;
using DrmHub.Music.Ddex;
using DrmHub.Music.Podcasts;
using DrmHub.Music.Usage;
using Microsoft.AspNetCore.Http;

namespace DrmHub.Music;

/// <summary>What a hub of music needs to know. Configuration section <c>Music</c>.</summary>
public sealed class MusicOptions
{
    /// <summary>The address under which players reach the hub, for feeds and manifests; null takes the one that was asked.</summary>
    public string? PublicUrl { get; set; }

    /// <summary>Items that the search index of a node holds at most, about 1 KB of memory each. Default 1,000,000.</summary>
    public int SearchCapacity { get; set; } = 1_000_000;

    /// <summary>How often a node looks for changes that others made to the catalogue. Default 2 s; a query looks too.</summary>
    public TimeSpan SearchInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Where media files of the catalogue lie; null: this node serves none.</summary>
    public string? MediaFolder { get; set; }

    /// <summary>Feeds and their media.</summary>
    public PodcastOptions Podcasts { get; set; } = new();

    /// <summary>Plays and reports.</summary>
    public UsageOptions Usage { get; set; } = new();

    /// <summary>DDEX messages.</summary>
    public DdexOptions Ddex { get; set; } = new();

    /// <exception cref="ArgumentException">With everything that is outside its range.</exception>
    public void Validate()
    {
        var problems = new List<string>();
        void Check(bool holds, string problem)
        {
            if (!holds) problems.Add(problem);
        }

        Check(SearchCapacity is >= 1000 and <= 50_000_000, "Music:SearchCapacity is 1000 to 50000000.");
        Check(Ddex.OfflineDays is >= 1 and <= 90, "Music:Ddex:OfflineDays is 1 to 90.");
        Check(Ddex.MaxDevices is >= 1 and <= 100, "Music:Ddex:MaxDevices is 1 to 100.");
        Check(Ddex.PartyId is null || MusicIds.IsPartyId(Ddex.PartyId), "Music:Ddex:PartyId is PADPIDA, ten letters or digits and a check character.");
        Check(Ddex.SubscriptionPlans.All(plan => plan.Key.Length is > 0 and <= 200 && plan.Value.Count > 0), "Music:Ddex:SubscriptionPlans names at least one quality for each plan.");
        Check(Podcasts.LinkLifetime >= TimeSpan.FromMinutes(1) && Podcasts.LinkLifetime <= TimeSpan.FromHours(24), "Music:Podcasts:LinkLifetime is 1 minute to 24 hours.");
        Check(Podcasts.DevicesPerDay is >= 1 and <= 1000, "Music:Podcasts:DevicesPerDay is 1 to 1000.");
        Check(Podcasts.MaxEpisodes is >= 1 and <= 1000, "Music:Podcasts:MaxEpisodes is 1 to 1000.");
        Check(Usage.CountedAfter >= TimeSpan.Zero && Usage.CountedAfter <= TimeSpan.FromMinutes(5), "Music:Usage:CountedAfter is 0 to 5 minutes.");
        Check(Usage.MaxDelay >= TimeSpan.FromHours(1) && Usage.MaxDelay <= TimeSpan.FromDays(400), "Music:Usage:MaxDelay is 1 hour to 400 days.");
        Check(Usage.LicenseReach >= TimeSpan.FromHours(1) && Usage.LicenseReach <= TimeSpan.FromDays(400), "Music:Usage:LicenseReach is 1 hour to 400 days.");
        Check(Usage.FreeUse is "NonInteractiveStream" or "OnDemandStream", "Music:Usage:FreeUse is NonInteractiveStream or OnDemandStream.");
        if (problems.Count > 0) throw new ArgumentException(string.Join(" ", problems));
    }

    /// <summary>Who a player is, by the token of its request; the host says how. Null: this hub takes no player tokens.</summary>
    public Func<HttpContext, CancellationToken, ValueTask<MusicPlayerAnswer>>? AuthenticatePlayer { get; set; }
}
