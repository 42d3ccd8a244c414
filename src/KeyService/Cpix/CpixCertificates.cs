using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace DrmHub.KeyService.Cpix;

/// <summary>Which certificates may receive keys or sign documents.</summary>
public sealed record CpixCertificatePolicy
{
    public static CpixCertificatePolicy Default { get; } = new();

    /// <summary>Bits of the RSA modulus. CPIX asks for 3072, SPEKE hands out 2048. Default 2048, which is also the least.</summary>
    public int MinRsaBits
    {
        get;
        init => field = value is >= 2048 and <= 16384 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "Must be from 2048 to 16384.");
    } = 2048;

    /// <summary>The instant at which the certificate must be valid; null (default) does not ask.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>Asks this policy about a recipient's certificate.</summary>
    /// <exception cref="CpixException">The policy refuses the certificate.</exception>
    public void Check(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        CpixCertificates.Judge(certificate, this).Dispose();
    }
}

/// <summary>Loading and judging of certificates.</summary>
internal static class CpixCertificates
{
    private const string RsaPss = "1.2.840.113549.1.1.10";

    // An allow list: SHA-1, MD5 and everything unknown fall outside of it.
    private static readonly HashSet<string> GoodSignatures =
    [
        "1.2.840.113549.1.1.11", "1.2.840.113549.1.1.12", "1.2.840.113549.1.1.13", // RSA with SHA-256, SHA-384, SHA-512
        "1.2.840.10045.4.3.2", "1.2.840.10045.4.3.3", "1.2.840.10045.4.3.4", // ECDSA with the same, by an issuer
    ];

    private static readonly HashSet<string> GoodHashes = ["2.16.840.1.101.3.4.2.1", "2.16.840.1.101.3.4.2.2", "2.16.840.1.101.3.4.2.3"];

    public static X509Certificate2 Load(byte[] bytes) => Guard(() => X509CertificateLoader.LoadCertificate(bytes));

    /// <summary>The framework parses parts of a certificate only when they are asked for, and throws only then.</summary>
    public static T Guard<T>(Func<T> use)
    {
        try
        {
            return use();
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or FormatException)
        {
            throw new CpixException(CpixCodes.Certificate, "X509Certificate holds no usable certificate.", e);
        }
    }

    /// <summary>The RSA key of a certificate that passes the policy; the caller disposes it.</summary>
    public static RSA Judge(X509Certificate2 certificate, CpixCertificatePolicy policy)
    {
        var rsa = GetKey(certificate);
        try
        {
            Facts.Of(certificate, rsa).Judge(policy);
            return rsa!;
        }
        catch
        {
            rsa?.Dispose();
            throw;
        }
    }

    public static RSA? GetKey(X509Certificate2 certificate) => Guard(certificate.GetRSAPublicKey);

    /// <summary>What a policy asks about a certificate.</summary>
    public sealed record Facts(bool IsWellSigned, string Algorithm, DateTime NotBefore, DateTime NotAfter, int? RsaBits)
    {
        public static Facts Of(X509Certificate2 certificate, RSA? rsa) => Guard(() => new Facts(
            CpixCertificates.IsWellSigned(certificate), certificate.SignatureAlgorithm.FriendlyName ?? "an unknown algorithm",
            certificate.NotBefore.ToUniversalTime(), certificate.NotAfter.ToUniversalTime(), rsa?.KeySize));

        /// <exception cref="CpixException">The policy refuses the certificate.</exception>
        public void Judge(CpixCertificatePolicy policy)
        {
            if (!IsWellSigned) throw new CpixException(CpixCodes.WeakCertificate, $"The certificate is signed with {Algorithm}; SHA-256 or better is needed.");
            if (policy.At is { } at && (at.UtcDateTime < NotBefore || at.UtcDateTime > NotAfter))
                throw new CpixException(CpixCodes.CertificateTime, "The certificate is not valid at this time.");
            if (RsaBits is not { } bits) throw new CpixException(CpixCodes.WeakCertificate, "The certificate has no RSA key.");
            if (bits < policy.MinRsaBits) throw new CpixException(CpixCodes.WeakCertificate, $"The certificate has an RSA key of {bits} bits; {policy.MinRsaBits} are needed.");
        }
    }

    private static bool IsWellSigned(X509Certificate2 certificate)
    {
        var oid = certificate.SignatureAlgorithm.Value;
        if (oid is null) return false;
        if (oid != RsaPss) return GoodSignatures.Contains(oid);
        try
        {
            // Certificate ::= SEQUENCE { tbs, AlgorithmIdentifier { oid, RSASSA-PSS-params { [0] hash DEFAULT sha1 … } }, … }
            var outer = new AsnReader(certificate.RawDataMemory, AsnEncodingRules.DER).ReadSequence();
            outer.ReadEncodedValue();
            var algorithm = outer.ReadSequence();
            algorithm.ReadObjectIdentifier();
            var parameters = algorithm.ReadSequence();
            if (!parameters.HasData || !parameters.PeekTag().HasSameClassAndValue(new Asn1Tag(TagClass.ContextSpecific, 0))) return false;
            var hash = parameters.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0)).ReadSequence();
            return GoodHashes.Contains(hash.ReadObjectIdentifier());
        }
        catch (AsnContentException)
        {
            return false;
        }
    }
}
