namespace DrmHub.KeyService.Cpix.Xml;

/// <summary>An attribute or, with the namespace of <see cref="XmlNames.Xmlns"/>, a namespace declaration.</summary>
internal readonly record struct XmlAttr(string Prefix, string LocalName, string NamespaceUri, string Value)
{
    public bool IsDeclaration => NamespaceUri == XmlNames.Xmlns;

    /// <summary>The prefix that a declaration binds; empty for the default namespace.</summary>
    public string DeclaredPrefix => Prefix.Length == 0 ? "" : LocalName;
}

/// <summary>A comment (no target) or a processing instruction.</summary>
internal sealed record XmlMisc(string? Target, string Data);

/// <summary>
/// An element of the document tree. The tree keeps prefixes, declarations, order, white space, comments and what nobody knows,
/// because signatures cover all of it; the document model is a view over it. Texts are plain strings among the children, or <see cref="XmlBase64"/>.
/// </summary>
internal sealed class XmlNode(string prefix, string localName, string namespaceUri)
{
    private static readonly List<object> NoChildren = [];
    private XmlAttr[] _attributes = [];
    private List<object>? _children;

    public string Prefix { get; } = prefix;

    public string LocalName { get; } = localName;

    public string NamespaceUri { get; } = namespaceUri;

    public XmlNode? Parent { get; private set; }

    /// <summary>Counts changes of this element and of everything below it since loading: a signature over it is void once this moved.</summary>
    public int ChangeCount { get; private set; }

    public ReadOnlySpan<XmlAttr> Attributes => _attributes;

    /// <summary>Each an <see cref="XmlNode"/>, a string, an <see cref="XmlBase64"/> or an <see cref="XmlMisc"/>.</summary>
    public List<object> Children => _children ?? NoChildren;

    public bool Is(string namespaceUri, string localName) => LocalName == localName && NamespaceUri == namespaceUri;

    public IEnumerable<XmlNode> Elements()
    {
        if (_children is null) yield break;
        foreach (var child in _children)
            if (child is XmlNode element)
                yield return element;
    }

    public XmlNode? Find(string namespaceUri, string localName)
    {
        if (_children is null) return null;
        foreach (var child in _children)
            if (child is XmlNode element && element.Is(namespaceUri, localName))
                return element;
        return null;
    }

    /// <summary>An attribute without a prefix; null where it is absent.</summary>
    public string? Get(string name) => Get(name, "");

    public string? Get(string name, string namespaceUri)
    {
        foreach (ref readonly var attribute in Attributes)
            if (attribute.LocalName == name && attribute.NamespaceUri == namespaceUri)
                return attribute.Value;
        return null;
    }

    /// <summary>Sets an attribute without a prefix, or removes it (null).</summary>
    public void Set(string name, string? value)
    {
        var index = Array.FindIndex(_attributes, a => a.NamespaceUri.Length == 0 && a.LocalName == name);
        if (value is null)
        {
            if (index < 0) return;
            _attributes = [.. _attributes[..index], .. _attributes[(index + 1)..]];
        }
        else if (index >= 0)
        {
            if (_attributes[index].Value == value) return;
            _attributes[index] = _attributes[index] with { Value = value };
        }
        else
        {
            _attributes = [.. _attributes, new XmlAttr("", name, "", value)];
        }

        Changed();
    }

    public void Declare(string prefix, string namespaceUri)
    {
        var declaration = prefix.Length == 0
            ? new XmlAttr("", "xmlns", XmlNames.Xmlns, namespaceUri)
            : new XmlAttr("xmlns", prefix, XmlNames.Xmlns, namespaceUri);
        _attributes = [.. _attributes, declaration];
        Changed();
    }

    public bool Declares(string namespaceUri)
    {
        foreach (ref readonly var attribute in Attributes)
            if (attribute.IsDeclaration && attribute.Value == namespaceUri)
                return true;
        return false;
    }

    public void Undeclare(string namespaceUri)
    {
        var kept = Array.FindAll(_attributes, a => !a.IsDeclaration || a.Value != namespaceUri);
        if (kept.Length == _attributes.Length) return;
        _attributes = kept;
        Changed();
    }

    /// <summary>The text of an element that has no child elements; comments do not count.</summary>
    /// <exception cref="CpixException">It has child elements.</exception>
    public string Text()
    {
        if (_children is null || _children.Count == 0) return "";
        if (_children.Count == 1 && _children[0] is string only) return only;
        if (_children.Exists(static c => c is XmlNode))
            throw new CpixException(CpixCodes.Element, $"{LocalName} holds text, not elements.");
        return string.Concat(_children.Where(static c => c is string or XmlBase64));
    }

    public bool IsBlank => _children is null || _children.TrueForAll(static c => c switch
    {
        XmlMisc => true,
        string text => string.IsNullOrWhiteSpace(text),
        XmlBase64 base64 => base64.Bytes.Length == 0,
        _ => false,
    });

    public void SetText(string text)
    {
        _children = text.Length == 0 ? null : [text];
        Changed();
    }

    /// <summary>As <see cref="SetText"/> with the base64 of the bytes, which become the tree's.</summary>
    public void SetBase64(byte[] bytes)
    {
        _children = bytes.Length == 0 ? null : [new XmlBase64(bytes)];
        Changed();
    }

    public void RemoveChildren()
    {
        _children = null;
        Changed();
    }

    public void Insert(int index, XmlNode child)
    {
        child.Parent = this;
        (_children ??= []).Insert(index, child);
        Changed();
    }

    public void Append(XmlNode child) => Insert(Children.Count, child);

    public void Remove(XmlNode child)
    {
        if (_children is null || !_children.Remove(child)) return;
        child.Parent = null;
        Changed();
    }

    /// <summary>Puts child elements into another order; texts and comments keep their places.</summary>
    public void Reorder(List<XmlNode> order)
    {
        var next = 0;
        for (var i = 0; i < Children.Count; i++)
            if (Children[i] is XmlNode)
                Children[i] = order[next++];
        Changed();
    }

    /// <summary>The namespace that a prefix is bound to here; null where it is not bound.</summary>
    public string? Lookup(string prefix)
    {
        if (prefix == "xml") return XmlNames.Xml;
        for (var node = this; node is not null; node = node.Parent)
            foreach (ref readonly var attribute in node.Attributes)
                if (attribute.IsDeclaration && attribute.DeclaredPrefix == prefix)
                    return attribute.Value;
        return prefix.Length == 0 ? "" : null;
    }

    /// <summary>For the reader alone: adds without marking a change.</summary>
    internal void Attach(object child)
    {
        if (child is XmlNode element) element.Parent = this;
        (_children ??= []).Add(child);
    }

    /// <summary>For the reader alone.</summary>
    internal void Attach(XmlAttr[] attributes) => _attributes = attributes;

    private void Changed()
    {
        for (var node = this; node is not null; node = node.Parent) node.ChangeCount = unchecked(node.ChangeCount + 1);
    }
}
