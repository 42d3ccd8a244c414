using System.Runtime.Intrinsics;

namespace DrmHub.Cenc.Encryption.Ciphers;

/// <summary>
/// One processor family's AES-128 in pieces that <see cref="InstructionAesEngine{T}"/> puts together: whitening, nine rounds with the
/// keys that <see cref="RoundKey"/> names, and the end. An implementer is a struct of static methods, each a few instructions and inlined,
/// so that eight blocks stay in registers.
/// </summary>
internal interface IAesInstructions
{
    static abstract AesEngineKind Kind { get; }

    static abstract bool IsSupported { get; }

    /// <summary>What is added to a block before the first round: the first round key, or zero where the round itself adds its key first.</summary>
    static abstract Vector128<byte> Whitening(ref Vector128<byte> keys);

    /// <summary>The key of round 1 to 9.</summary>
    static abstract Vector128<byte> RoundKey(ref Vector128<byte> keys, int round);

    static abstract Vector128<byte> Encrypt(Vector128<byte> block, Vector128<byte> roundKey);

    static abstract Vector128<byte> Decrypt(Vector128<byte> block, Vector128<byte> roundKey);

    /// <summary>The tenth round, which adds <paramref name="lastKey"/> at its very end: the caller may have added more to it.</summary>
    static abstract Vector128<byte> EndEncrypt(Vector128<byte> block, ref Vector128<byte> keys, Vector128<byte> lastKey);

    /// <inheritdoc cref="EndEncrypt"/>
    static abstract Vector128<byte> EndDecrypt(Vector128<byte> block, ref Vector128<byte> keys, Vector128<byte> lastKey);

    static abstract Vector128<byte> InverseMixColumns(Vector128<byte> roundKey);

    /// <summary>The S-box on each byte of a word.</summary>
    static abstract uint SubstituteWord(uint word);
}
