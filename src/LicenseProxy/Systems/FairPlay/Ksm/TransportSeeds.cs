using System.Security.Cryptography;
using DrmHub.LicenseProxy.Systems.FairPlay.Wire;

namespace DrmHub.LicenseProxy.Systems.FairPlay.Ksm;

/// <summary>
/// The three 16-byte constants of Apple's server software that turn the master key of an SPC of version 3 into its cipher key, IV and
/// integrity key: each is the seed enciphered with AES-ECB under the master key. The operator takes them from the licensed software.
/// </summary>
internal sealed record TransportSeeds(byte[] Key, byte[] Iv, byte[] Integrity)
{
    /// <summary>Checks the code over the container and deciphers its payload.</summary>
    /// <exception cref="FairPlayException">Integrity.</exception>
    public byte[] Open(SpcContainer container, ReadOnlySpan<byte> masterKey)
    {
        using var aes = Aes.Create();
        aes.SetKey(masterKey);
        Span<byte> derived = stackalloc byte[16];
        Span<byte> code = stackalloc byte[16];
        aes.EncryptEcb(Integrity, derived, PaddingMode.None);
        AesCmac.Compute(derived, container.Authenticated.Span, code);
        if (!CryptographicOperations.FixedTimeEquals(code, container.Mac.Span)) throw new FairPlayException(FairPlayStatus.Integrity, "The SPC was changed on its way.");

        Span<byte> iv = stackalloc byte[16];
        aes.EncryptEcb(Iv, iv, PaddingMode.None);
        aes.EncryptEcb(Key, derived, PaddingMode.None);
        aes.SetKey(derived);
        var payload = aes.DecryptCbc(container.Payload.Span, iv, PaddingMode.None);
        CryptographicOperations.ZeroMemory(derived);
        return payload;
    }
}
