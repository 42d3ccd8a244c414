using System.Buffers;
using System.Globalization;

namespace DrmHub.Cenc.Signalling;

/// <summary>
/// Writes an HLS attribute list (RFC 8216, 4.2). A quoted string has no escape for a quote or a line break, so a value that
/// holds one is refused: put in as it is, it could end the string and add attributes or tags of its own.
/// </summary>
internal sealed class HlsAttributeList(int capacity = HlsAttributeList.Small)
{
    /// <summary>Printable ASCII but for the quote: most values are nothing else, and need no closer look.</summary>
    private static readonly SearchValues<char> s_plain = SearchValues.Create(string.Concat(Enumerable.Range(' ', 95).Select(static c => (char)c).Where(static c => c != '"')));

    /// <summary>Room for a list without large values, in characters.</summary>
    public const int Small = 224;

    private readonly ArrayBufferWriter<char> _text = new(capacity);

    /// <summary>An unquoted word of upper-case letters, digits and hyphens.</summary>
    public HlsAttributeList Enumerated(string name, string value)
    {
        if (value.Length == 0 || !value.All(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c) || c == '-'))
        {
            throw new ArgumentException($"{name} is a word of upper-case letters, digits and hyphens.", nameof(value));
        }

        Start(name);
        _text.Write(value);
        return this;
    }

    /// <summary>A string in quotes.</summary>
    /// <exception cref="ArgumentException">The value holds a quote, a control character or half a surrogate pair.</exception>
    public HlsAttributeList Quoted(string name, string value)
    {
        if (value.AsSpan().ContainsAnyExcept(s_plain)) Check(name, value);
        Start(name);
        _text.Write("\"");
        _text.Write(value);
        _text.Write("\"");
        return this;
    }

    /// <summary>Room for a list with the base64 of so many bytes.</summary>
    public static int CapacityFor(int bytes) => Small + ((bytes + 2) / 3 * 4);

    /// <summary>A string in quotes: a start that can stand there, and the base64 of some bytes.</summary>
    public HlsAttributeList QuotedBase64(string name, string start, ReadOnlySpan<byte> bytes)
    {
        if (start.AsSpan().ContainsAnyExcept(s_plain)) Check(name, start);
        Start(name);
        _text.Write("\"");
        _text.Write(start);
        Convert.TryToBase64Chars(bytes, _text.GetSpan((bytes.Length + 2) / 3 * 4), out var written);
        _text.Advance(written);
        _text.Write("\"");
        return this;
    }

    /// <summary>A hexadecimal sequence: 0x and upper-case digits.</summary>
    public HlsAttributeList Hexadecimal(string name, ReadOnlySpan<byte> value)
    {
        Start(name);
        _text.Write("0x");
        _text.Write(Convert.ToHexString(value));
        return this;
    }

    public override string ToString() => new(_text.WrittenSpan);

    private static void Check(string name, string value)
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
    }

    private static ArgumentException Unquotable(string name, int index) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{name} cannot stand in an HLS quoted string: character {index} is a quote, a control character or half a surrogate pair."), name);

    private void Start(string name)
    {
        if (_text.WrittenCount > 0) _text.Write(",");
        _text.Write(name);
        _text.Write("=");
    }
}
