namespace DrmHub.Music.Podcasts;

/// <summary>Feeds and their media. Configuration section <c>Music:Podcasts</c>.</summary>
public sealed class PodcastOptions
{
    /// <summary>How long an address of media that a private feed led to works: 1 minute to 24 hours. Default 15 minutes; a player that stops and goes on later asks the feed's own address again.</summary>
    public TimeSpan LinkLifetime { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Distinct devices on one token in a day, above which sharing is noticed: 1 to 1000, default 6.</summary>
    public int DevicesPerDay { get; set; } = 6;

    /// <summary>Whether a token that is shared is refused for the rest of the day. Default false: it is noticed in the log and in the list.</summary>
    public bool RefuseSharing { get; set; }

    /// <summary>Episodes in a feed, the newest. Default 300, 1 to 1000.</summary>
    public int MaxEpisodes { get; set; } = 300;
}
