using System.Security.Cryptography.X509Certificates;
using DrmHub.Cenc;
using DrmHub.KeyService.Cpix.Xml;

namespace DrmHub.KeyService.Cpix;

/// <summary>
/// A recipient (CPIX 2.4, 5.3.2): its certificate, and the document keys and the MAC key wrapped for it. In a request the certificate
/// stands alone, and <see cref="CpixDocument.EncryptKeys"/> adds the rest.
/// </summary>
public sealed class CpixDeliveryData : CpixEntity
{
    private static readonly string[] Attributes = ["name", "updateVersion"];

    internal CpixDeliveryData(CpixDocument document, XmlNode element)
        : base(document, element) =>
        DocumentKeys = [.. element.Elements().Where(static e => e.Is(XmlNames.Cpix, "DocumentKey")).Select(e => new CpixDocumentKey(document, e))];

    public string? Name
    {
        get => Element.Get("name");
        set => Element.Set("name", value);
    }

    /// <exception cref="CpixException">The attribute is no integer.</exception>
    public long? UpdateVersion
    {
        get => GetInteger("updateVersion");
        set => Element.Set("updateVersion", value is { } v ? XmlValues.Format(v) : null);
    }

    public IReadOnlyList<CpixDocumentKey> DocumentKeys { get; private set; }

    public string? Description
    {
        get => GetText("Description");
        set => SetText("Description", value);
    }

    public string? SendingEntity
    {
        get => GetText("SendingEntity");
        set => SetText("SendingEntity", value);
    }

    public string? SenderPointOfContact
    {
        get => GetText("SenderPointOfContact");
        set => SetText("SenderPointOfContact", value);
    }

    public string? ReceivingEntity
    {
        get => GetText("ReceivingEntity");
        set => SetText("ReceivingEntity", value);
    }

    /// <summary>The DER bytes of the first certificate in <c>DeliveryKey/ds:X509Data</c>; null where there is none.</summary>
    /// <exception cref="CpixException">The element is not base64.</exception>
    public byte[]? CertificateBytes =>
        Child("DeliveryKey")?.Find(XmlNames.Dsig, "X509Data")?.Find(XmlNames.Dsig, "X509Certificate") is { IsBlank: false } certificate
            ? XmlValues.Base64(certificate.Text(), "X509Certificate")
            : null;

    /// <summary>The recipient's certificate; the caller disposes it. The policy has not been asked yet.</summary>
    /// <exception cref="CpixException">There is none, or its bytes are no certificate.</exception>
    public X509Certificate2 GetCertificate() => CpixCertificates.Load(CertificateBytes ?? throw CpixRecipientKeys.NoCertificate());

    /// <summary>The content keys that this recipient may read, for <see cref="CpixDocument.EncryptKeys"/>; null means all.</summary>
    internal IReadOnlySet<KeyId>? AllowedKids { get; set; }

    internal XmlNode? MacMethod => Child("MACMethod");

    internal void SetCertificate(X509Certificate2 certificate)
    {
        var deliveryKey = ChildOrNew("DeliveryKey");
        deliveryKey.RemoveChildren();
        var data = Document.NewElement(deliveryKey, XmlNames.Dsig, "X509Data");
        deliveryKey.Append(data);
        var value = Document.NewElement(data, XmlNames.Dsig, "X509Certificate");
        value.SetText(Convert.ToBase64String(certificate.RawData));
        data.Append(value);
    }

    internal void ClearKeys()
    {
        foreach (var key in DocumentKeys) Element.Remove(key.Element);
        DocumentKeys = [];
        if (MacMethod is { } mac) Element.Remove(mac);
    }

    internal CpixDocumentKey AddDocumentKey()
    {
        var key = new CpixDocumentKey(Document, AddChild("DocumentKey"));
        DocumentKeys = [.. DocumentKeys, key];
        return key;
    }

    private protected override IReadOnlyList<string> ChildOrder => CpixOrder.DeliveryData;

    private protected override IReadOnlyList<string> KnownAttributes => Attributes;
}
