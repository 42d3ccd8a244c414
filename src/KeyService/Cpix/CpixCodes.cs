namespace DrmHub.KeyService.Cpix;

/// <summary>The stable codes of <see cref="CpixException"/> and <see cref="CpixProblem"/>.</summary>
public static class CpixCodes
{
    /// <summary>More bytes than <see cref="CpixLimits.MaxBytes"/>.</summary>
    public const string Size = "cpix.size";

    /// <summary>More nodes, keys, depth, attributes or signatures than <see cref="CpixLimits"/> allows.</summary>
    public const string Limit = "cpix.limit";

    /// <summary>Neither UTF-8 nor UTF-16, or bytes that are not what they should be.</summary>
    public const string Encoding = "cpix.encoding";

    /// <summary>Not well-formed XML 1.0 with namespaces.</summary>
    public const string Xml = "cpix.xml";

    /// <summary>A document type declaration: never read.</summary>
    public const string Dtd = "cpix.xml.dtd";

    /// <summary>The root element is not CPIX in <c>urn:dashif:org:cpix</c>.</summary>
    public const string Root = "cpix.root";

    /// <summary>A list that may occur once occurs twice.</summary>
    public const string DuplicateList = "cpix.list.duplicate";

    /// <summary>Two elements carry the same id.</summary>
    public const string DuplicateId = "cpix.id.duplicate";

    /// <summary>Two content keys carry the same kid.</summary>
    public const string DuplicateKid = "cpix.kid.duplicate";

    /// <summary>An element names a kid that no content key has.</summary>
    public const string UnknownKid = "cpix.kid.unknown";

    /// <summary>A required attribute is absent.</summary>
    public const string MissingAttribute = "cpix.attribute.missing";

    /// <summary>An attribute has a value that its type does not allow.</summary>
    public const string Attribute = "cpix.attribute.invalid";

    /// <summary>Attributes that exclude each other, or one that needs another.</summary>
    public const string AttributeCombination = "cpix.attribute.combination";

    /// <summary>Text that should be base64 is not.</summary>
    public const string Base64 = "cpix.base64";

    /// <summary>An element where it cannot be, or one that is needed and absent.</summary>
    public const string Element = "cpix.element";

    /// <summary>A rule, filter or period that cannot be used: what is wrong is in the message.</summary>
    public const string Rule = "cpix.rule";

    /// <summary>A period whose attributes name no span of time.</summary>
    public const string Period = "cpix.period";

    /// <summary><c>dependsOnKey</c> leads in a circle, or to a key that is not there.</summary>
    public const string Hierarchy = "cpix.hierarchy";

    /// <summary>Valid for readers in the field, but not for the published XSD of the document's version.</summary>
    public const string Schema = "cpix.schema";

    /// <summary>Bytes that are no X.509 certificate.</summary>
    public const string Certificate = "cpix.certificate";

    /// <summary>A certificate that the policy refuses: SHA-1, MD5, no RSA, or fewer than 2048 bits.</summary>
    public const string WeakCertificate = "cpix.certificate.weak";

    /// <summary>A certificate outside of its period of validity.</summary>
    public const string CertificateTime = "cpix.certificate.time";

    /// <summary>An algorithm other than the ones of CPIX.</summary>
    public const string EncryptionAlgorithm = "cpix.encryption.algorithm";

    /// <summary>The keys are not in the state that the operation needs: already encrypted, no recipient, no key value.</summary>
    public const string EncryptionState = "cpix.encryption.state";

    /// <summary>The private key belongs to no recipient of the document.</summary>
    public const string NotRecipient = "cpix.decrypt.recipient";

    /// <summary>A wrapped key did not open.</summary>
    public const string Decrypt = "cpix.decrypt.failed";

    /// <summary>An encrypted value without a MAC.</summary>
    public const string MissingMac = "cpix.mac.missing";

    /// <summary>The MAC does not fit the encrypted value.</summary>
    public const string Mac = "cpix.mac.invalid";

    /// <summary>A key or IV of a length that it cannot have.</summary>
    public const string KeyLength = "cpix.key.length";

    /// <summary>A signature was required and there is none.</summary>
    public const string MissingSignature = "cpix.signature.missing";

    /// <summary>A signature whose structure is outside of the CPIX profile: more than one reference, foreign transforms.</summary>
    public const string SignatureProfile = "cpix.signature.profile";

    /// <summary>A signature with an algorithm that is weak or unknown.</summary>
    public const string SignatureAlgorithm = "cpix.signature.algorithm";

    /// <summary>A signature that points to no element, to several, or to one outside of the document model.</summary>
    public const string SignatureReference = "cpix.signature.reference";

    /// <summary>What was signed has changed.</summary>
    public const string SignatureDigest = "cpix.signature.digest";

    /// <summary>The signature value does not fit the signed information.</summary>
    public const string Signature = "cpix.signature.invalid";

    /// <summary>A good signature by a certificate that is not among the trusted ones.</summary>
    public const string SignatureTrust = "cpix.signature.untrusted";
}
