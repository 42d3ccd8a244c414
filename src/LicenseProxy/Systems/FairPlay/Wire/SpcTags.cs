namespace DrmHub.LicenseProxy.Systems.FairPlay.Wire;

/// <summary>Tags of the elements that a server playback context (SPC) carries.</summary>
internal static class SpcTags
{
    /// <summary>112 bytes: IV, and the session block under the derived application secret key.</summary>
    public const ulong SessionBlock = 0x3d1a10b8bffac2ec;

    /// <summary>The session block of version 3, which only Apple's own library opens.</summary>
    public const ulong SessionBlockV3 = 0x697af6213858562f;

    /// <summary>16 bytes that the session block repeats inside.</summary>
    public const ulong Integrity = 0xb349d4809e910687;

    /// <summary>16 bytes.</summary>
    public const ulong AntiReplaySeed = 0x89c90f12204106b2;

    /// <summary>21 bytes, input of the D-Function.</summary>
    public const ulong R2 = 0x71b5595ac1521133;
    public const ulong R2V3 = 0xdb30b89dcb5834b3;

    /// <summary>A list of 8-byte tags.</summary>
    public const ulong ReturnRequest = 0x19f9d4e5ab7609cb;

    /// <summary>2 to 200 bytes, as the application passed them.</summary>
    public const ulong AssetId = 0x1bf7f53f5d5d5a1f;

    /// <summary>8 bytes.</summary>
    public const ulong TransactionId = 0x47aa7ad3440577de;

    /// <summary>4 bytes.</summary>
    public const ulong VersionUsed = 0x5d81bcbcc7f61703;

    /// <summary>4 bytes each.</summary>
    public const ulong VersionsSupported = 0x67b8fb79ecce1a13;

    /// <summary>8 bytes.</summary>
    public const ulong StreamingIndicator = 0xabb0256a31843974;

    /// <summary>Date (4), state (4), session (8).</summary>
    public const ulong PlaybackState = 0xeb8efdf2b25ab3a0;

    /// <summary>16 bytes, the low eight a bit field.</summary>
    public const ulong Capabilities = 0x9c02af3253c07fb2;

    /// <summary>Version (4), reserved (4), level (8), kernel extension deny list (4).</summary>
    public const ulong SecurityLevelReport = 0xb18ee16ea50f6c02;

    /// <summary>Device type (8), operating system version (4).</summary>
    public const ulong DeviceInfo = 0xd43fc6abc596aae7;

    /// <summary>Begins with a device class (4).</summary>
    public const ulong DeviceIdentity = 0x94c17cd676c69b59;

    /// <summary>Version of the kernel extension deny list.</summary>
    public const ulong DenyList = 0x70eca6573388e329;

    public const ulong KeyFormats = 0x8d8e84fa6cc35eb7;
    public const ulong OfflineSync = 0x77966de1dc1083ad;
    public const ulong VirtualMachine = 0x756440e240499f70;

    /// <summary>Tags that mean something here, none of which may come twice.</summary>
    public static bool IsKnown(ulong tag) => tag is SessionBlock or SessionBlockV3 or Integrity or AntiReplaySeed or R2 or R2V3 or ReturnRequest or AssetId
        or TransactionId or VersionUsed or VersionsSupported or StreamingIndicator or PlaybackState or Capabilities or SecurityLevelReport or DeviceInfo
        or DeviceIdentity or DenyList or KeyFormats or OfflineSync or VirtualMachine;
}
