namespace DrmHub.Cenc.Encryption;

/// <summary>
/// How many 16-byte blocks of a protected range are encrypted, then skipped, in turn (ISO/IEC 23001-7, 9.6): each 0 to 15.
/// 0:0 and n:0 encrypt every whole block.
/// </summary>
public readonly record struct EncryptionPattern(byte CryptBlocks, byte SkipBlocks)
{
    /// <summary>1:9, the pattern that players support everywhere; for video in cens and cbcs.</summary>
    public static readonly EncryptionPattern Video = new(1, 9);

    /// <summary>0:0, every whole block; for audio.</summary>
    public static readonly EncryptionPattern EveryBlock;
}
