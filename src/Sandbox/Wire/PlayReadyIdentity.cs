using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using DrmHub.Sandbox.Devices.PlayReady;
using DrmHub.Sandbox.Identities;

namespace DrmHub.Sandbox.Wire;

/// <summary>
/// Device certificates of the sandbox. PlayReady's own certificate and licence formats are not public, so these are X.509 certificates on P-256
/// under the sandbox's root, with the security level in an extension. A proxy sees none of it: it travels encrypted for the service.
/// </summary>
internal static class PlayReadyIdentity
{
    private const string LevelExtension = "2.999.1"; // the arc for examples (ITU-T X.660)

    public static X509Certificate2 Issue(PlayReadyLevel level, string name, ECDsa key)
    {
        using var root = SandboxIdentities.PlayReadyRoot();
        var request = new CertificateRequest(new X500DistinguishedName($"CN={Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, 16))}"), key, HashAlgorithmName.SHA256);
        var writer = new AsnWriter(AsnEncodingRules.DER);
        writer.WriteInteger((int)level);
        request.CertificateExtensions.Add(new X509Extension(LevelExtension, writer.Encode(), critical: true));
        return request.Create(root.SubjectName, X509SignatureGenerator.CreateForECDsa(root.GetECDsaPrivateKey()!), root.NotBefore, root.NotAfter, RandomNumberGenerator.GetBytes(8));
    }

    /// <returns>The certificate, which the caller disposes, and its level.</returns>
    /// <exception cref="SandboxException">Not a certificate of the sandbox's root.</exception>
    public static (X509Certificate2 Certificate, PlayReadyLevel Level) Verify(byte[] der)
    {
        X509Certificate2? certificate = null;
        try
        {
            certificate = X509CertificateLoader.LoadCertificate(der);
            using var root = SandboxIdentities.PlayReadyRoot();
            using var key = root.GetECDsaPublicKey()!;
            var level = new AsnReader(certificate.Extensions[LevelExtension]?.RawData ?? throw new CryptographicException(), AsnEncodingRules.DER).ReadInteger();
            if (!certificate.IssuerName.RawData.AsSpan().SequenceEqual(root.SubjectName.RawData) || !IsSigned(certificate, key) || !Enum.IsDefined((PlayReadyLevel)(int)level))
                throw new CryptographicException();
            return (certificate, (PlayReadyLevel)(int)level);
        }
        catch (Exception exception) when (exception is CryptographicException or AsnContentException or OverflowException or NotSupportedException)
        {
            certificate?.Dispose();
            throw new SandboxException(SandboxFailure.Certificate, "The device certificate is none of the sandbox.", "0x8004c600");
        }
    }

    private static bool IsSigned(X509Certificate2 certificate, ECDsa issuer)
    {
        var outer = new AsnReader(certificate.RawDataMemory, AsnEncodingRules.DER).ReadSequence();
        var signed = outer.ReadEncodedValue();
        outer.ReadSequence();
        var signature = outer.ReadBitString(out _);
        return issuer.VerifyData(signed.Span, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
    }
}
