using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DrmHub.KeyService.Cpix.Xml;

namespace DrmHub.KeyService.Cpix;

/// <summary>Which canonical XML a new signature uses.</summary>
public enum CpixCanonicalization
{
    /// <summary>What writers in the field use and every reader knows.</summary>
    C14N10,

    /// <summary>What the text of the CPIX specification asks for.</summary>
    C14N11,
}

/// <summary>Signing with RSA PKCS #1 v1.5 and SHA-512.</summary>
public sealed partial class CpixDocument
{
    /// <summary>Signs one list; a list without an id gets its name as id. Any signature over the whole document becomes void.</summary>
    /// <param name="list">A list that the document has.</param>
    /// <param name="signer">A certificate with its private key; it passes the default certificate policy.</param>
    /// <param name="canonicalization">Default C14N 1.0.</param>
    /// <exception cref="CpixException">The certificate is refused.</exception>
    public CpixSignature Sign<T>(CpixList<T> list, X509Certificate2 signer, CpixCanonicalization canonicalization = CpixCanonicalization.C14N10)
        where T : CpixEntity
    {
        ArgumentNullException.ThrowIfNull(list);
        var element = list.Element ?? throw new InvalidOperationException($"The document has no {list.Name}.");
        DropVoidSignatures();
        PutInOrder();
        if (list.Element is null) throw new InvalidOperationException($"{list.Name} is empty.");
        if (string.IsNullOrEmpty(element.Get("id"))) element.Set("id", FreeId(list.Name));
        return Sign("#" + element.Get("id"), signer, canonicalization);
    }

    /// <summary>Signs the whole document (enveloped): to be done last, because the signature covers all others.</summary>
    /// <inheritdoc cref="Sign{T}" path="/exception"/>
    public CpixSignature SignDocument(X509Certificate2 signer, CpixCanonicalization canonicalization = CpixCanonicalization.C14N10)
    {
        DropVoidSignatures();
        PutInOrder();
        return Sign("", signer, canonicalization);
    }

    private CpixSignature Sign(string uri, X509Certificate2 signer, CpixCanonicalization canonicalization)
    {
        ArgumentNullException.ThrowIfNull(signer);
        CpixCertificates.Judge(signer, CpixCertificatePolicy.Default).Dispose();
        using var rsa = signer.GetRSAPrivateKey() ?? throw new ArgumentException("The certificate has no private key.", nameof(signer));
        foreach (var whole in _signatures.Where(static s => s.CoversDocument).ToList()) RemoveSignature(whole);

        var version11 = canonicalization == CpixCanonicalization.C14N11;
        var c14n = version11 ? XmlNames.C14N11 : XmlNames.C14N10;
        var element = NewElement(Root, XmlNames.Dsig, "Signature");
        CpixOrder.Insert(Root, element, CpixOrder.Root);
        var signedInfo = Add(element, "SignedInfo");
        Add(signedInfo, "CanonicalizationMethod", c14n);
        Add(signedInfo, "SignatureMethod", XmlNames.RsaSha512);
        var reference = Add(signedInfo, "Reference");
        reference.Set("URI", uri);
        if (uri.Length == 0 || version11)
        {
            var transforms = Add(reference, "Transforms");
            if (uri.Length == 0) Add(transforms, "Transform", XmlNames.Enveloped);
            if (version11) Add(transforms, "Transform", c14n);
        }

        Add(reference, "DigestMethod", XmlNames.Sha512);
        var digest = Add(reference, "DigestValue");
        var value = Add(element, "SignatureValue");
        Add(Add(Add(element, "KeyInfo"), "X509Data"), "X509Certificate").SetText(Convert.ToBase64String(signer.RawData));

        var signature = new CpixSignature(this, element);
        _signatures.Add(signature);
        digest.SetText(Convert.ToBase64String(SHA512.HashData(SignedBytes(signature, signature.Target!, reference))));
        var signed = rsa.SignData(Canonicalizer.Element(signedInfo, version11), HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1);
        value.SetText(Convert.ToBase64String(signed));
        signature.MarkSigned();
        return signature;
    }

    private XmlNode Add(XmlNode parent, string name, string? algorithm = null)
    {
        var child = NewElement(parent, XmlNames.Dsig, name);
        if (algorithm is not null) child.Set("Algorithm", algorithm);
        parent.Append(child);
        return child;
    }

    private string FreeId(string name)
    {
        var id = name;
        for (var n = 2; IsTaken(Root, id); n++) id = name + XmlValues.Format(n);
        return id;
    }

    private static bool IsTaken(XmlNode node, string id)
    {
        foreach (ref readonly var attribute in node.Attributes)
            if (attribute.Value == id && attribute.LocalName.Equals("id", StringComparison.OrdinalIgnoreCase))
                return true;
        return node.Elements().Any(e => IsTaken(e, id));
    }
}
