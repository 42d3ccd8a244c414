namespace DrmHub.KeyService.Cpix;

/// <summary>What a track is made of.</summary>
public enum CpixTrackKind
{
    /// <summary>Neither: subtitles, metadata. Only rules without video and audio filters match.</summary>
    Other,
    Video,
    Audio,
}

/// <summary>A track that needs a key. What is null is unknown, and a filter that asks for it does not match.</summary>
public sealed record CpixTrack
{
    public required CpixTrackKind Kind { get; init; }

    /// <summary>Width × height in pixels.</summary>
    public long? Pixels { get; init; }

    public bool? Hdr { get; init; }

    /// <summary>Wide colour gamut.</summary>
    public bool? Wcg { get; init; }

    /// <summary>Frames per second; 29.97 is a fraction of one.</summary>
    public decimal? FramesPerSecond { get; init; }

    public int? Channels { get; init; }

    /// <summary>Nominal bits per second.</summary>
    public long? Bitrate { get; init; }

    public IReadOnlyCollection<string> Labels { get; init; } = [];

    public static CpixTrack Video(long pixels) => new() { Kind = CpixTrackKind.Video, Pixels = pixels, Hdr = false, Wcg = false };

    public static CpixTrack Audio(int channels) => new() { Kind = CpixTrackKind.Audio, Channels = channels };
}
