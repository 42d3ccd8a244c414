using System.Security.Cryptography;

namespace DrmHub.Sandbox.Wire;

/// <summary>
/// How the sandbox encrypts for a P-256 key: an ephemeral key, ECDH, SHA-256 of the shared secret, AES-128-CBC with a random IV in front.
/// PlayReady's own way is not public; the place in the message is the same.
/// </summary>
internal static class PlayReadySeal
{
    private const int IvSize = 16;

    /// <returns>The ephemeral public key (SubjectPublicKeyInfo), and IV with ciphertext.</returns>
    public static (byte[] Ephemeral, byte[] Sealed) Seal(ECDiffieHellmanPublicKey recipient, byte[] clear)
    {
        using var ephemeral = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        using var aes = Aes.Create();
        aes.SetKey(ephemeral.DeriveKeyFromHash(recipient, HashAlgorithmName.SHA256).AsSpan(0, 16));
        var iv = RandomNumberGenerator.GetBytes(IvSize);
        return (ephemeral.ExportSubjectPublicKeyInfo(), [.. iv, .. aes.EncryptCbc(clear, iv)]);
    }

    /// <exception cref="SandboxException">Not sealed for this key.</exception>
    public static byte[] Open(ECDiffieHellman recipient, byte[] ephemeral, byte[] sealedBytes)
    {
        try
        {
            using var other = ECDiffieHellman.Create();
            other.ImportSubjectPublicKeyInfo(ephemeral, out _);
            using var aes = Aes.Create();
            aes.SetKey(recipient.DeriveKeyFromHash(other.PublicKey, HashAlgorithmName.SHA256).AsSpan(0, 16));
            return aes.DecryptCbc(sealedBytes.AsSpan(Math.Min(IvSize, sealedBytes.Length)), sealedBytes.AsSpan(0, Math.Min(IvSize, sealedBytes.Length)));
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException or NotSupportedException)
        {
            throw new SandboxException(SandboxFailure.Signature, "What should be encrypted for this key is not.", "0x8004c600");
        }
    }
}
