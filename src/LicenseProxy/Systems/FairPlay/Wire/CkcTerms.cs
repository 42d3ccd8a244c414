namespace DrmHub.LicenseProxy.Systems.FairPlay.Wire;

/// <summary>The picture's way out of the device. What a CKC leaves out counts as <see cref="Type0"/> on the device, so each is written.</summary>
internal enum HdcpRequirement
{
    None,
    Type0,

    /// <summary>HDCP 2.2 and later.</summary>
    Type1,
}

/// <summary>The terms under which a device may use a content key.</summary>
internal sealed record CkcTerms
{
    /// <summary><c>audio</c>, <c>sd</c>, <c>hd</c> or <c>uhd</c>, for key security modules outside, which have rules of their own for each.</summary>
    public string ContentType { get; init; } = "uhd";

    public HdcpRequirement Hdcp { get; init; } = HdcpRequirement.Type0;

    /// <summary>One of the levels of <see cref="CkcTags"/>; null asks for none.</summary>
    public ulong? RequiredLevel { get; init; }

    /// <summary>Seconds after which playback stops unless the key is renewed. Never together with <see cref="Offline"/>.</summary>
    public uint? LeaseSeconds { get; init; }

    /// <summary>Seconds within which playback has to begin.</summary>
    public uint? RentalSeconds { get; init; }

    /// <summary>The device may keep the key.</summary>
    public OfflineTerms? Offline { get; init; }
}

/// <summary>How long a device may keep a key.</summary>
/// <param name="StorageSeconds">From now; 0 is for ever.</param>
/// <param name="PlaybackSeconds">From the first playback; 0 is no limit of its own.</param>
/// <param name="StreamId">16 bytes that name the stream.</param>
/// <param name="TitleId">16 bytes that name the title; for devices that know version 2.</param>
internal sealed record OfflineTerms(uint StorageSeconds, uint PlaybackSeconds, ReadOnlyMemory<byte> StreamId, ReadOnlyMemory<byte> TitleId);
