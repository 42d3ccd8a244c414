using DrmHub.Cenc;
using DrmHub.KeyService.Cpix.Xml;

namespace DrmHub.KeyService.Cpix;

/// <summary>A typed view of one element of the document: what is set here changes the document, what nobody knows stays in it.</summary>
public abstract class CpixEntity
{
    private protected CpixEntity(CpixDocument document, XmlNode element)
    {
        Document = document;
        Element = element;
    }

    /// <summary><c>@id</c>, an XML id; null where it is absent.</summary>
    /// <exception cref="ArgumentException">Set to what is no XML id.</exception>
    public string? Id
    {
        get => Element.Get("id");
        set => Element.Set("id", value is null || XmlValues.IsId(value) ? value : throw new ArgumentException("An XML id is a name without colon and space.", nameof(value)));
    }

    internal CpixDocument Document { get; }

    internal XmlNode Element { get; }

    /// <summary>The names of the children that the XSD puts in an order; a new child is placed accordingly.</summary>
    private protected virtual IReadOnlyList<string> ChildOrder => [];

    /// <summary>Attributes that this model does not know, by expanded name (<c>{namespace}name</c>); they are kept on save.</summary>
    public IEnumerable<KeyValuePair<string, string>> UnknownAttributes =>
        Element.Attributes.ToArray()
            .Where(a => !a.IsDeclaration && a.LocalName != "id" && (a.NamespaceUri.Length > 0 || !KnownAttributes.Contains(a.LocalName)))
            .Select(static a => KeyValuePair.Create(a.NamespaceUri.Length == 0 ? a.LocalName : $"{{{a.NamespaceUri}}}{a.LocalName}", a.Value));

    /// <summary>Expanded names of the children that this model does not know; they are kept on save.</summary>
    public IEnumerable<string> UnknownElements =>
        Element.Elements().Where(e => !IsKnown(e)).Select(static e => $"{{{e.NamespaceUri}}}{e.LocalName}");

    private protected abstract IReadOnlyList<string> KnownAttributes { get; }

    private protected virtual bool IsKnown(XmlNode child) => child.NamespaceUri == XmlNames.Cpix && ChildOrder.Contains(child.LocalName);

    internal XmlNode? Child(string localName) => Element.Find(XmlNames.Cpix, localName);

    /// <summary>The child, made and placed where it is absent.</summary>
    internal XmlNode ChildOrNew(string localName) => Child(localName) ?? AddChild(localName);

    internal XmlNode AddChild(string localName, string namespaceUri = XmlNames.Cpix)
    {
        var child = Document.NewElement(Element, namespaceUri, localName);
        CpixOrder.Insert(Element, child, ChildOrder);
        return child;
    }

    private protected byte[]? GetBase64(string childName)
    {
        var child = Child(childName);
        return child is null || child.IsBlank ? null : XmlValues.Base64(child.Text(), childName);
    }

    /// <param name="value">The document's from now on.</param>
    private protected void SetBase64(string childName, byte[]? value)
    {
        if (value is null)
        {
            if (Child(childName) is { } child) Element.Remove(child);
            return;
        }

        ChildOrNew(childName).SetBase64(value);
    }

    private protected string? GetText(string childName) => Child(childName)?.Text();

    private protected void SetText(string childName, string? value)
    {
        if (value is not null) ChildOrNew(childName).SetText(value);
        else if (Child(childName) is { } child) Element.Remove(child);
    }

    private protected long? GetInteger(string name) =>
        Element.Get(name) is { } text ? XmlValues.Integer(text, $"{Element.LocalName}@{name}") : null;

    private protected KeyId RequiredKeyId(string name)
    {
        var text = Element.Get(name) ?? throw new CpixException(CpixCodes.MissingAttribute, $"{Element.LocalName}@{name} is missing.");
        return ParseKeyId(text, name);
    }

    private protected KeyId ParseKeyId(string text, string name) =>
        KeyId.TryParse(text, out var keyId) ? keyId : throw new CpixException(CpixCodes.Attribute, $"{Element.LocalName}@{name} is not a UUID.");
}
