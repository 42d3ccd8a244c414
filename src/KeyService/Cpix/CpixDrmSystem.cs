using System.Text;
using DrmHub.Cenc;
using DrmHub.KeyService.Cpix.Xml;

namespace DrmHub.KeyService.Cpix;

/// <summary>
/// How one DRM system signals one key (CPIX 2.4, 5.3.6). In a request the elements are empty: <see cref="Has"/> tells what was asked
/// for, and setting a value fills the element that is there.
/// </summary>
public sealed class CpixDrmSystem : CpixEntity
{
    private static readonly string[] Attributes = ["systemId", "kid", "name", "updateVersion", "HLSAllowedCPC"];
    private KeyId _kid;

    internal CpixDrmSystem(CpixDocument document, XmlNode element)
        : base(document, element)
    {
        _kid = RequiredKeyId("kid");
        SystemId = RequiredKeyId("systemId").ToGuid();
        HlsSignaling = ReadHls(element);
    }

    public Guid SystemId { get; }

    /// <summary>The system, where it is one that is known here.</summary>
    public DrmSystem? System => DrmSystemIds.ToSystem(SystemId);

    public KeyId Kid
    {
        get => _kid;
        internal set
        {
            _kid = value;
            Element.Set("kid", value.ToString());
        }
    }

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

    /// <summary><c>@HLSAllowedCPC</c>: the ALLOWED-CPC classes of HLS (since 2.4).</summary>
    public string? HlsAllowedCpc
    {
        get => Element.Get("HLSAllowedCPC");
        set => Element.Set("HLSAllowedCPC", value);
    }

    /// <summary>A whole <c>pssh</c> box. An array that is set becomes the document's.</summary>
    /// <exception cref="CpixException">The element is not base64.</exception>
    public byte[]? Pssh
    {
        get => GetBase64("PSSH");
        set => SetBase64("PSSH", value);
    }

    /// <summary>An XML fragment for DASH <c>ContentProtection</c>, as UTF-8. An array that is set becomes the document's.</summary>
    /// <exception cref="CpixException">The element is not base64.</exception>
    public byte[]? ContentProtectionData
    {
        get => GetBase64("ContentProtectionData");
        set => SetBase64("ContentProtectionData", value);
    }

    /// <summary><c>ContentProtectionData@robustness</c> (since 2.4); needs the element.</summary>
    public string? Robustness
    {
        get => Child("ContentProtectionData")?.Get("robustness");
        set => ChildOrNew("ContentProtectionData").Set("robustness", value);
    }

    /// <summary>At most two, for the multivariant ("master") and for the media playlist, in the order of the document.</summary>
    public IReadOnlyList<CpixHlsSignaling> HlsSignaling { get; private set; }

    /// <summary>The base64 text of a PlayReady Object, as Smooth Streaming carries it.</summary>
    public string? SmoothStreamingProtectionHeaderData
    {
        get => GetText("SmoothStreamingProtectionHeaderData");
        set => SetText("SmoothStreamingProtectionHeaderData", value);
    }

    /// <summary>Sets <see cref="SmoothStreamingProtectionHeaderData"/> to the base64 of the bytes, which become the document's; null takes it out.</summary>
    internal void SetSmoothStreaming(byte[]? playReadyObject) => SetBase64("SmoothStreamingProtectionHeaderData", playReadyObject);

    /// <summary>The URI of EXT-X-KEY, up to 2.3 and in SPEKE v1.</summary>
    /// <exception cref="CpixException">The element is not base64.</exception>
    public string? UriExtXKey
    {
        get => GetBase64("URIExtXKey") is { } bytes ? Encoding.UTF8.GetString(bytes) : null;
        set => SetBase64("URIExtXKey", value is null ? null : Encoding.UTF8.GetBytes(value));
    }

    /// <summary>Up to 2.3.</summary>
    /// <exception cref="CpixException">The element is not base64.</exception>
    public byte[]? HdsSignalingData
    {
        get => GetBase64("HDSSignalingData");
        set => SetBase64("HDSSignalingData", value);
    }

    /// <summary>True where the element is there, be it empty: in a request it then has to be filled.</summary>
    /// <param name="localName">For example <c>PSSH</c>.</param>
    /// <param name="namespaceUri">CPIX by default.</param>
    public bool Has(string localName, string namespaceUri = XmlNames.Cpix) => Element.Find(namespaceUri, localName) is not null;

    /// <summary>Adds an empty element, to ask a key server to fill it; one that is there stays as it is.</summary>
    /// <param name="localName">One of the elements of CPIX below DRMSystem, for example <c>PSSH</c>.</param>
    /// <exception cref="ArgumentException">No such element.</exception>
    public void AskFor(string localName)
    {
        if (!ChildOrder.Contains(localName)) throw new ArgumentException("CPIX has no such element below DRMSystem.", nameof(localName));
        ChildOrNew(localName);
    }

    /// <param name="playlist"><c>media</c>, <c>master</c> or <c>multiVariant</c>; null leaves the attribute out, which means media.</param>
    public CpixHlsSignaling AddHlsSignaling(string? playlist)
    {
        var signaling = new CpixHlsSignaling(AddChild("HLSSignalingData"));
        signaling.Playlist = playlist;
        HlsSignaling = [.. HlsSignaling, signaling];
        return signaling;
    }

    /// <summary>The text of a child in another namespace, such as <c>KeyFormat</c> of SPEKE v1.</summary>
    public string? GetExtension(string namespaceUri, string localName) => Element.Find(namespaceUri, localName)?.Text();

    /// <summary>Fills such a child, and adds it where it is absent.</summary>
    public void SetExtension(string namespaceUri, string localName, string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        (Element.Find(namespaceUri, localName) ?? AddChild(localName, namespaceUri)).SetText(value);
    }

    /// <summary>Takes such a child out.</summary>
    /// <returns>False where there is none.</returns>
    public bool RemoveExtension(string namespaceUri, string localName)
    {
        if (Element.Find(namespaceUri, localName) is not { } child) return false;
        Element.Remove(child);
        return true;
    }

    /// <summary>Takes the signalling for one kind of playlist out.</summary>
    public void Remove(CpixHlsSignaling signaling)
    {
        ArgumentNullException.ThrowIfNull(signaling);
        Element.Remove(signaling.Element);
        HlsSignaling = [.. HlsSignaling.Where(h => h != signaling)];
    }

    private static CpixHlsSignaling[] ReadHls(XmlNode element)
    {
        List<CpixHlsSignaling>? found = null;
        foreach (var child in element.Children)
        {
            if (child is XmlNode node && node.Is(XmlNames.Cpix, "HLSSignalingData")) (found ??= new(2)).Add(new CpixHlsSignaling(node));
        }

        return found is null ? [] : [.. found];
    }

    private protected override IReadOnlyList<string> ChildOrder => CpixOrder.DrmSystem;

    private protected override IReadOnlyList<string> KnownAttributes => Attributes;
}
