using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace DrmHub.KeyService.Tests.Cpix;

/// <summary>Certificates made for the tests: RSA of 2048 bits with SHA-256 unless a test asks for worse.</summary>
internal static class TestCertificates
{
    public static readonly X509Certificate2 A = Make("CN=Recipient A");
    public static readonly X509Certificate2 B = Make("CN=Recipient B");
    public static readonly X509Certificate2 Signer = Make("CN=Signer");

    public static X509Certificate2 Make(string subject, int bits = 2048, string hash = "SHA256", bool pss = false)
    {
        using var rsa = RSA.Create(bits);
        var padding = pss ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1;
        var request = new CertificateRequest(subject, rsa, new HashAlgorithmName(hash), padding);
        return request.CreateSelfSigned(new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2049, 1, 1, 0, 0, 0, TimeSpan.Zero));
    }

    public static X509Certificate2 WithoutKey(X509Certificate2 certificate) => X509CertificateLoader.LoadCertificate(certificate.RawData);

    /// <summary>A certificate whose signature algorithm is whatever the DER says: the framework itself no longer signs with SHA-1.</summary>
    public static X509Certificate2 MakeSignedWith(byte[] algorithmIdentifier)
    {
        using var rsa = RSA.Create(2048);
        var name = new X500DistinguishedName("CN=x");
        var request = new CertificateRequest(name, rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return request.Create(name, new OddGenerator(rsa, algorithmIdentifier), DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(90), [1]);
    }

    private sealed class OddGenerator(RSA rsa, byte[] algorithmIdentifier) : X509SignatureGenerator
    {
        private readonly X509SignatureGenerator _inner = CreateForRSA(rsa, RSASignaturePadding.Pkcs1);

        public override byte[] GetSignatureAlgorithmIdentifier(HashAlgorithmName hashAlgorithm) => algorithmIdentifier;

        public override byte[] SignData(byte[] data, HashAlgorithmName hashAlgorithm) => _inner.SignData(data, hashAlgorithm);

        protected override PublicKey BuildPublicKey() => _inner.PublicKey;
    }
}
