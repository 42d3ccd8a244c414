using System.Buffers;
using System.Text;

namespace DrmHub.KeyService.Cpix.Xml;

/// <summary>A growing buffer of UTF-8 with the escaping that canonical XML prescribes (C14N 1.0, 2.3), which is good for any output.</summary>
internal sealed class XmlOutput
{
    private static readonly SearchValues<char> TextSpecials = SearchValues.Create("&<>\r");
    private static readonly SearchValues<char> AttributeSpecials = SearchValues.Create("&<\"\t\n\r");
    private readonly ArrayBufferWriter<byte> _buffer;

    public XmlOutput(int capacity = 4096) => _buffer = new ArrayBufferWriter<byte>(capacity);

    public ReadOnlySpan<byte> Written => _buffer.WrittenSpan;

    public void Raw(ReadOnlySpan<byte> ascii) => _buffer.Write(ascii);

    public void Raw(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty) return;
        var span = _buffer.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length));
        _buffer.Advance(Encoding.UTF8.GetBytes(text, span));
    }

    public void Name(string prefix, string localName)
    {
        if (prefix.Length > 0)
        {
            Raw(prefix);
            Raw(":"u8);
        }

        Raw(localName);
    }

    public void Attribute(string prefix, string localName, string value)
    {
        Raw(" "u8);
        Name(prefix, localName);
        Raw("=\""u8);
        Escape(value, AttributeSpecials);
        Raw("\""u8);
    }

    public void Text(string text) => Escape(text, TextSpecials);

    public void Instruction(XmlMisc instruction)
    {
        Raw("<?"u8);
        Raw(instruction.Target!);
        if (instruction.Data.Length > 0) Raw(" "u8);
        Raw(instruction.Data);
        Raw("?>"u8);
    }

    private void Escape(ReadOnlySpan<char> text, SearchValues<char> specials)
    {
        while (true)
        {
            var index = text.IndexOfAny(specials);
            if (index < 0)
            {
                Raw(text);
                return;
            }

            Raw(text[..index]);
            Raw(text[index] switch
            {
                '&' => "&amp;"u8,
                '<' => "&lt;"u8,
                '>' => "&gt;"u8,
                '"' => "&quot;"u8,
                '\t' => "&#x9;"u8,
                '\n' => "&#xA;"u8,
                _ => "&#xD;"u8,
            });
            text = text[(index + 1)..];
        }
    }
}
