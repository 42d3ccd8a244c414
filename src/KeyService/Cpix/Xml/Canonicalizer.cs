namespace DrmHub.KeyService.Cpix.Xml;

/// <summary>
/// Inclusive canonical XML without comments, 1.0 (https://www.w3.org/TR/2001/REC-xml-c14n-20010315) and 1.1
/// (https://www.w3.org/TR/xml-c14n11), of a whole document or of one element. The two differ only in which <c>xml:</c> attributes
/// the element inherits from its ancestors: 1.0 takes all, 1.1 leaves <c>xml:id</c> out and rewrites <c>xml:base</c>.
/// </summary>
internal sealed class Canonicalizer : IDisposable
{
    private readonly XmlOutput _output = new();
    private readonly List<(string Prefix, string Uri)> _rendered = [];
    private readonly XmlNode? _omitted;
    private readonly bool _version11;

    private Canonicalizer(bool version11, XmlNode? omitted)
    {
        _version11 = version11;
        _omitted = omitted;
    }

    /// <param name="tree">The document.</param>
    /// <param name="version11">C14N 1.1 instead of 1.0.</param>
    /// <param name="omitted">The signature that the enveloped-signature transform takes out.</param>
    public static byte[] Document(XmlTree tree, bool version11, XmlNode? omitted)
    {
        using var c14n = new Canonicalizer(version11, omitted);
        foreach (var misc in tree.Before.Where(static m => m.Target is not null))
        {
            c14n._output.Instruction(misc);
            c14n._output.Raw("\n"u8);
        }

        c14n.Write(tree.Root, isApex: true);
        foreach (var misc in tree.After.Where(static m => m.Target is not null))
        {
            c14n._output.Raw("\n"u8);
            c14n._output.Instruction(misc);
        }

        return c14n._output.Written.ToArray();
    }

    public static byte[] Element(XmlNode element, bool version11, XmlNode? omitted = null)
    {
        using var c14n = new Canonicalizer(version11, omitted);
        c14n.Write(element, isApex: true);
        return c14n._output.Written.ToArray();
    }

    public void Dispose() => _output.Dispose();

    private void Write(XmlNode element, bool isApex)
    {
        var mark = _rendered.Count;
        _output.Raw("<"u8);
        _output.Name(element.Prefix, element.LocalName);
        WriteNamespaces(element, isApex);
        WriteAttributes(element, isApex);
        _output.Raw(">"u8);
        foreach (var child in element.Children)
        {
            switch (child)
            {
                case string text: _output.Text(text); break;
                case XmlBase64 base64: _output.Base64(base64); break;
                case XmlNode inner when !ReferenceEquals(inner, _omitted): Write(inner, isApex: false); break;
                case XmlMisc { Target: not null } instruction: _output.Instruction(instruction); break;
                default: break;
            }
        }

        _output.Raw("</"u8);
        _output.Name(element.Prefix, element.LocalName);
        _output.Raw(">"u8);
        _rendered.RemoveRange(mark, _rendered.Count - mark);
    }

    private void WriteNamespaces(XmlNode element, bool isApex)
    {
        if (!isApex && element.Attributes.IsEmpty) return;
        var inScope = new SortedDictionary<string, string>(StringComparer.Ordinal);
        for (var node = element; node is not null; node = isApex ? node.Parent : null)
            foreach (ref readonly var attribute in node.Attributes)
                if (attribute.IsDeclaration && attribute.DeclaredPrefix != "xml")
                    inScope.TryAdd(attribute.DeclaredPrefix, attribute.Value);
        foreach (var (prefix, uri) in inScope)
        {
            if (Rendered(prefix) == uri) continue;
            if (prefix.Length == 0) _output.Attribute("", "xmlns", uri);
            else _output.Attribute("xmlns", prefix, uri);
            _rendered.Add((prefix, uri));
        }
    }

    private string? Rendered(string prefix)
    {
        var index = _rendered.FindLastIndex(r => r.Prefix == prefix);
        return index >= 0 ? _rendered[index].Uri : prefix.Length == 0 ? "" : null;
    }

    private void WriteAttributes(XmlNode element, bool isApex)
    {
        var attributes = new List<XmlAttr>();
        foreach (ref readonly var attribute in element.Attributes)
            if (!attribute.IsDeclaration)
                attributes.Add(attribute);
        for (var node = isApex ? element.Parent : null; node is not null; node = node.Parent)
            foreach (ref readonly var attribute in node.Attributes)
                if (attribute.NamespaceUri == XmlNames.Xml)
                    Inherit(attributes, attribute);
        attributes.Sort(static (a, b) =>
        {
            var byNamespace = string.CompareOrdinal(a.NamespaceUri, b.NamespaceUri);
            return byNamespace != 0 ? byNamespace : string.CompareOrdinal(a.LocalName, b.LocalName);
        });
        foreach (var attribute in attributes) _output.Attribute(attribute.Prefix, attribute.LocalName, attribute.Value);
    }

    private void Inherit(List<XmlAttr> attributes, XmlAttr inherited)
    {
        if (_version11 && inherited.LocalName == "id") return;
        if (_version11 && inherited.LocalName == "base")
            throw new CpixException(CpixCodes.SignatureProfile, "xml:base above a signed element is not supported.");
        if (!attributes.Exists(a => a.NamespaceUri == XmlNames.Xml && a.LocalName == inherited.LocalName)) attributes.Add(inherited);
    }
}
