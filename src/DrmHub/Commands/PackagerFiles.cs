using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DrmHub.KeyService.Cpix;
using DrmHub.Vault.Keys.Packagers;

namespace DrmHub.Host.Commands;

/// <summary>Certificates and public keys from files, judged before they are registered.</summary>
internal static class PackagerFiles
{
    private const int MinRsaBits = 2048;

    /// <returns>DER of a certificate that keys may be encrypted to.</returns>
    public static byte[] ReadRecipient(string file)
    {
        using var certificate = X509CertificateLoader.LoadCertificateFromFile(file);
        try
        {
            CpixCertificatePolicy.Default.Check(certificate);
        }
        catch (CpixException exception)
        {
            throw new ArgumentException($"{file}: {exception.Message}", exception);
        }

        return certificate.RawData;
    }

    /// <returns>SubjectPublicKeyInfo in DER for the kinds that bring one; null for the others.</returns>
    public static byte[]? ReadPublicKey(CredentialKind kind, string? file)
    {
        if (kind is not (CredentialKind.Certificate or CredentialKind.RsaSigner))
            return file is null ? null : throw new ArgumentException($"--public-key does not go with {kind.ToName()}.");
        if (file is null) throw new ArgumentException($"--public-key is needed for {kind.ToName()}.");
        if (kind == CredentialKind.Certificate)
        {
            using var certificate = X509CertificateLoader.LoadCertificateFromFile(file);
            return certificate.PublicKey.ExportSubjectPublicKeyInfo();
        }

        using var rsa = RSA.Create();
        rsa.ImportFromPem(File.ReadAllText(file));
        if (rsa.KeySize < MinRsaBits) throw new ArgumentException($"{file}: an RSA key has at least {MinRsaBits} bits.");
        return rsa.ExportSubjectPublicKeyInfo();
    }
}
