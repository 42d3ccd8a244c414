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

    /// <summary>Who a player is, by the token of its request; the host says how. Null: this hub takes no player tokens.</summary>
    public Func<HttpContext, CancellationToken, ValueTask<MusicPlayerAnswer>>? AuthenticatePlayer { get; set; }
}
