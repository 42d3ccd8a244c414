using DrmHub.Cenc;
using DrmHub.KeyService.Cpix;

namespace DrmHub.KeyService.Speke;

/// <summary>What a request asks for, read from its document. The document itself is filled in place to make the answer.</summary>
/// <param name="Document">The request.</param>
/// <param name="ContentId">The content that the keys are for.</param>
/// <param name="Scheme">The scheme of all keys as written: a four-character code, or in v2.1 an HLS method; null in v1.</param>
/// <param name="Keys">The keys in the order of the document.</param>
/// <param name="WantsEncryptedKeys">True where the request brings a certificate to encrypt the keys for.</param>
public sealed record SpekeContract(
    CpixDocument Document, string ContentId, string? Scheme, IReadOnlyList<SpekeKeyRequest> Keys, bool WantsEncryptedKeys);

/// <summary>One key of a contract.</summary>
public sealed record SpekeKeyRequest
{
    public required CpixContentKey Key { get; init; }

    public KeyId Kid => Key.Kid;

    /// <summary><c>intendedTrackType</c>, for example <c>UHD1</c>; null in v1, where one key is for everything.</summary>
    public string? TrackType { get; init; }

    /// <summary>What the key protects.</summary>
    public required SpekeTrackRange Range { get; init; }

    /// <summary>The crypto period, where keys rotate.</summary>
    public CpixPeriod? Period { get; init; }

    /// <summary>The systems that are asked for, in the order of the document.</summary>
    public required IReadOnlyList<CpixDrmSystem> Systems { get; init; }
}

/// <summary>What a key protects, from its filters: bounds inclusive, null where there is none. A key may be for video and for audio.</summary>
/// <param name="IsVideo">The key is for video of these sizes.</param>
/// <param name="IsAudio">The key is for audio of these channels.</param>
/// <param name="MinPixels">The least number of pixels of any video filter; null for none.</param>
/// <param name="MaxPixels">The greatest number of pixels; null for no upper end.</param>
/// <param name="MinChannels">The least number of channels of any audio filter.</param>
/// <param name="MaxChannels">The greatest number of channels.</param>
public sealed record SpekeTrackRange(bool IsVideo, bool IsAudio, long? MinPixels, long? MaxPixels, long? MinChannels, long? MaxChannels)
{
    /// <summary>Everything, as one key of v1 or of <c>ALL</c> is for.</summary>
    public static SpekeTrackRange Everything { get; } = new(true, true, null, null, null, null);

    /// <summary>The union of the filters of a rule; a filter without a bound opens that end.</summary>
    public static SpekeTrackRange Of(CpixUsageRule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        var (video, audio) = (rule.VideoFilters, rule.AudioFilters);
        return new SpekeTrackRange(
            video.Count > 0, audio.Count > 0,
            video.Any(static f => f.MinPixels is null) ? null : video.Min(static f => f.MinPixels),
            video.Any(static f => f.MaxPixels is null) ? null : video.Max(static f => f.MaxPixels),
            audio.Any(static f => f.MinChannels is null) ? null : audio.Min(static f => f.MinChannels),
            audio.Any(static f => f.MaxChannels is null) ? null : audio.Max(static f => f.MaxChannels));
    }
}
