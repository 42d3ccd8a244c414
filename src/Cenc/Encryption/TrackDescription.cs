using DrmHub.Cenc.Bmff;

namespace DrmHub.Cenc.Encryption;

/// <summary>What a track holds.</summary>
public enum TrackKind
{
    Video,
    Audio,

    /// <summary>Text, metadata, hints: never protected by this library.</summary>
    Other,
}

/// <summary>A track as keys are chosen for it.</summary>
public sealed record TrackDescription
{
    public required uint Id { get; init; }

    public required TrackKind Kind { get; init; }

    /// <summary>Sample entry code of the codec, of the original format if it is protected: <c>avc1</c>, <c>mp4a</c>….</summary>
    public required string Codec { get; init; }

    /// <summary>Coded width in pixels; 0 if not video.</summary>
    public int Width { get; init; }

    public int Height { get; init; }

    /// <summary>0 if not audio.</summary>
    public int Channels { get; init; }

    /// <summary>Samples a second; 0 if not audio.</summary>
    public int SampleRate { get; init; }

    /// <summary>Ticks a second of the track's times.</summary>
    public uint Timescale { get; init; }

    /// <summary>ISO 639-2 code; null if there is none.</summary>
    public string? Language { get; init; }

    /// <summary>AUDIO, or the range that the picture falls into; null for other tracks.</summary>
    public TrackType? Type => Kind switch
    {
        TrackKind.Audio => TrackType.Audio,
        TrackKind.Video => TrackTypes.FromPixels((long)Width * Height),
        _ => null,
    };

    /// <summary>
    /// Whether a key label means this track: empty or <c>*</c> for every track, <c>AUDIO</c>, <c>VIDEO</c>, <c>SD</c>, <c>HD</c>, <c>UHD1</c>,
    /// <c>UHD2</c>, or the track id as a number. Letter case does not matter.
    /// </summary>
    public bool Matches(string? label)
    {
        if (Kind == TrackKind.Other) return false;
        if (string.IsNullOrEmpty(label) || label == "*") return true;
        if (uint.TryParse(label, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var id)) return id == Id;
        if (string.Equals(label, "VIDEO", StringComparison.OrdinalIgnoreCase)) return Kind == TrackKind.Video;
        return Type is { } type && string.Equals(label, type.ToName(), StringComparison.OrdinalIgnoreCase);
    }

    internal static TrackDescription Of(MovieTrack track)
    {
        var entry = track.Entries.Count > 0 ? track.Entries[0] : null;
        return new TrackDescription
        {
            Id = track.Id,
            Kind = track.IsVideo ? TrackKind.Video : track.IsAudio ? TrackKind.Audio : TrackKind.Other,
            Codec = entry is null ? "" : BoxType.Name(entry.Format),
            Width = entry?.Fields?.Width ?? 0,
            Height = entry?.Fields?.Height ?? 0,
            Channels = entry?.Fields?.Channels ?? 0,
            SampleRate = entry?.Fields?.SampleRate ?? 0,
            Timescale = track.Timescale,
            Language = track.Media.Language,
        };
    }
}
