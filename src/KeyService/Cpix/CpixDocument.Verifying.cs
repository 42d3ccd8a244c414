using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DrmHub.KeyService.Cpix.Xml;

namespace DrmHub.KeyService.Cpix;

/// <summary>
/// Verification of XML signatures in the narrow profile of CPIX (2.4, 8): children of the root, one reference to the whole document or
/// to one element by id, no transforms but enveloped-signature and canonical XML, RSA with SHA-256 or better. All else is refused, so
/// that no transform can make the signed bytes differ from the element that is used.
/// </summary>
public sealed partial class CpixDocument
{
    /// <summary>Judges every signature.</summary>
    public IReadOnlyList<CpixSignatureCheck> CheckSignatures(CpixSignaturePolicy? policy = null) =>
        [.. _signatures.Select(s => Check(s, policy ?? CpixSignaturePolicy.Default))];

    /// <summary>Refuses the document if any signature is bad.</summary>
    /// <returns>How many signatures there are.</returns>
    /// <exception cref="CpixException">The first bad signature.</exception>
    public int VerifySignatures(CpixSignaturePolicy? policy = null)
    {
        var checks = CheckSignatures(policy);
        if (checks.FirstOrDefault(static c => !c.IsGood) is { } bad) throw new CpixException(bad.Code!, bad.Message!);
        return checks.Count;
    }

    /// <summary>Refuses the document unless a trusted signer signed a list, or all of the document.</summary>
    /// <param name="list">The list whose values are about to be used.</param>
    /// <param name="policy">With the trusted signers: whoever can change a document can also sign it anew.</param>
    /// <exception cref="ArgumentException">The policy names no trusted signers.</exception>
    /// <exception cref="CpixException">No signature over it, or only bad ones: then the reason of the last.</exception>
    public void RequireSignature<T>(CpixList<T> list, CpixSignaturePolicy policy)
        where T : CpixEntity
    {
        ArgumentNullException.ThrowIfNull(list);
        ArgumentNullException.ThrowIfNull(policy);
        if (policy.TrustedSigners is null) throw new ArgumentException("The policy names no trusted signers.", nameof(policy));
        CpixSignatureCheck? last = null;
        foreach (var signature in _signatures.Where(s => s.CoversDocument || (list.Element is not null && ReferenceEquals(s.Target, list.Element))))
        {
            last = Check(signature, policy);
            if (last.IsGood) return;
        }

        throw last is null
            ? new CpixException(CpixCodes.MissingSignature, $"{list.Name} is not signed.")
            : new CpixException(last.Code!, last.Message!);
    }

    private CpixSignatureCheck Check(CpixSignature signature, CpixSignaturePolicy policy)
    {
        string? signer = null;
        try
        {
            using var certificate = signature.GetCertificate();
            signer = CpixCertificates.Guard(() => certificate.Subject);
            using var rsa = CpixCertificates.Judge(certificate, policy.Certificates);
            Verify(signature, rsa);
            if (policy.TrustedSigners is { } trusted && !trusted.Any(t => t.RawDataMemory.Span.SequenceEqual(certificate.RawDataMemory.Span)))
                throw new CpixException(CpixCodes.SignatureTrust, $"The signature over {signature.TargetName} is by none of the trusted signers.");
            return new CpixSignatureCheck(signature, null, null, signer);
        }
        catch (CpixException e)
        {
            return new CpixSignatureCheck(signature, e.Code, e.Message, signer);
        }
    }

    private void Verify(CpixSignature signature, RSA rsa)
    {
        var signedInfo = Only(signature.Element, "SignedInfo");
        var method = Only(signedInfo, "CanonicalizationMethod");
        if (method.Elements().Any()) throw Profile("CanonicalizationMethod has parameters.");
        var version11 = IsC14N11(method.Get("Algorithm"));
        var reference = Only(signedInfo, "Reference");
        if (signedInfo.Elements().Count() != 3) throw Profile("SignedInfo has more than three children.");
        var target = signature.Target
            ?? throw new CpixException(CpixCodes.SignatureReference, "The signature refers to no element, to several, or to one outside of the document model.");

        var hash = SignatureHash(Only(signedInfo, "SignatureMethod").Get("Algorithm"));
        var value = XmlValues.Base64(Only(signature.Element, "SignatureValue").Text(), "SignatureValue");
        if (!VerifyRsa(rsa, Canonicalizer.Element(signedInfo, version11), value, hash))
            throw new CpixException(CpixCodes.Signature, $"The signature over {target.LocalName} does not fit the signer's key.");

        var digest = CryptographicOperations.HashData(DigestHash(Only(reference, "DigestMethod").Get("Algorithm")), SignedBytes(signature, target, reference));
        if (!CryptographicOperations.FixedTimeEquals(digest, XmlValues.Base64(Only(reference, "DigestValue").Text(), "DigestValue")))
            throw new CpixException(CpixCodes.SignatureDigest, $"{target.LocalName} has changed since it was signed.");
    }

    private byte[] SignedBytes(CpixSignature signature, XmlNode target, XmlNode reference)
    {
        var isEnveloped = false;
        var version11 = false;
        var transforms = reference.Find(XmlNames.Dsig, "Transforms")?.Elements().ToList() ?? [];
        for (var i = 0; i < transforms.Count; i++)
        {
            if (!transforms[i].Is(XmlNames.Dsig, "Transform") || transforms[i].Elements().Any()) throw Profile("A transform has parameters.");
            var algorithm = transforms[i].Get("Algorithm");
            if (algorithm == XmlNames.Enveloped && i == 0) isEnveloped = true;
            else if (i == transforms.Count - 1) version11 = IsC14N11(algorithm);
            else throw Profile("Transforms are enveloped-signature, then canonical XML, and nothing else.");
        }

        if (signature.CoversDocument && !isEnveloped) throw Profile("A signature over the document it is in needs the enveloped-signature transform.");
        return signature.CoversDocument
            ? Canonicalizer.Document(_tree, version11, signature.Element)
            : Canonicalizer.Element(target, version11, isEnveloped ? signature.Element : null);
    }

    private static bool VerifyRsa(RSA rsa, byte[] data, byte[] value, HashAlgorithmName hash)
    {
        try
        {
            return rsa.VerifyData(data, value, hash, RSASignaturePadding.Pkcs1);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static XmlNode Only(XmlNode parent, string name)
    {
        var found = parent.Elements().Where(e => e.Is(XmlNames.Dsig, name)).Take(2).ToList();
        return found.Count == 1 ? found[0] : throw Profile($"{parent.LocalName} needs exactly one {name}.");
    }

    private static CpixException Profile(string message) => new(CpixCodes.SignatureProfile, message);

    private static bool IsC14N11(string? algorithm) => algorithm switch
    {
        XmlNames.C14N10 => false,
        XmlNames.C14N11 => true,
        _ => throw new CpixException(CpixCodes.SignatureAlgorithm, "The canonicalization is neither canonical XML 1.0 nor 1.1 without comments."),
    };

    private static HashAlgorithmName SignatureHash(string? algorithm) => algorithm switch
    {
        XmlNames.RsaSha512 => HashAlgorithmName.SHA512,
        XmlNames.RsaSha384 => HashAlgorithmName.SHA384,
        XmlNames.RsaSha256 => HashAlgorithmName.SHA256,
        _ => throw new CpixException(CpixCodes.SignatureAlgorithm, "The signature is not RSA with SHA-256, SHA-384 or SHA-512."),
    };

    private static HashAlgorithmName DigestHash(string? algorithm) => algorithm switch
    {
        XmlNames.Sha512 => HashAlgorithmName.SHA512,
        XmlNames.Sha384 => HashAlgorithmName.SHA384,
        XmlNames.Sha256 => HashAlgorithmName.SHA256,
        _ => throw new CpixException(CpixCodes.SignatureAlgorithm, "The digest is not SHA-256, SHA-384 or SHA-512."),
    };
}
