using System.Text;
using System.Xml;

namespace DrmHub.Music.Xml;

/// <summary>An element of a document from outside: its text, attributes and children, read within limits.</summary>
internal sealed class XmlTree
{
    private static readonly XmlTree[] s_none = [];
    private List<XmlTree>? _children;
    private List<(string Name, string Value)>? _attributes;
    private StringBuilder? _text;

    private XmlTree(string name, string space, int line)
    {
        Name = name;
        Space = space;
        Line = line;
    }

    public string Name { get; }

    public string Space { get; }

    public int Line { get; }

    /// <summary>Its own text without the white space around it.</summary>
    public string Text { get; private set; } = "";

    public IReadOnlyList<XmlTree> All => _children ?? (IReadOnlyList<XmlTree>)s_none;

    public XmlTree? Child(string name) => _children?.Find(child => child.Name == name);

    public IEnumerable<XmlTree> Children(string name) => _children?.Where(child => child.Name == name) ?? [];

    /// <summary>The text of a child; null where it is absent or empty.</summary>
    public string? TextOf(string name) => Child(name)?.Text is { Length: > 0 } text ? text : null;

    public string? Attribute(string name) => _attributes?.Find(attribute => attribute.Name == name).Value;

    /// <summary>The same text under the attributes of another element, which say its language.</summary>
    public XmlTree WithAttributesOf(XmlTree other) => new(Name, Space, Line) { Text = Text, _attributes = other._attributes };

    /// <summary>Reads a document with limits on its size, depth, elements and texts. No DTD, no entities of its own, nothing from elsewhere.</summary>
    /// <exception cref="XmlTreeException">It is no such document, or beyond a limit.</exception>
    public static XmlTree Read(Stream xml, XmlLimits limits)
    {
        var settings = new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Prohibit,
            XmlResolver = null,
            MaxCharactersInDocument = limits.MaxCharacters,
            MaxCharactersFromEntities = 0,
            IgnoreComments = true,
            IgnoreProcessingInstructions = true,
            CloseInput = false,
        };
        try
        {
            using var reader = XmlReader.Create(xml, settings);
            return ReadCore(reader, limits);
        }
        catch (XmlException exception)
        {
            // What is said of a DTD names our own settings, and no line.
            var reason = exception.Message.Contains("DTD", StringComparison.Ordinal) ? "A DTD is not allowed." : "This is no well-formed XML: " + Shorten(exception.Message);
            throw new XmlTreeException(Math.Max(1, exception.LineNumber), reason);
        }
    }

    private static XmlTree ReadCore(XmlReader reader, XmlLimits limits)
    {
        var lines = (IXmlLineInfo)reader;
        var open = new Stack<XmlTree>();
        XmlTree? root = null;
        var count = 0;
        while (reader.Read())
        {
            switch (reader.NodeType)
            {
                case XmlNodeType.Element:
                    if (++count > limits.MaxElements) throw new XmlTreeException(lines.LineNumber, $"A document has at most {limits.MaxElements} elements.");
                    if (open.Count >= limits.MaxDepth) throw new XmlTreeException(lines.LineNumber, $"Elements stand at most {limits.MaxDepth} deep.");
                    var node = new XmlTree(reader.LocalName, reader.NamespaceURI, lines.LineNumber);
                    var empty = reader.IsEmptyElement;
                    node.ReadAttributes(reader, lines, limits);
                    if (open.TryPeek(out var parent)) (parent._children ??= []).Add(node);
                    root ??= node;
                    if (!empty) open.Push(node);
                    break;
                case XmlNodeType.EndElement:
                    open.Pop().EndText();
                    break;
                case XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.SignificantWhitespace:
                    if (open.TryPeek(out var holder))
                    {
                        holder._text ??= new StringBuilder();
                        if (holder._text.Length + reader.Value.Length > limits.MaxText) throw new XmlTreeException(lines.LineNumber, $"A text has at most {limits.MaxText} characters.");
                        holder._text.Append(reader.Value);
                    }

                    break;
            }
        }

        return root ?? throw new XmlTreeException(0, "The document has no element.");
    }

    private void ReadAttributes(XmlReader reader, IXmlLineInfo lines, XmlLimits limits)
    {
        if (reader.AttributeCount > limits.MaxAttributes) throw new XmlTreeException(lines.LineNumber, $"An element has at most {limits.MaxAttributes} attributes.");
        while (reader.MoveToNextAttribute())
        {
            if (reader.Value.Length > limits.MaxText) throw new XmlTreeException(lines.LineNumber, $"A text has at most {limits.MaxText} characters.");
            (_attributes ??= []).Add((reader.LocalName, reader.Value));
        }
    }

    private void EndText()
    {
        if (_text is not null) Text = _text.ToString().Trim();
        _text = null;
    }

    private static string Shorten(string message) => message.Length <= 200 ? message : message[..200] + "…";
}
