namespace DrmHub.Music.Packaging;

/// <summary>Bounds on what is brought. They are looked at before anything is read or decoded.</summary>
public sealed record PackagingLimits
{
    public static readonly PackagingLimits Default = new();

    /// <summary>Bytes of an input. Default 4 GiB: a day of stereo WAV at 48 kHz and 16 bits has 16 GB, an hour of it 0.7.</summary>
    public long MaxInputBytes { get; init; } = 4L << 30;

    /// <summary>Default 12 hours: no recording is longer, few audio books are.</summary>
    public TimeSpan MaxDuration { get; init; } = TimeSpan.FromHours(12);

    /// <summary>Channels of an input; renditions in AAC have two at most.</summary>
    public int MaxChannels { get; init; } = 8;

    /// <summary>How long one run of ffmpeg may take. Default an hour.</summary>
    public TimeSpan MaxToolTime { get; init; } = TimeSpan.FromHours(1);
}
