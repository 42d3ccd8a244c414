using System.Text.Json;
using System.Text.Json.Serialization;
using DrmHub.Sandbox.Devices.FairPlay;
using DrmHub.Sandbox.Wire;

namespace DrmHub.Sandbox.LicenseServices.FairPlay;

/// <summary>What a caller of <c>create-ckc</c> gives with an SPC: the key, and the rules of its use. Members that are not known refuse the request.</summary>
internal sealed record KsmAsset
{
    public static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.KebabCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        MaxDepth = 12,
    };

    /// <summary>32 hex digits.</summary>
    public string? ContentKey { get; init; }

    /// <summary>32 hex digits.</summary>
    public string? ContentIv { get; init; }

    public string? EncryptionScheme { get; init; }

    /// <summary>-1 none, 0 type 0, 1 type 1; absent is type 0.</summary>
    public int? HdcpType { get; init; }

    /// <summary>Seconds.</summary>
    public uint? LeaseDuration { get; init; }

    public KsmOffline? OfflineHls { get; init; }

    /// <summary><c>uhd</c>, <c>hd</c>, <c>sd</c>, <c>audio</c>; absent asks for nothing.</summary>
    public string? ContentType { get; init; }

    /// <exception cref="SandboxException">Values out of range, or rules that the device cannot keep (-42604).</exception>
    public void CheckFor(SpcRequest spc)
    {
        if (!IsHex(ContentKey) || !IsHex(ContentIv)) throw Wrong("content-key and content-iv have 32 hex digits each");
        if (EncryptionScheme is not (null or "cbcs" or "cbc-ts" or "cbc1" or "cenc-v1" or "cenc-v2")) throw Wrong("encryption-scheme is unknown");
        if (HdcpType is not (null or -1 or 0 or 1)) throw Wrong("hdcp-type is none of -1, 0, 1");
        if (LeaseDuration is not null && OfflineHls is not null) throw Wrong("a lease and an offline key exclude one another");
        if (OfflineHls is { } offline) CheckOffline(offline, spc);
        if (ContentType is not (null or "uhd" or "hd" or "sd" or "audio")) throw Wrong("content-type is unknown");
        if (ContentType == "uhd" && HdcpType != 1) throw Wrong("uhd needs hdcp-type 1");
        if (ContentType == "hd" && HdcpType == -1) throw Wrong("hd needs HDCP");
        if (HdcpType == 1 && (spc.Capabilities & FairPlayTags.CapabilityHdcpType1) == 0) throw Level("The device cannot keep HDCP type 1.");
        if (spc.Level < Needed) throw Level("The device's security level is too low for this content.");
    }

    /// <summary>Main for UHD, Baseline for HD; SD and sound also go to devices that report no level, because older ones report none.</summary>
    public FairPlayLevel Needed => ContentType switch { "uhd" => FairPlayLevel.Main, "hd" => FairPlayLevel.Baseline, _ => FairPlayLevel.Old };

    private static void CheckOffline(KsmOffline offline, SpcRequest spc)
    {
        if (!IsHex(offline.StreamId)) throw Wrong("offline-hls names a stream-id of 32 hex digits");
        if (offline.TitleId is not null && !IsHex(offline.TitleId)) throw Wrong("title-id has 32 hex digits");
        if (!spc.HasPlaybackState) throw Wrong("a key to keep needs a playback state in the SPC");
    }

    private static bool IsHex(string? text) => text is { Length: 32 } && text.All(char.IsAsciiHexDigit);

    private static SandboxException Wrong(string what) => new(SandboxFailure.Policy, $"The asset-info is wrong: {what}.", "-42581");

    private static SandboxException Level(string message) => new(SandboxFailure.Policy, message, "-42604");
}

/// <summary>Rules of a key that a device keeps. Seconds; absent or 0 is without limit.</summary>
internal sealed record KsmOffline
{
    /// <summary>32 hex digits: the stream.</summary>
    public string? StreamId { get; init; }

    /// <summary>32 hex digits: the title, the same for all of its streams.</summary>
    public string? TitleId { get; init; }

    /// <summary>From now until playback has to begin.</summary>
    public uint RentalDuration { get; init; }

    /// <summary>From the first playback.</summary>
    public uint PlaybackDuration { get; init; }
}
