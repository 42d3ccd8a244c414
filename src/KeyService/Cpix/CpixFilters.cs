using DrmHub.KeyService.Cpix.Xml;

namespace DrmHub.KeyService.Cpix;

/// <summary>A video track whose picture is within the bounds: pixels inclusive at both ends, frames per second above the minimum up to the maximum.</summary>
public sealed record VideoFilter(
    long? MinPixels = null, long? MaxPixels = null, bool? Hdr = null, bool? Wcg = null, long? MinFps = null, long? MaxFps = null)
{
    internal static VideoFilter Read(XmlNode e) => new(
        FilterValues.Integer(e, "minPixels"), FilterValues.Integer(e, "maxPixels"), FilterValues.Boolean(e, "hdr"), FilterValues.Boolean(e, "wcg"),
        FilterValues.Integer(e, "minFps"), FilterValues.Integer(e, "maxFps"));

    internal void Write(XmlNode e)
    {
        FilterValues.Set(e, "minPixels", MinPixels);
        FilterValues.Set(e, "maxPixels", MaxPixels);
        FilterValues.Set(e, "hdr", Hdr);
        FilterValues.Set(e, "wcg", Wcg);
        FilterValues.Set(e, "minFps", MinFps);
        FilterValues.Set(e, "maxFps", MaxFps);
    }

    public bool Matches(CpixTrack track)
    {
        ArgumentNullException.ThrowIfNull(track);
        return track.Kind == CpixTrackKind.Video
            && FilterValues.Within(track.Pixels, MinPixels, MaxPixels)
            && (Hdr is null || track.Hdr == Hdr)
            && (Wcg is null || track.Wcg == Wcg)
            && (MinFps is null || track.FramesPerSecond > MinFps)
            && (MaxFps is null || track.FramesPerSecond <= MaxFps);
    }
}

/// <summary>An audio track with this many channels, bounds inclusive.</summary>
public sealed record AudioFilter(long? MinChannels = null, long? MaxChannels = null)
{
    internal static AudioFilter Read(XmlNode e) => new(FilterValues.Integer(e, "minChannels"), FilterValues.Integer(e, "maxChannels"));

    internal void Write(XmlNode e)
    {
        FilterValues.Set(e, "minChannels", MinChannels);
        FilterValues.Set(e, "maxChannels", MaxChannels);
    }

    public bool Matches(CpixTrack track)
    {
        ArgumentNullException.ThrowIfNull(track);
        return track.Kind == CpixTrackKind.Audio && FilterValues.Within(track.Channels, MinChannels, MaxChannels);
    }
}

/// <summary>A track with this nominal bitrate in bits per second, bounds inclusive; at least one bound is needed.</summary>
public sealed record BitrateFilter(long? MinBitrate = null, long? MaxBitrate = null)
{
    /// <summary>False without any bound: such a filter makes its rule unusable.</summary>
    public bool IsValid => MinBitrate is not null || MaxBitrate is not null;

    internal static BitrateFilter Read(XmlNode e) => new(FilterValues.Integer(e, "minBitrate"), FilterValues.Integer(e, "maxBitrate"));

    internal void Write(XmlNode e)
    {
        FilterValues.Set(e, "minBitrate", MinBitrate);
        FilterValues.Set(e, "maxBitrate", MaxBitrate);
    }

    public bool Matches(CpixTrack track)
    {
        ArgumentNullException.ThrowIfNull(track);
        return IsValid && FilterValues.Within(track.Bitrate, MinBitrate, MaxBitrate);
    }
}

internal static class FilterValues
{
    public static long? Integer(XmlNode e, string name) => e.Get(name) is { } text ? XmlValues.Integer(text, $"{e.LocalName}@{name}") : null;

    public static bool? Boolean(XmlNode e, string name) => e.Get(name) is { } text ? XmlValues.Boolean(text, $"{e.LocalName}@{name}") : null;

    public static void Set(XmlNode e, string name, long? value) => e.Set(name, value is { } v ? XmlValues.Format(v) : null);

    public static void Set(XmlNode e, string name, bool? value) => e.Set(name, value switch { true => "true", false => "false", null => null });

    // Lifted comparison: an unknown value is within no bound, and within the absence of bounds.
    public static bool Within(long? value, long? min, long? max) => (min is null || value >= min) && (max is null || value <= max);
}
