using System.Globalization;
using System.Text;

namespace DrmHub.Cenc.Signalling;

/// <summary>
/// Writes an HLS attribute list (RFC 8216, 4.2). A quoted string has no escape for a quote or a line break, so a value that
/// holds one is refused: put in as it is, it could end the string and add attributes or tags of its own.
/// </summary>
internal sealed class HlsAttributeList
{
    private readonly StringBuilder _text = new();

    /// <summary>An unquoted word of upper-case letters, digits and hyphens.</summary>
    public HlsAttributeList Enumerated(string name, string value)
    {
        if (value.Length == 0 || !value.All(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c) || c == '-'))
        {
            throw new ArgumentException($"{name} is a word of upper-case letters, digits and hyphens.", nameof(value));
        }

        return Name(name, value);
    }

    /// <summary>A string in quotes.</summary>
    /// <exception cref="ArgumentException">The value holds a quote, a control character or half a surrogate pair.</exception>
    public HlsAttributeList Quoted(string name, string value)
    {
        for (var i = 0; i < value.Length; i++)
        {
            var c = value[i];
            // U+2028 and U+2029 end a line for some parsers, so they count as line breaks here.
            if (c == '"' || char.IsControl(c) || c is '\u2028' or '\u2029') throw Unquotable(name, i);
            if (!char.IsSurrogate(c)) continue;
            if (!char.IsHighSurrogate(c) || i + 1 == value.Length || !char.IsLowSurrogate(value[i + 1])) throw Unquotable(name, i);
            i++;
        }

        return Name(name, "\"" + value + "\"");
    }

    /// <summary>A hexadecimal sequence: 0x and upper-case digits.</summary>
    public HlsAttributeList Hexadecimal(string name, ReadOnlySpan<byte> value) => Name(name, "0x" + Convert.ToHexString(value));

    public override string ToString() => _text.ToString();

    private static ArgumentException Unquotable(string name, int index) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{name} cannot stand in an HLS quoted string: character {index} is a quote, a control character or half a surrogate pair."), name);

    private HlsAttributeList Name(string name, string value)
    {
        if (_text.Length > 0) _text.Append(',');
        _text.Append(name).Append('=').Append(value);
        return this;
    }
}
