using System.Security.Cryptography.X509Certificates;
using DrmHub.KeyService.Cpix.Xml;

namespace DrmHub.KeyService.Cpix;

/// <summary>One <c>ds:Signature</c> of the document. That it is here says nothing yet: see <see cref="CpixDocument.CheckSignatures"/>.</summary>
public sealed class CpixSignature
{
    private readonly CpixDocument _document;
    private readonly Lazy<XmlNode?> _target;
    private int _targetChanges;

    internal CpixSignature(CpixDocument document, XmlNode element)
    {
        _document = document;
        Element = element;
        _target = new Lazy<XmlNode?>(FindTarget, LazyThreadSafetyMode.None);
    }

    /// <summary><c>Reference/@URI</c>: empty for the whole document, or <c>#</c> and an id.</summary>
    public string? ReferenceUri => Element.Find(XmlNames.Dsig, "SignedInfo")?.Find(XmlNames.Dsig, "Reference")?.Get("URI");

    /// <summary>True where the signature is over the whole document.</summary>
    public bool CoversDocument => ReferenceEquals(Target, _document.Root);

    /// <summary>The name of the signed element, for example <c>ContentKeyList</c>; null where the reference leads to no single element of the model.</summary>
    public string? TargetName => Target?.LocalName;

    internal XmlNode Element { get; }

    internal XmlNode? Target => _target.Value;

    /// <summary>True once the signed element has changed since loading or signing, or left the document.</summary>
    internal bool IsVoid => Target is { } target && (target.ChangeCount != _targetChanges || !IsAttached(target));

    /// <summary>The DER bytes of the signer's certificate; null where the signature carries none.</summary>
    /// <exception cref="CpixException">The element is not base64.</exception>
    public byte[]? CertificateBytes =>
        Element.Find(XmlNames.Dsig, "KeyInfo")?.Find(XmlNames.Dsig, "X509Data")?.Find(XmlNames.Dsig, "X509Certificate") is { IsBlank: false } certificate
            ? XmlValues.Base64(certificate.Text(), "X509Certificate")
            : null;

    /// <exception cref="CpixException">There is none, or its bytes are no certificate.</exception>
    public X509Certificate2 GetCertificate() =>
        CpixCertificates.Load(CertificateBytes ?? throw new CpixException(CpixCodes.Certificate, "The signature carries no X509Certificate."));

    internal void MarkSigned() => _targetChanges = Target!.ChangeCount;

    private bool IsAttached(XmlNode node)
    {
        while (node.Parent is { } parent) node = parent;
        return ReferenceEquals(node, _document.Root);
    }

    // The element that is judged must be the element that is used: one id, in any spelling of the attribute that any reader might take
    // for an id, on the root, on a list of the model, or on an item of such a list.
    private XmlNode? FindTarget()
    {
        var uri = ReferenceUri;
        if (uri is null) return null;
        if (uri.Length == 0) return _document.Root;
        if (uri[0] != '#' || uri.Length == 1) return null;
        var id = uri[1..];
        var found = new List<XmlNode>();
        Collect(_document.Root, id, found);
        return found.Count == 1 && found[0].Get("id") == id && _document.IsModelled(found[0]) ? found[0] : null;
    }

    private static void Collect(XmlNode node, string id, List<XmlNode> found)
    {
        foreach (ref readonly var attribute in node.Attributes)
        {
            if (!attribute.IsDeclaration && attribute.Value == id && attribute.LocalName.Equals("id", StringComparison.OrdinalIgnoreCase))
            {
                found.Add(node);
                if (found.Count > 1) return;
            }
        }

        foreach (var child in node.Elements()) Collect(child, id, found);
    }
}
