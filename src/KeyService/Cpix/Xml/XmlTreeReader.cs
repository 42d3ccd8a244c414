using System.Text;
using System.Xml;

namespace DrmHub.KeyService.Cpix.Xml;

/// <summary>
/// Bytes to a tree, under limits. The framework's parser does the lexing with document types prohibited and no resolver; the bytes,
/// not the declaration, decide the encoding, so that a declaration cannot smuggle in UTF-7 or a code page.
/// </summary>
internal static class XmlTreeReader
{
    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);
    private static readonly UnicodeEncoding Utf16Little = new(false, false, throwOnInvalidBytes: true);
    private static readonly UnicodeEncoding Utf16Big = new(true, false, throwOnInvalidBytes: true);

    /// <exception cref="CpixException">Not XML, not in an encoding that is read, or beyond a limit.</exception>
    public static XmlTree Read(ReadOnlySpan<byte> bytes, CpixLimits limits)
    {
        if (bytes.Length > limits.MaxBytes) throw new CpixException(CpixCodes.Size, $"The document has more than {limits.MaxBytes} bytes.");
        if (bytes.IsEmpty) throw new CpixException(CpixCodes.Xml, "The document is empty.");
        return XmlPlainReader.Read(bytes, limits) ?? ReadAny(bytes, limits);
    }

    /// <summary>Any document, plain or not.</summary>
    /// <exception cref="CpixException">Not XML, not in an encoding that is read, or beyond a limit other than its size.</exception>
    internal static XmlTree ReadAny(ReadOnlySpan<byte> bytes, CpixLimits limits)
    {
        var text = Decode(bytes);
        XmlPrescan.Check(text, limits);
        try
        {
            using var reader = XmlReader.Create(new StringReader(text), new XmlReaderSettings
            {
                DtdProcessing = DtdProcessing.Prohibit,
                XmlResolver = null,
                MaxCharactersInDocument = limits.MaxBytes,
                MaxCharactersFromEntities = 1024,
            });
            return ReadTree(reader, limits);
        }
        catch (Exception e) when (e is XmlException or ArgumentException)
        {
            throw new CpixException(CpixCodes.Xml, $"The document is not well-formed XML: {e.Message}", e);
        }
    }

    private static string Decode(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return bytes switch
            {
                [0xEF, 0xBB, 0xBF, .. var rest] => Utf8.GetString(rest),
                [0xFF, 0xFE, 0, 0, ..] or [0, 0, 0xFE, 0xFF, ..] => throw new CpixException(CpixCodes.Encoding, "UTF-32 is not read; use UTF-8 or UTF-16."),
                [0xFF, 0xFE, .. var rest] => Utf16Little.GetString(rest),
                [0xFE, 0xFF, .. var rest] => Utf16Big.GetString(rest),
                [(byte)'<', 0, not 0, 0, ..] => Utf16Little.GetString(bytes),
                [0, (byte)'<', 0, not 0, ..] => Utf16Big.GetString(bytes),
                _ => Utf8.GetString(bytes),
            };
        }
        catch (ArgumentException e)
        {
            throw new CpixException(CpixCodes.Encoding, "The document is neither UTF-8 nor UTF-16.", e);
        }
    }

    private static XmlTree ReadTree(XmlReader reader, CpixLimits limits)
    {
        XmlTree? tree = null;
        XmlNode? open = null;
        var before = new List<XmlMisc>();
        var nodes = 0;
        var spaces = "";
        while (reader.Read())
        {
            if (++nodes > limits.MaxNodes) throw new CpixException(CpixCodes.Limit, $"The document has more than {limits.MaxNodes} nodes.");
            switch (reader.NodeType)
            {
                case XmlNodeType.Element:
                    if (reader.Depth >= limits.MaxDepth) throw new CpixException(CpixCodes.Limit, $"Elements are nested more than {limits.MaxDepth} deep.");
                    var element = new XmlNode(reader.Prefix, reader.LocalName, reader.NamespaceURI);
                    var isEmpty = reader.IsEmptyElement;
                    ReadAttributes(reader, element, limits);
                    if (tree is null) tree = new XmlTree(element);
                    else open!.Attach(element);
                    if (!isEmpty) open = element;
                    break;
                case XmlNodeType.EndElement:
                    open = open!.Parent;
                    break;
                case XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.SignificantWhitespace:
                    open!.Attach(reader.Value);
                    break;
                case XmlNodeType.Whitespace when open is not null:
                    // Indentation repeats: one string serves many places.
                    if (reader.Value is var value && value != spaces) spaces = value;
                    open.Attach(spaces);
                    break;
                case XmlNodeType.Comment or XmlNodeType.ProcessingInstruction:
                    var misc = new XmlMisc(reader.NodeType == XmlNodeType.Comment ? null : reader.Name, reader.Value);
                    if (open is not null) open.Attach(misc);
                    else (tree?.After ?? before).Add(misc);
                    break;
                case XmlNodeType.XmlDeclaration:
                    CheckEncodingName(reader.GetAttribute("encoding"));
                    break;
                default:
                    break;
            }
        }

        if (tree is null) throw new CpixException(CpixCodes.Xml, "The document has no root element.");
        tree.Before.AddRange(before);
        return tree;
    }

    private static void ReadAttributes(XmlReader reader, XmlNode element, CpixLimits limits)
    {
        var count = reader.AttributeCount;
        if (count == 0) return;
        if (count > limits.MaxAttributes) throw new CpixException(CpixCodes.Limit, $"{element.LocalName} has more than {limits.MaxAttributes} attributes.");
        var attributes = new XmlAttr[count];
        for (var i = 0; i < count; i++)
        {
            reader.MoveToAttribute(i);
            attributes[i] = new XmlAttr(reader.Prefix, reader.LocalName, reader.NamespaceURI, reader.Value);
        }

        element.Attach(attributes);
    }

    // Text that was built as UTF-16 and sent as UTF-8 with its declaration is common and harmless: the bytes have decided already.
    private static void CheckEncodingName(string? name)
    {
        if (name is null || name.ToUpperInvariant() is "UTF-8" or "UTF8" or "US-ASCII" or "UTF-16" or "UTF-16LE" or "UTF-16BE") return;
        throw new CpixException(CpixCodes.Encoding, "The document declares an encoding other than UTF-8 and UTF-16.");
    }
}
