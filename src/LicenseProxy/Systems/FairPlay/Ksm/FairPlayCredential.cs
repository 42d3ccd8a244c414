using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DrmHub.LicenseProxy.Systems.FairPlay.Wire;

namespace DrmHub.LicenseProxy.Systems.FairPlay.Ksm;

/// <summary>One certificate of the operator with its private key and application secret key (ASk). Zeroes the secrets when disposed.</summary>
internal sealed class FairPlayCredential : IDisposable
{
    private const int AesKeySize = 16;

    private readonly RSA _privateKey;
    private readonly byte[] _sha1;
    private readonly byte[] _sha256;
    private readonly byte[] _applicationSecret;

    /// <param name="certificate">DER.</param>
    /// <param name="privateKey">Taken over.</param>
    /// <param name="applicationSecret">16 bytes, taken over; or empty where the D-Function has it itself.</param>
    /// <exception cref="ArgumentException">The parts do not belong together.</exception>
    public FairPlayCredential(byte[] certificate, RSA privateKey, byte[] applicationSecret)
    {
        if (applicationSecret.Length is not (0 or AesKeySize)) throw new ArgumentException("A FairPlay application secret key has 16 bytes.");
        if (!Certifies(certificate, privateKey)) throw new ArgumentException("The FairPlay certificate is not of this private key.");
        Certificate = certificate;
        _privateKey = privateKey;
        _sha1 = SHA1.HashData(certificate);
        _sha256 = SHA256.HashData(certificate);
        _applicationSecret = applicationSecret;
    }

    /// <summary>DER, as devices get it.</summary>
    public byte[] Certificate { get; }

    public ReadOnlyMemory<byte> ApplicationSecret => _applicationSecret;

    public bool IsFor(SpcContainer container)
    {
        var hash = container.CertificateHash.Span;
        return hash.SequenceEqual(container.Version == 3 ? _sha256 : _sha1);
    }

    /// <summary>
    /// Unwraps the 16-byte key of an SPC. Version 1 wraps with OAEP over SHA-1. For the later versions public sources name SHA-256, and some
    /// still SHA-1: both are tried, the padding proves which it was.
    /// </summary>
    /// <exception cref="FairPlayException">Certificate: it was wrapped for another key, or changed.</exception>
    public byte[] Unwrap(SpcContainer container)
    {
        var found = container.Version > 1 ? TryUnwrap(container, RSAEncryptionPadding.OaepSHA256) : null;
        return found ?? TryUnwrap(container, RSAEncryptionPadding.OaepSHA1) ?? throw new FairPlayException(FairPlayStatus.Certificate, "The SPC was not made for this certificate.");
    }

    public void Dispose()
    {
        _privateKey.Dispose();
        CryptographicOperations.ZeroMemory(_applicationSecret);
    }

    private byte[]? TryUnwrap(SpcContainer container, RSAEncryptionPadding padding)
    {
        if (container.WrappedKey.Length * 8 != _privateKey.KeySize) return null;
        Span<byte> unwrapped = stackalloc byte[256];
        try
        {
            var length = _privateKey.Decrypt(container.WrappedKey.Span, unwrapped, padding);
            return length >= AesKeySize ? unwrapped[..AesKeySize].ToArray() : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(unwrapped);
        }
    }

    private static bool Certifies(byte[] certificate, RSA privateKey)
    {
        try
        {
            using var parsed = X509CertificateLoader.LoadCertificate(certificate);
            using var publicKey = parsed.GetRSAPublicKey();
            if (publicKey is null) return false;
            var (ours, theirs) = (privateKey.ExportParameters(includePrivateParameters: false), publicKey.ExportParameters(includePrivateParameters: false));
            return ours.Modulus.AsSpan().SequenceEqual(theirs.Modulus) && ours.Exponent.AsSpan().SequenceEqual(theirs.Exponent);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
