using System.Diagnostics.CodeAnalysis;

namespace DrmHub.Cenc;

/// <summary>
/// What a key protects, from the least to the most valuable picture. Audio stands apart: its quality is a label of the key.
/// Ranges are in pixels (width × height) as SPEKE v2 presets define them: SD to 589,824, HD to 2,073,600, UHD1 to 8,847,360.
/// </summary>
public enum TrackType
{
    Audio = 0,
    SD = 1,
    HD = 2,
    UHD1 = 3,
    UHD2 = 4,
}

/// <summary>Pixel ranges and names of the track types.</summary>
public static class TrackTypes
{
    public const long MaxSDPixels = 589_824;
    public const long MaxHDPixels = 2_073_600;
    public const long MaxUHD1Pixels = 8_847_360;

    /// <summary>Inclusive range in pixels; no upper end for UHD2; null for audio.</summary>
    public static (long Min, long? Max)? PixelRange(this TrackType type) => type switch
    {
        TrackType.Audio => null,
        TrackType.SD => (0, MaxSDPixels),
        TrackType.HD => (MaxSDPixels + 1, MaxHDPixels),
        TrackType.UHD1 => (MaxHDPixels + 1, MaxUHD1Pixels),
        TrackType.UHD2 => (MaxUHD1Pixels + 1, null),
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    /// <summary>The track type that a picture of this size falls into.</summary>
    public static TrackType FromPixels(long pixels) => pixels switch
    {
        <= MaxSDPixels => TrackType.SD,
        <= MaxHDPixels => TrackType.HD,
        <= MaxUHD1Pixels => TrackType.UHD1,
        _ => TrackType.UHD2,
    };

    /// <summary>AUDIO, SD, HD, UHD1, UHD2: the names that the packager APIs use.</summary>
    public static string ToName(this TrackType type) => type switch
    {
        TrackType.Audio => "AUDIO",
        TrackType.SD => "SD",
        TrackType.HD => "HD",
        TrackType.UHD1 => "UHD1",
        TrackType.UHD2 => "UHD2",
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    /// <summary>Reads the exact upper-case names of <see cref="ToName"/>.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out TrackType type)
    {
        switch (text)
        {
            case "AUDIO": type = TrackType.Audio; return true;
            case "SD": type = TrackType.SD; return true;
            case "HD": type = TrackType.HD; return true;
            case "UHD1": type = TrackType.UHD1; return true;
            case "UHD2": type = TrackType.UHD2; return true;
            default: type = default; return false;
        }
    }
}
