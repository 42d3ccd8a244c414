using System.Buffers;
using System.Text;
using System.Xml;

namespace DrmHub.Cenc;

/// <summary>
/// Writes small XML of a known shape into a string: <see cref="XmlWriter"/> takes 15 KB of buffers for each text, and key answers hold
/// fifteen of them. Escapes as canonical XML does (C14N 1.0, 2.3), and refuses what XML cannot hold.
/// </summary>
internal sealed class XmlText(int capacity)
{
    private static readonly SearchValues<char> s_textSpecials = SearchValues.Create("&<>\r");
    private static readonly SearchValues<char> s_attributeSpecials = SearchValues.Create("&<>\"\t\n\r");

    private readonly StringBuilder _text = new(capacity);
    private readonly Stack<string> _open = new(8);
    private bool _inTag;

    /// <param name="name">With its prefix, where it has one; the caller declares it.</param>
    public XmlText Start(string name)
    {
        CloseTag();
        _text.Append('<').Append(name);
        _open.Push(name);
        _inTag = true;
        return this;
    }

    /// <summary>In the tag that was started last.</summary>
    /// <exception cref="ArgumentException">A character that XML cannot hold.</exception>
    public XmlText Attribute(string name, string value)
    {
        if (!_inTag) throw new InvalidOperationException("An attribute follows the start of its element.");
        _text.Append(' ').Append(name).Append("=\"");
        Escape(value, s_attributeSpecials);
        _text.Append('"');
        return this;
    }

    /// <exception cref="ArgumentException">A character that XML cannot hold.</exception>
    public XmlText Text(string value)
    {
        CloseTag();
        Escape(value, s_textSpecials);
        return this;
    }

    /// <summary>Always with an end tag of its own, as canonical XML has it.</summary>
    public XmlText End()
    {
        CloseTag();
        _text.Append("</").Append(_open.Pop()).Append('>');
        return this;
    }

    public override string ToString() => _open.Count == 0 ? _text.ToString() : throw new InvalidOperationException("An element is open.");

    private void CloseTag()
    {
        if (_inTag) _text.Append('>');
        _inTag = false;
    }

    private void Escape(string value, SearchValues<char> specials)
    {
        Check(value);
        var rest = value.AsSpan();
        for (int index; (index = rest.IndexOfAny(specials)) >= 0; rest = rest[(index + 1)..])
        {
            _text.Append(rest[..index]).Append(rest[index] switch
            {
                '&' => "&amp;",
                '<' => "&lt;",
                '>' => "&gt;",
                '"' => "&quot;",
                '\t' => "&#x9;",
                '\n' => "&#xA;",
                _ => "&#xD;",
            });
        }

        _text.Append(rest);
    }

    private static void Check(string value)
    {
        try
        {
            XmlConvert.VerifyXmlChars(value);
        }
        catch (XmlException exception)
        {
            throw new ArgumentException("A character of the text cannot stand in XML.", nameof(value), exception);
        }
    }
}
