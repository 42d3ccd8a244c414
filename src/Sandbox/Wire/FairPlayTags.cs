namespace DrmHub.Sandbox.Wire;

/// <summary>Tags and values of FairPlay's TLLV blocks, as public sources name them.</summary>
internal static class FairPlayTags
{
    public const ulong SessionKeyR1 = 0x3d1a10b8bffac2ec;
    public const ulong Integrity = 0xb349d4809e910687;
    public const ulong AntiReplaySeed = 0x89c90f12204106b2;
    public const ulong R2 = 0x71b5595ac1521133;
    public const ulong ReturnRequest = 0x19f9d4e5ab7609cb;
    public const ulong AssetId = 0x1bf7f53f5d5d5a1f;
    public const ulong TransactionId = 0x47aa7ad3440577de;
    public const ulong VersionUsed = 0x5d81bcbcc7f61703;
    public const ulong VersionsSupported = 0x67b8fb79ecce1a13;
    public const ulong StreamingIndicator = 0xabb0256a31843974;
    public const ulong PlaybackState = 0xeb8efdf2b25ab3a0;
    public const ulong Capabilities = 0x9c02af3253c07fb2;
    public const ulong SecurityLevelReport = 0xb18ee16ea50f6c02;
    public const ulong DeviceInfo = 0xd43fc6abc596aae7;

    public const ulong EncryptedContentKey = 0x58b38165af0e3d5a;
    public const ulong R1 = 0xea74c4645d5efee9;
    public const ulong KeyDuration = 0x47acf6a418cd091a;
    public const ulong Hdcp = 0x2e52f1530d8ddb4a;
    public const ulong OfflineKey = 0x6375d9727060218c;
    public const ulong RequiredLevel = 0x644cb1dac0313250;

    public const ulong LevelAudio = 0x17d99d574eed567d;
    public const ulong LevelBaseline = 0x32f0004966a5c4f8;
    public const ulong LevelMain = 0x4e7fd92421d588b4;

    public const ulong HdcpNone = 0xef72894ca7895b78;
    public const ulong HdcpType0 = 0x40791ac78bd5c571;
    public const ulong HdcpType1 = 0x285a0863bba8e1d3;

    public const uint DurationLease = 0x1a4bde7e;
    public const uint DurationRental = 0x3dfe45a0;
    public const uint DurationLeaseAndRental = 0x27b59bde;
    public const uint DurationPersist = 0x3df2d9fb;
    public const uint DurationPersistAndLimit = 0x18f06048;
    public const uint DurationReserved = 0x86d34a3a;

    public const uint StateReady = 0xf4dee5a2;
    public const uint StateLeaseExpiring = 0x4f834330;

    public const ulong DeviceIos = 0x8551fd5e31f479b3;

    public const ulong CapabilityHdcpType1 = 1UL << 0;
    public const ulong CapabilityOffline = 1UL << 1;
    public const ulong CapabilityOfflineV2 = 1UL << 3;
    public const ulong CapabilityBaseline = 1UL << 4;
    public const ulong CapabilityMain = 1UL << 5;

    /// <summary>Kernel extension deny list that current devices report.</summary>
    public const uint DenyListVersion = 40;

    /// <summary>What every SPC has to carry.</summary>
    public static readonly ulong[] Required = [SessionKeyR1, Integrity, AntiReplaySeed, R2, ReturnRequest, AssetId, TransactionId, VersionUsed, VersionsSupported];
}
