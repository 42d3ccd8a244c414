namespace DrmHub.LicenseProxy.Systems.FairPlay.Wire;

/// <summary>Tags of the elements that a content key context (CKC) carries, and the magic numbers inside them.</summary>
internal static class CkcTags
{
    /// <summary>IV (16) and the content key under the session key (16).</summary>
    public const ulong ContentKey = 0x58b38165af0e3d5a;

    /// <summary>44 bytes of the session block, back to the device that made them.</summary>
    public const ulong R1 = 0xea74c4645d5efee9;

    /// <summary>Lease (4), rental (4), type (4), <see cref="DurationReserved"/> (4).</summary>
    public const ulong Duration = 0x47acf6a418cd091a;

    /// <summary>Requirement (8) and 8 random bytes.</summary>
    public const ulong Hdcp = 0x2e52f1530d8ddb4a;

    /// <summary>Version (4), reserved (4), content id (16), storage (4), playback (4); version 2 adds a title id (16).</summary>
    public const ulong OfflineKey = 0x6375d9727060218c;

    /// <summary>Version 1 (4), reserved (4), level (8).</summary>
    public const ulong RequiredLevel = 0x644cb1dac0313250;

    public const uint DurationReserved = 0x86d34a3a;

    public const uint TypeLease = 0x1a4bde7e;
    public const uint TypeRental = 0x3dfe45a0;
    public const uint TypeLeaseAndRental = 0x27b59bde;
    public const uint TypePersist = 0x3df2d9fb;
    public const uint TypePersistWithLimit = 0x18f06048;

    public const ulong HdcpNone = 0xef72894ca7895b78;
    public const ulong HdcpType0 = 0x40791ac78bd5c571;
    public const ulong HdcpType1 = 0x285a0863bba8e1d3;

    public const ulong LevelAudio = 0x17d99d574eed567d;
    public const ulong LevelBaseline = 0x32f0004966a5c4f8;
    public const ulong LevelMain = 0x4e7fd92421d588b4;
}
