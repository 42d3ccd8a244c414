using DrmHub.Cenc;
using DrmHub.Vault.Keys;

namespace DrmHub.Vault.Rights;

/// <summary>What a stored key protects, read from its label and its ranges.</summary>
public static class RequestedKeys
{
    private const string AudioLabel = "AUDIO";

    /// <summary>
    /// The label decides: AUDIO, SD, HD, UHD1, UHD2. <c>AUDIO_hi</c>, <c>AUDIO_lossless</c> and <c>AUDIO_hi_lossless</c> name a language and a quality
    /// too. Another label counts as what its ranges say: channels and no pixels are audio (SPEKE's STEREO_AUDIO), an upper end in pixels is
    /// the picture of that size (HD1). Where neither says, the track is null: the top.
    /// </summary>
    public static RequestedKey From(VaultKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return From(key.Info);
    }

    /// <inheritdoc cref="From(VaultKey)"/>
    public static RequestedKey From(VaultKeyInfo key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return Describe(key.KeyId, key.Track, key.Quality, key.MinPixels, key.MaxPixels, key.MinChannels);
    }

    internal static RequestedKey Describe(KeyId keyId, string label, string? qualityLabel, long? minPixels, long? maxPixels, int? minChannels)
    {
        var (language, quality) = ReadAudioLabel(label);
        return new RequestedKey(keyId, TrackOf(label, minPixels, maxPixels, minChannels), maxPixels) { Language = language, Quality = ParseQuality(qualityLabel) ?? quality };
    }

    private static TrackType? TrackOf(string label, long? minPixels, long? maxPixels, int? minChannels)
    {
        if (TrackTypes.TryParse(label, out var named)) return named;
        if (label.StartsWith(AudioLabel + "_", StringComparison.Ordinal)) return TrackType.Audio;
        if (minPixels is null && maxPixels is null && minChannels is not null) return TrackType.Audio;
        return maxPixels is { } pixels ? TrackTypes.FromPixels(pixels) : null;
    }

    private static (string? Language, AudioQuality? Quality) ReadAudioLabel(string label)
    {
        string? language = null;
        AudioQuality? quality = null;
        if (!label.StartsWith(AudioLabel + "_", StringComparison.Ordinal)) return (null, null);
        foreach (var part in label[(AudioLabel.Length + 1)..].Split('_'))
        {
            if (ParseQuality(part) is { } found) quality = found;
            else if (part.Split('-')[0] is { Length: 2 or 3 } subtag && subtag.All(char.IsAsciiLetter)) language = subtag.ToLowerInvariant();
        }

        return (language, quality);
    }

    private static AudioQuality? ParseQuality(string? text) => text?.ToUpperInvariant() switch
    {
        "LOW" => AudioQuality.Low,
        "HIGH" => AudioQuality.High,
        "LOSSLESS" => AudioQuality.Lossless,
        _ => null,
    };
}
