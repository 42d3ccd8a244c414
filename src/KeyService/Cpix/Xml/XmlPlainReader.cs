using System.Buffers;
using System.Text;

namespace DrmHub.KeyService.Cpix.Xml;

/// <summary>
/// Reads the plain part of XML that packagers write, some three times as fast as the framework's parser: ASCII, elements, attributes and
/// texts. It judges nothing: whatever is not plain, wrong or beyond a limit is left to <see cref="XmlTreeReader"/>, whose tree and whose
/// refusal are what counts. A tree from here is the one that would have come from there; the fuzz tests compare the two.
/// </summary>
internal ref struct XmlPlainReader
{
    private static readonly SearchValues<byte> s_space = SearchValues.Create(" \t\n"u8);
    private static readonly SearchValues<byte> s_name = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-."u8);
    private static readonly SearchValues<byte> s_text = Printable("<>&"u8, "\t\n"u8);
    private static readonly SearchValues<byte> s_value = Printable("<&\"'"u8, ""u8);

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly CpixLimits _limits;
    private readonly List<Open> _open = new(8);
    private readonly List<(string Prefix, string Uri)> _scope = new(8);
    private readonly List<Attribute> _attributes = new(8);
    private XmlTree? _tree;
    private string _spaces = "";
    private int _at;
    private int _nodes;

    private XmlPlainReader(ReadOnlySpan<byte> bytes, CpixLimits limits)
    {
        _bytes = bytes;
        _limits = limits;
    }

    /// <returns>Null for a document that is not plain.</returns>
    public static XmlTree? Read(ReadOnlySpan<byte> bytes, CpixLimits limits)
    {
        var reader = new XmlPlainReader(bytes, limits);
        return reader.ReadDocument() ? reader._tree : null;
    }

    private bool ReadDocument()
    {
        if (!ReadDeclaration()) return false;
        while (_at < _bytes.Length)
        {
            if (++_nodes > _limits.MaxNodes) return false;
            var read = _bytes[_at] != '<' ? ReadText()
                : _at + 1 < _bytes.Length && _bytes[_at + 1] == '/' ? ReadEnd()
                : ReadStart();
            if (!read) return false;
        }

        return _tree is not null && _open.Count == 0;
    }

    private bool ReadDeclaration()
    {
        if (!_bytes.StartsWith("<?"u8)) return true;
        _nodes++;
        return Skip("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"u8) || Skip("<?xml version=\"1.0\" encoding=\"utf-8\"?>"u8)
            || Skip("<?xml version='1.0' encoding='UTF-8'?>"u8) || Skip("<?xml version='1.0' encoding='utf-8'?>"u8)
            || Skip("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>"u8) || Skip("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>"u8)
            || Skip("<?xml version=\"1.0\"?>"u8);
    }

    private bool ReadText()
    {
        var length = _bytes[_at..].IndexOfAnyExcept(s_text);
        if (length < 0) length = _bytes.Length - _at;
        else if (_bytes[_at + length] != '<') return false;
        var text = _bytes.Slice(_at, length);
        _at += length;
        var isSpace = !text.ContainsAnyExcept(s_space);
        if (_open.Count == 0) return isSpace;
        if (!isSpace) _open[^1].Node.Attach(XmlAtoms.Get(text));
        else _open[^1].Node.Attach(Ascii.Equals(text, _spaces) ? _spaces : _spaces = Encoding.ASCII.GetString(text));
        return true;
    }

    private bool ReadEnd()
    {
        _at += 2;
        if (_open.Count == 0) return false;
        var open = _open[^1];
        if (!Skip(_bytes.Slice(open.NameAt, open.NameLength))) return false;
        SkipSpace();
        if (!Skip(">"u8)) return false;
        Close(open);
        return true;
    }

    private bool ReadStart()
    {
        _at++;
        var nameAt = _at;
        if (!ReadName(out var prefix, out var localName) || prefix is "xml" or "xmlns") return false;
        var open = new Open(null!, nameAt, _at - nameAt, _scope.Count);
        if (!ReadAttributes() || Lookup(prefix) is not { } namespaceUri) return false;
        if ((_tree is not null && _open.Count == 0) || _open.Count >= _limits.MaxDepth) return false;

        var element = new XmlNode(prefix, localName, namespaceUri);
        if (!AttachAttributes(element)) return false;
        if (_tree is null) _tree = new XmlTree(element);
        else _open[^1].Node.Attach(element);
        _open.Add(open with { Node = element });
        if (!Skip("/>"u8)) return Skip(">"u8);
        Close(_open[^1]);
        return true;
    }

    private bool ReadAttributes()
    {
        _attributes.Clear();
        while (true)
        {
            var hadSpace = SkipSpace();
            if (_at >= _bytes.Length) return false;
            if (_bytes[_at] is (byte)'>' or (byte)'/') return true;
            if (!hadSpace || _attributes.Count >= _limits.MaxAttributes || !ReadName(out var prefix, out var localName)) return false;
            SkipSpace();
            if (!Skip("="u8)) return false;
            SkipSpace();
            if (_at >= _bytes.Length || _bytes[_at] is not ((byte)'"' or (byte)'\'') || !ReadValue(_bytes[_at], out var value)) return false;
            if (prefix == "xmlns" || (prefix.Length == 0 && localName == "xmlns"))
            {
                if (!Declare(prefix.Length == 0 ? "" : localName, value)) return false;
            }
            else if (prefix == "xml")
            {
                return false;
            }

            _attributes.Add(new Attribute(prefix, localName, value));
        }
    }

    private bool ReadValue(byte quote, out string value)
    {
        _at++;
        var length = _bytes[_at..].IndexOfAnyExcept(s_value);
        value = "";
        if (length < 0 || _bytes[_at + length] != quote) return false;
        value = XmlAtoms.Get(_bytes.Slice(_at, length));
        _at += length + 1;
        return true;
    }

    private readonly bool Declare(string prefix, string namespaceUri)
    {
        if (prefix is "xml" or "xmlns" || namespaceUri is XmlNames.Xml or XmlNames.Xmlns || (prefix.Length > 0 && namespaceUri.Length == 0)) return false;
        _scope.Add((prefix, namespaceUri));
        return true;
    }

    private readonly bool AttachAttributes(XmlNode element)
    {
        if (_attributes.Count == 0) return true;
        var attributes = new XmlAttr[_attributes.Count];
        for (var i = 0; i < attributes.Length; i++)
        {
            var (prefix, localName, value) = _attributes[i];
            var namespaceUri = prefix == "xmlns" || (prefix.Length == 0 && localName == "xmlns") ? XmlNames.Xmlns : prefix.Length == 0 ? "" : Lookup(prefix);
            if (namespaceUri is null) return false;
            for (var before = 0; before < i; before++)
            {
                if (attributes[before].LocalName == localName && (attributes[before].NamespaceUri == namespaceUri || attributes[before].Prefix == prefix)) return false;
            }

            attributes[i] = new XmlAttr(prefix, localName, namespaceUri, value);
        }

        element.Attach(attributes);
        return true;
    }

    private readonly string? Lookup(string prefix)
    {
        for (var i = _scope.Count - 1; i >= 0; i--)
        {
            if (_scope[i].Prefix == prefix) return _scope[i].Uri;
        }

        return prefix.Length == 0 ? "" : null;
    }

    private bool ReadName(out string prefix, out string localName)
    {
        prefix = "";
        if (!ReadPart(out localName)) return false;
        if (_at >= _bytes.Length || _bytes[_at] != ':') return true;
        _at++;
        prefix = localName;
        return ReadPart(out localName);
    }

    private bool ReadPart(out string name)
    {
        name = "";
        var length = _bytes[_at..].IndexOfAnyExcept(s_name);
        if (length <= 0 || !(char.IsAsciiLetter((char)_bytes[_at]) || _bytes[_at] == '_')) return false;
        name = XmlAtoms.Get(_bytes.Slice(_at, length));
        _at += length;
        return true;
    }

    private void Close(Open open)
    {
        _open.RemoveAt(_open.Count - 1);
        if (_scope.Count > open.Scope) _scope.RemoveRange(open.Scope, _scope.Count - open.Scope);
    }

    private bool Skip(ReadOnlySpan<byte> expected)
    {
        if (!_bytes[_at..].StartsWith(expected)) return false;
        _at += expected.Length;
        return true;
    }

    private bool SkipSpace()
    {
        var start = _at;
        while (_at < _bytes.Length && s_space.Contains(_bytes[_at])) _at++;
        return _at > start;
    }

    private static SearchValues<byte> Printable(ReadOnlySpan<byte> without, ReadOnlySpan<byte> with)
    {
        var bytes = new List<byte>([.. with]);
        for (var each = (byte)' '; each <= '~'; each++)
        {
            if (!without.Contains(each)) bytes.Add(each);
        }

        return SearchValues.Create([.. bytes]);
    }

    private readonly record struct Attribute(string Prefix, string LocalName, string Value);

    private readonly record struct Open(XmlNode Node, int NameAt, int NameLength, int Scope);
}
