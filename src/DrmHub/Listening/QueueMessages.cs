using System.Text.Json;
using System.Text.Json.Serialization;

namespace DrmHub.Host.Listening;

/// <summary>A window of a queue: what plays now and what comes next.</summary>
internal sealed record QueueRequest
{
    public const int MaxTracks = 100;

    /// <summary>Ids of tracks, recordings or episodes, in their order: 1 to 100.</summary>
    public IReadOnlyList<string> Tracks { get; init; } = [];

    /// <summary><c>low</c>, <c>high</c> or <c>lossless</c>: keys above are not asked for. Null asks for all.</summary>
    public string? Max { get; init; }

    /// <summary><c>stream</c>, or <c>download</c> for a licence that the device keeps.</summary>
    public string Use { get; init; } = "stream";
}

/// <summary>A key of a track, granted or not.</summary>
/// <param name="Quality"><c>low</c>, <c>high</c>, <c>lossless</c>.</param>
/// <param name="Reason">Null where granted; else the reason code.</param>
internal sealed record QueueKey(string Rendition, string Quality, string KeyId, bool Granted, string? Reason, string? Deal);

/// <summary>What the listener gets of one track.</summary>
/// <param name="Best">The best quality that is granted; null where none is.</param>
/// <param name="Reason">Why not even the lowest; null where something is granted.</param>
/// <param name="Ads">It goes out under a free deal alone: advertisements are due.</param>
internal sealed record QueueTrack(string Id, string? ContentId, string? Best, string? Reason, bool Ads, IReadOnlyList<QueueKey> Keys);

/// <summary>What comes with a licence that is kept on the device.</summary>
/// <param name="Device">As the token names it.</param>
/// <param name="CheckInBefore">When the device must have asked again; what it keeps is not to be played after.</param>
/// <param name="ServerTime">The highest trusted time that the device knows of now: a clock before it was set back.</param>
internal sealed record OfflineTerms(string Device, DateTimeOffset CheckInBefore, DateTimeOffset ServerTime, int Tracks, int TrackLimit);

/// <summary>The answer to a queue.</summary>
/// <param name="License">A W3C Clear Key licence with every granted key, to hand to the player's session as it is.</param>
/// <param name="Ads">Whether any track of the window is due advertisements.</param>
internal sealed record QueueAnswer(JsonElement License, long ValidSeconds, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? RenewSeconds, bool Ads, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] OfflineTerms? Offline, IReadOnlyList<QueueTrack> Tracks);
