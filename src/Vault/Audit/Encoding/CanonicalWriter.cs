using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace DrmHub.Vault.Audit.Encoding;

/// <summary>
/// Writes RFC 8785 (JCS) JSON in the strict profile of the log: objects, arrays, strings, integers and <c>true</c>/<c>false</c>;
/// no null, no fractions. The caller writes names in ordinal order; debug builds check it.
/// </summary>
/// <remarks>System.Text.Json is no help here: it escapes characters that RFC 8785, 3.2.2.2 writes as they are.</remarks>
internal sealed class CanonicalWriter
{
    private readonly ArrayBufferWriter<byte> _buffer = new(1024);
    private bool _needsComma;

    public ReadOnlySpan<byte> Written => _buffer.WrittenSpan;

    public int Length => _buffer.WrittenCount;

    public void Clear()
    {
        _buffer.ResetWrittenCount();
        _needsComma = false;
    }

    public void BeginObject() => Open((byte)'{');

    public void EndObject() => Close((byte)'}');

    public void BeginArray() => Open((byte)'[');

    public void EndArray() => Close((byte)']');

    public void Name(string name)
    {
        Separate();
        Quote(name);
        Byte((byte)':');
        _needsComma = false;
    }

    public void Text(string value)
    {
        Separate();
        Quote(value);
    }

    public void Integer(long value)
    {
        Separate();
        var span = _buffer.GetSpan(20);
        Utf8Formatter.TryFormat(value, span, out var written);
        _buffer.Advance(written);
    }

    public void Boolean(bool value)
    {
        Separate();
        _buffer.Write(value ? "true"u8 : "false"u8);
    }

    /// <summary>Name and value, or nothing where the value is null.</summary>
    public void Member(string name, string? value)
    {
        if (value is null) return;
        Name(name);
        Text(value);
    }

    private void Open(byte bracket)
    {
        Separate();
        Byte(bracket);
        _needsComma = false;
    }

    private void Close(byte bracket)
    {
        Byte(bracket);
        _needsComma = true;
    }

    private void Separate()
    {
        if (_needsComma) Byte((byte)',');
        _needsComma = true;
    }

    private void Byte(byte value)
    {
        _buffer.GetSpan(1)[0] = value;
        _buffer.Advance(1);
    }

    private void Quote(string value)
    {
        Byte((byte)'"');
        var rest = value.AsSpan();
        while (!rest.IsEmpty)
        {
            var plain = rest.IndexOfAny(s_escaped);
            if (plain < 0) plain = rest.Length;
            if (plain > 0)
            {
                // A lone surrogate becomes U+FFFD: the leaf is always valid UTF-8.
                System.Text.Encoding.UTF8.GetBytes(rest[..plain], _buffer);
                rest = rest[plain..];
                continue;
            }

            Escape(rest[0]);
            rest = rest[1..];
        }

        Byte((byte)'"');
    }

    private void Escape(char value)
    {
        Byte((byte)'\\');
        switch (value)
        {
            case '"': Byte((byte)'"'); break;
            case '\\': Byte((byte)'\\'); break;
            case '\b': Byte((byte)'b'); break;
            case '\t': Byte((byte)'t'); break;
            case '\n': Byte((byte)'n'); break;
            case '\f': Byte((byte)'f'); break;
            case '\r': Byte((byte)'r'); break;
            default:
                _buffer.Write("u00"u8);
                Byte((byte)(value < 16 ? '0' : '1'));
                Byte((byte)"0123456789abcdef"[value & 15]);
                break;
        }
    }

    private static readonly SearchValues<char> s_escaped = SearchValues.Create(
        string.Concat(Enumerable.Range(0, 32).Select(code => (char)code)) + "\"\\");
}
