using DrmHub.Cenc;

namespace DrmHub.KeyService.Speke;

/// <summary>One key as the key store gave it: what goes into an answer.</summary>
public sealed record SpekeKeyAnswer
{
    /// <summary>The id in the answer; other than the requested one to override it.</summary>
    public required KeyId Kid { get; init; }

    /// <summary>The key; still the caller's.</summary>
    public required ContentKey Key { get; init; }

    /// <summary>The IV, 16 bytes; null leaves what the request says.</summary>
    public byte[]? IV { get; init; }

    /// <summary>How each system that was asked for signals the key, by the system id of the request.</summary>
    public required IReadOnlyDictionary<Guid, SpekeSignals> Signals { get; init; }

    /// <summary><c>HDCPData@HLSHDCPLevel</c>, where the request asks for HDCPData (v2.1).</summary>
    public string? HlsHdcpLevel { get; init; }

    /// <summary><c>HDCPOutputProtectionData</c>, where the request asks for it (v2.1).</summary>
    public byte[]? HdcpOutputProtectionData { get; init; }
}

/// <summary>The signalling of one key for one system. What is null does not exist for the system: the element is taken out.</summary>
public sealed record SpekeSignals
{
    /// <summary>A whole <c>pssh</c> box.</summary>
    public byte[]? Pssh { get; init; }

    /// <summary>The XML fragment for DASH, as UTF-8.</summary>
    public byte[]? ContentProtectionData { get; init; }

    /// <summary>The attributes of EXT-X-KEY without the tag: <c>METHOD=SAMPLE-AES,URI="…"</c>.</summary>
    public string? HlsAttributes { get; init; }

    /// <summary>The PlayReady Object, as Smooth Streaming and <c>speke:ProtectionHeader</c> carry it.</summary>
    public byte[]? PlayReadyObject { get; init; }

    /// <summary>v1: the URI for EXT-X-KEY.</summary>
    public string? KeyUri { get; init; }

    /// <summary>v1: KEYFORMAT, for example <c>com.apple.streamingkeydelivery</c>.</summary>
    public string? KeyFormat { get; init; }

    /// <summary>v1: KEYFORMATVERSIONS, for example <c>1</c>.</summary>
    public string? KeyFormatVersions { get; init; }

    /// <summary><c>ContentProtectionData@robustness</c>, where the request asks for it (v2.1).</summary>
    public string? Robustness { get; init; }

    /// <summary><c>DRMSystem@HLSAllowedCPC</c>, where the request asks for it (v2.1).</summary>
    public string? HlsAllowedCpc { get; init; }
}
