using System.Security.Cryptography.X509Certificates;

namespace DrmHub.KeyService.Cpix;

/// <summary>Whom to believe.</summary>
public sealed record CpixSignaturePolicy
{
    public static CpixSignaturePolicy Default { get; } = new();

    /// <summary>
    /// The certificates of signers that are trusted, compared byte for byte. Null (default) takes whatever certificate the signature
    /// carries: that proves that nothing changed since, but not who signed.
    /// </summary>
    public IReadOnlyCollection<X509Certificate2>? TrustedSigners { get; init; }

    public CpixCertificatePolicy Certificates { get; init; } = CpixCertificatePolicy.Default;
}

/// <summary>What became of one signature.</summary>
/// <param name="Signature">The signature.</param>
/// <param name="Code">Null for a good one; otherwise one of <see cref="CpixCodes"/>.</param>
/// <param name="Message">What is wrong, in a sentence; null for a good one.</param>
/// <param name="Signer">Subject of the signer's certificate, where one was found.</param>
public sealed record CpixSignatureCheck(CpixSignature Signature, string? Code, string? Message, string? Signer)
{
    public bool IsGood => Code is null;
}
