namespace DrmHub.KeyService.Cpix.Xml;

/// <summary>A whole document: its root, and the comments and processing instructions around it.</summary>
internal sealed class XmlTree(XmlNode root)
{
    public XmlNode Root { get; } = root;

    public List<XmlMisc> Before { get; } = [];

    public List<XmlMisc> After { get; } = [];

    /// <summary>
    /// A new element below <paramref name="parent"/>, not yet attached, with a prefix that is in scope there. A namespace that is not
    /// declared yet goes to the root, unless something is signed: with inclusive canonicalization a declaration on the root changes
    /// every signed element, so it then goes to the new element.
    /// </summary>
    public XmlNode NewElement(XmlNode parent, string namespaceUri, string localName, bool hasSignatures)
    {
        if (namespaceUri == Root.NamespaceUri && parent.Lookup(Root.Prefix) == namespaceUri)
            return new XmlNode(Root.Prefix, localName, namespaceUri);
        if (parent.NamespaceUri == namespaceUri) return new XmlNode(parent.Prefix, localName, namespaceUri);

        var prefix = XmlNames.PreferredPrefix(namespaceUri);
        for (var n = 1; ; n++)
        {
            var bound = parent.Lookup(prefix);
            if (bound == namespaceUri) return new XmlNode(prefix, localName, namespaceUri);
            if (bound is null) break;
            prefix = XmlNames.PreferredPrefix(namespaceUri) + n.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        var element = new XmlNode(prefix, localName, namespaceUri);
        if (hasSignatures) element.Declare(prefix, namespaceUri);
        else Root.Declare(prefix, namespaceUri);
        return element;
    }
}
