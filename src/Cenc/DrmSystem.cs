namespace DrmHub.Cenc;

/// <summary>A DRM system that content is signalled for.</summary>
public enum DrmSystem
{
    Widevine,
    PlayReady,
    FairPlay,

    /// <summary>W3C Clear Key (EME), signalled by DASH-IF's Clear Key id or the common pssh.</summary>
    ClearKey,

    /// <summary>HLS whole-segment AES-128.</summary>
    Aes128,
}

/// <summary>The registered system ids (DASH-IF content protection registry).</summary>
public static class DrmSystemIds
{
    public static readonly Guid Widevine = new("edef8ba9-79d6-4ace-a3c8-27dcd51d21ed");
    public static readonly Guid PlayReady = new("9a04f079-9840-4286-ab92-e65be0885f95");
    public static readonly Guid FairPlay = new("94ce86fb-07ff-4f43-adb8-93d2fa968ca2");

    /// <summary>Some packagers write this id for FairPlay: accepted on read, never written.</summary>
    public static readonly Guid FairPlayAlternate = new("29701fe4-3cc7-4a34-8c5b-ae90c7439a47");

    /// <summary>The W3C common pssh: key ids only, no data.</summary>
    public static readonly Guid Common = new("1077efec-c0b2-4d02-ace3-3c1e52e2fb4b");

    /// <summary>DASH-IF Clear Key, for <c>ContentProtection</c>.</summary>
    public static readonly Guid DashClearKey = new("e2719d58-a985-b3c9-781a-b030af78d30e");

    /// <summary>HLS AES-128 in SPEKE v2.</summary>
    public static readonly Guid Aes128 = new("3ea8778f-7742-4bf9-b18b-e834b2acbd47");

    /// <summary>An older, unofficial id for HLS AES-128: accepted on read.</summary>
    public static readonly Guid Aes128Alternate = new("81376844-f976-481e-a84e-cc25d39b0b33");

    public static DrmSystem? ToSystem(Guid systemId) => systemId switch
    {
        _ when systemId == Widevine => DrmSystem.Widevine,
        _ when systemId == PlayReady => DrmSystem.PlayReady,
        _ when systemId == FairPlay || systemId == FairPlayAlternate => DrmSystem.FairPlay,
        _ when systemId == Common || systemId == DashClearKey => DrmSystem.ClearKey,
        _ when systemId == Aes128 || systemId == Aes128Alternate => DrmSystem.Aes128,
        _ => null,
    };
}
