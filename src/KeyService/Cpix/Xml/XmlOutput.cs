using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace DrmHub.KeyService.Cpix.Xml;

/// <summary>
/// A growing buffer of UTF-8 with the escaping that canonical XML prescribes (C14N 1.0, 2.3), which is good for any output. The buffer is
/// rented, because answers with many keys would land on the large object heap; it holds keys, so it is cleared when it goes back.
/// </summary>
internal sealed class XmlOutput : IDisposable
{
    private static readonly SearchValues<char> TextSpecials = SearchValues.Create("&<>\r");
    private static readonly SearchValues<char> AttributeSpecials = SearchValues.Create("&<\"\t\n\r");
    private const int MaxShort = 24;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
    private int _length;

    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

    /// <summary>Valid until this is disposed.</summary>
    public ReadOnlyMemory<byte> WrittenMemory => _buffer.AsMemory(0, _length);

    public void Dispose()
    {
        if (_buffer.Length == 0) return;
        CryptographicOperations.ZeroMemory(_buffer.AsSpan(0, _length));
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _length = 0;
    }

    public void Raw(ReadOnlySpan<byte> ascii)
    {
        Reserve(ascii.Length);
        ascii.CopyTo(_buffer.AsSpan(_length));
        _length += ascii.Length;
    }

    public void Raw(ReadOnlySpan<char> text)
    {
        if (text.Length <= MaxShort && TryShort(text)) return;
        // Three bytes at most for each UTF-16 unit; a surrogate pair has two units and four bytes.
        Reserve(text.Length * 3);
        _length += Encoding.UTF8.GetBytes(text, _buffer.AsSpan(_length));
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

    /// <summary>Base64 has nothing to escape.</summary>
    public void Base64(XmlBase64 text)
    {
        Reserve(text.Length);
        System.Buffers.Text.Base64.EncodeToUtf8(text.Bytes, _buffer.AsSpan(_length), out _, out var written);
        _length += written;
    }

    public void Instruction(XmlMisc instruction)
    {
        Raw("<?"u8);
        Raw(instruction.Target!);
        if (instruction.Data.Length > 0) Raw(" "u8);
        Raw(instruction.Data);
        Raw("?>"u8);
    }

    /// <summary>Names are most of what is written one by one, and not worth a call to the encoder.</summary>
    private bool TryShort(ReadOnlySpan<char> text)
    {
        Reserve(text.Length);
        var destination = _buffer.AsSpan(_length, text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] > 0x7F) return false;
            destination[i] = (byte)text[i];
        }

        _length += text.Length;
        return true;
    }

    private void Reserve(int count)
    {
        if (_buffer.Length - _length >= count) return;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_buffer.Length * 2, _length + count));
        Written.CopyTo(larger);
        CryptographicOperations.ZeroMemory(_buffer.AsSpan(0, _length));
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
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
