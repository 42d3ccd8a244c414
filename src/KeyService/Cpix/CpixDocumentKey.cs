using DrmHub.Cenc;
using DrmHub.KeyService.Cpix.Xml;

namespace DrmHub.KeyService.Cpix;

/// <summary>A wrapped document key: it encrypts the content keys that it names, or all that no other document key names.</summary>
public sealed class CpixDocumentKey : CpixEntity
{
    private static readonly string[] Attributes = ["Algorithm", "encryptsKey"];
    private static readonly char[] Spaces = [' ', '\t', '\r', '\n'];
    private IReadOnlyList<KeyId> _encryptsKeys;

    internal CpixDocumentKey(CpixDocument document, XmlNode element)
        : base(document, element)
    {
        var kids = element.Get("encryptsKey")?.Split(Spaces, StringSplitOptions.RemoveEmptyEntries) ?? [];
        _encryptsKeys = [.. kids.Select(k => ParseKeyId(k, "encryptsKey"))];
        Secret = CpixSecret.Of(document, element);
    }

    /// <summary>
    /// The content keys that this key encrypts; empty means all. CPIX separates them by spaces, although its XSD has room for only one.
    /// </summary>
    public IReadOnlyList<KeyId> EncryptsKeys
    {
        get => _encryptsKeys;
        internal set
        {
            _encryptsKeys = value;
            Element.Set("encryptsKey", value.Count == 0 ? null : string.Join(' ', value));
        }
    }

    /// <summary><c>@Algorithm</c>, always AES-256-CBC. SPEKE and every writer in the field use it, but the XSD of 2.4 lost it.</summary>
    public string? Algorithm
    {
        get => Element.Get("Algorithm");
        internal set => Element.Set("Algorithm", value);
    }

    internal CpixSecret Secret { get; private set; }

    internal CpixSecret EnsureSecret()
    {
        if (!Secret.IsPresent) Secret = new CpixSecret(Document, AddChild("Data"));
        return Secret;
    }

    private protected override IReadOnlyList<string> ChildOrder => ["Data"];

    private protected override IReadOnlyList<string> KnownAttributes => Attributes;
}
