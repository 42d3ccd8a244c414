using System.Buffers;
using System.Buffers.Text;

namespace DrmHub.Vault.Audit.Encoding;

/// <summary>
/// Writes RFC 8785 (JCS) JSON in the strict profile of the log: objects, arrays, strings, integers and <c>true</c>/<c>false</c>;
/// no null, no fractions. The caller writes names in ordinal order; debug builds check it.
/// </summary>
/// <remarks>System.Text.Json is no help here: it escapes characters that RFC 8785, 3.2.2.2 writes as they are.</remarks>
internal sealed class CanonicalWriter
{
    /// <summary>UTF-8 of one UTF-16 unit, or its escape.</summary>
    private const int MaxUnit = 6;

    private static readonly SearchValues<char> s_escaped = SearchValues.Create(
        string.Concat(Enumerable.Range(0, 32).Select(code => (char)code)) + "\"\\");

    private byte[] _buffer = new byte[4096];
    private int _length;
    private bool _needsComma;

    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

    public int Length => _length;

    public void Clear()
    {
        _length = 0;
        _needsComma = false;
    }

    public void BeginObject() => Open((byte)'{');

    public void EndObject() => Close((byte)'}');

    public void BeginArray() => Open((byte)'[');

    public void EndArray() => Close((byte)']');

    /// <param name="name">ASCII without quotes, backslashes and control characters.</param>
    public void Name(ReadOnlySpan<byte> name)
    {
        Separate();
        var span = Reserve(name.Length + 3);
        span[0] = (byte)'"';
        name.CopyTo(span[1..]);
        span[name.Length + 1] = (byte)'"';
        span[name.Length + 2] = (byte)':';
        _length += name.Length + 3;
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
        Utf8Formatter.TryFormat(value, Reserve(20), out var written);
        _length += written;
    }

    public void Boolean(bool value)
    {
        Separate();
        var text = value ? "true"u8 : "false"u8;
        text.CopyTo(Reserve(text.Length));
        _length += text.Length;
    }

    /// <summary>Name and value, or nothing where the value is null.</summary>
    /// <param name="name">As <see cref="Name"/> takes it.</param>
    public void Member(ReadOnlySpan<byte> name, string? value)
    {
        if (value is null) return;
        Name(name);
        Text(value);
    }

    /// <summary>A name that comes from outside, and its value.</summary>
    public void Member(string name, string value)
    {
        Separate();
        Quote(name);
        Byte((byte)':');
        Quote(value);
    }

    /// <summary>Bytes as lower-case hex digits.</summary>
    public void Hex(ReadOnlySpan<byte> name, ReadOnlySpan<byte> bytes)
    {
        Name(name);
        Separate();
        var span = Reserve(2 * bytes.Length + 2);
        span[0] = (byte)'"';
        Convert.TryToHexStringLower(bytes, span[1..], out var written);
        span[written + 1] = (byte)'"';
        _length += written + 2;
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
        Reserve(1)[0] = value;
        _length++;
    }

    /// <summary>Room for so many bytes after what is written; <see cref="_length"/> is the caller's to move.</summary>
    private Span<byte> Reserve(int count)
    {
        if (_buffer.Length - _length < count) Array.Resize(ref _buffer, Math.Max(2 * _buffer.Length, _length + count));
        return _buffer.AsSpan(_length);
    }

    private void Quote(string value)
    {
        Reserve(checked(MaxUnit * value.Length + 2))[0] = (byte)'"';
        _length++;
        var rest = value.AsSpan();
        while (!rest.IsEmpty)
        {
            var plain = rest.IndexOfAny(s_escaped);
            if (plain < 0) plain = rest.Length;
            if (plain > 0)
            {
                // A lone surrogate becomes U+FFFD: the leaf is always valid UTF-8.
                _length += System.Text.Encoding.UTF8.GetBytes(rest[..plain], _buffer.AsSpan(_length));
                rest = rest[plain..];
                continue;
            }

            Escape(rest[0]);
            rest = rest[1..];
        }

        _buffer[_length++] = (byte)'"';
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
                Byte((byte)'u');
                Byte((byte)'0');
                Byte((byte)'0');
                Byte((byte)(value < 16 ? '0' : '1'));
                Byte((byte)"0123456789abcdef"[value & 15]);
                break;
        }
    }
}
