using DrmHub.Cenc;

namespace DrmHub.Vault.Keys;

/// <summary>What a packager asks for: one key of one content id.</summary>
public sealed record KeySpec
{
    public const int MaxTrackBytes = 128;
    public const int MaxQualityBytes = 64;

    /// <summary>What the key is for: AUDIO, SD, HD, UHD1, UHD2, or any intended track type. 1 to 128 bytes of UTF-8.</summary>
    public required string Track { get; init; }

    public required ProtectionScheme Scheme { get; init; }

    /// <summary>Index of the crypto period, 0 or more; null for a key that is not rotated.</summary>
    public long? CryptoPeriod { get; init; }

    /// <summary>The key id that the packager chose (SPEKE, CPIX); null where the vault chooses.</summary>
    public KeyId? RequestedKeyId { get; init; }

    /// <summary>The key itself, where it comes from elsewhere: it then has a <see cref="RequestedKeyId"/>. Stays the caller's. See <see cref="KeyStore.ImportAsync"/>.</summary>
    internal ContentKey? Imported { get; init; }

    /// <summary>8 or 16 bytes, or null. Kept with a new key; a key that exists keeps its own.</summary>
    public byte[]? Iv { get; init; }

    /// <summary>Inclusive range of what the key protects, in pixels (width × height). Kept with a new key.</summary>
    public long? MinPixels { get; init; }

    public long? MaxPixels { get; init; }

    /// <summary>Inclusive range of audio channels. Kept with a new key.</summary>
    public int? MinChannels { get; init; }

    public int? MaxChannels { get; init; }

    /// <summary>Quality label of an audio key (low, high, lossless). Up to 64 bytes of UTF-8.</summary>
    public string? Quality { get; init; }

    /// <summary>A key of a track type as SPEKE's presets define it: its name, and its range in pixels.</summary>
    public static KeySpec ForTrack(TrackType track, ProtectionScheme scheme, long? cryptoPeriod = null)
    {
        var range = track.PixelRange();
        return new KeySpec { Track = track.ToName(), Scheme = scheme, CryptoPeriod = cryptoPeriod, MinPixels = range?.Min, MaxPixels = range?.Max };
    }

    /// <exception cref="ArgumentException">A value is outside its range.</exception>
    internal void Validate()
    {
        if (!KeyText.IsValid(Track, MaxTrackBytes)) throw new ArgumentException($"The track is 1 to {MaxTrackBytes} bytes of text without control characters.");
        if (Quality is not null && !KeyText.IsValid(Quality, MaxQualityBytes)) throw new ArgumentException($"The quality is 1 to {MaxQualityBytes} bytes of text without control characters.");
        if (!Enum.IsDefined(Scheme)) throw new ArgumentException("The protection scheme is unknown.");
        if (CryptoPeriod < 0) throw new ArgumentException("The crypto period is 0 or more.");
        if (RequestedKeyId is { IsZero: true }) throw new ArgumentException("The key id is all zero.");
        if (Iv is not (null or { Length: 8 or 16 })) throw new ArgumentException("The IV has 8 or 16 bytes.");
        if (MinPixels < 0 || MaxPixels < 0 || MinPixels > MaxPixels) throw new ArgumentException("The range of pixels is negative or reversed.");
        if (MinChannels < 0 || MaxChannels < 0 || MinChannels > MaxChannels) throw new ArgumentException("The range of channels is negative or reversed.");
    }
}
