using System.Security.Cryptography;

namespace DrmHub.Cenc.Pssh;

/// <summary>The <c>ALGID</c> of a key in a PlayReady header.</summary>
public enum WrmAlgorithm
{
    /// <summary>AESCTR: the schemes cenc and cens.</summary>
    AesCtr,

    /// <summary>AESCBC: the schemes cbc1 and cbcs; from header version 4.3 (PlayReady 4) on.</summary>
    AesCbc,

    /// <summary>COCKTAIL: content of the older Windows Media DRM.</summary>
    Cocktail,
}

/// <summary>
/// A key as a PlayReady header names it: key id, algorithm, and a checksum that lets a client notice a wrong key
/// (Microsoft, "PlayReady Header Specification", 5). Never the key itself.
/// </summary>
public sealed class WrmKey
{
    private readonly byte[] _checksum;

    /// <param name="keyId">The key id, in our usual big-endian order.</param>
    /// <param name="algorithm">May be missing in a header of version 4.3 only.</param>
    /// <param name="checksum">8 bytes for AESCTR, 7 for COCKTAIL, none for AESCBC; empty for "not given".</param>
    /// <exception cref="ArgumentException">A checksum of another size, or one where none may be.</exception>
    public WrmKey(KeyId keyId, WrmAlgorithm? algorithm, ReadOnlySpan<byte> checksum = default)
    {
        if (!checksum.IsEmpty && checksum.Length != ChecksumSize(algorithm))
        {
            throw new ArgumentException($"A checksum of {checksum.Length} bytes does not fit the algorithm.", nameof(checksum));
        }

        KeyId = keyId;
        Algorithm = algorithm;
        _checksum = checksum.ToArray();
    }

    public KeyId KeyId { get; }

    public WrmAlgorithm? Algorithm { get; }

    /// <summary>Empty where the header gives none.</summary>
    public ReadOnlyMemory<byte> Checksum => _checksum;

    /// <summary>Names the key with the algorithm of its scheme, and with a checksum where there is one (AESCTR).</summary>
    /// <param name="keyId">The key id.</param>
    /// <param name="scheme">The scheme that the content is protected with.</param>
    /// <param name="key">Null where the key is not at hand: then there is no checksum.</param>
    public static WrmKey ForScheme(KeyId keyId, ProtectionScheme scheme, ContentKey? key = null) => scheme.IsCounterMode()
        ? new WrmKey(keyId, WrmAlgorithm.AesCtr, key is null ? default : ComputeChecksum(WrmAlgorithm.AesCtr, keyId, key.Bytes))
        : new WrmKey(keyId, WrmAlgorithm.AesCbc);

    /// <summary>
    /// AESCTR: the first 8 bytes of AES-ECB(key, key id in PlayReady order). COCKTAIL: the key in a buffer of 21 bytes filled
    /// up with zeros, hashed five times with SHA-1, the first 7 bytes.
    /// </summary>
    /// <exception cref="ArgumentException">AESCBC, which has no checksum, or a key of a wrong size.</exception>
    public static byte[] ComputeChecksum(WrmAlgorithm algorithm, KeyId keyId, ReadOnlySpan<byte> key)
    {
        switch (algorithm)
        {
            case WrmAlgorithm.AesCtr:
                if (key.Length != ContentKey.Size) throw new ArgumentException("An AESCTR key has 16 bytes.", nameof(key));
                using (var aes = Aes.Create())
                {
                    aes.SetKey(key);
                    return aes.EncryptEcb(keyId.ToPlayReadyBytes(), PaddingMode.None)[..8];
                }

            case WrmAlgorithm.Cocktail:
                if (key.Length is 0 or > 21) throw new ArgumentException("A COCKTAIL key has 1 to 21 bytes.", nameof(key));
                var buffer = new byte[21];
                key.CopyTo(buffer);
                for (var i = 0; i < 5; i++) buffer = SHA1.HashData(buffer);
                return buffer[..7];

            default:
                throw new ArgumentException("AESCBC keys have no checksum.", nameof(algorithm));
        }
    }

    internal static int ChecksumSize(WrmAlgorithm? algorithm) => algorithm switch
    {
        WrmAlgorithm.AesCbc => -1,
        WrmAlgorithm.Cocktail => 7,
        _ => 8,
    };
}
