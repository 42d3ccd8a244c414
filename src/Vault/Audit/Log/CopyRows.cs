using System.Buffers;
using System.Buffers.Binary;

namespace DrmHub.Vault.Audit;

/// <summary>
/// Rows in the binary form of PostgreSQL's COPY: a header, for each row the number of its fields (2) and for each field its length (4, -1 for
/// null) and bytes, and an end mark; big-endian. Written by hand and sent as it is: a call per field costs more than the field.
/// </summary>
internal sealed class CopyRows : IRowWriter
{
    private readonly ArrayBufferWriter<byte> _buffer = new(1 << 20);

    public CopyRows()
    {
        _buffer.Write("PGCOPY\n"u8);
        _buffer.Write((ReadOnlySpan<byte>)[0xff, (byte)'\r', (byte)'\n', 0]);
        _buffer.Write(new byte[8]); // Flags, and the length of a header extension.
    }

    /// <summary>Bytes written so far.</summary>
    public int Length => _buffer.WrittenCount;

    public void Begin(short fields) => BinaryPrimitives.WriteInt16BigEndian(Take(2), fields);

    public void Add(long value)
    {
        Size(8);
        BinaryPrimitives.WriteInt64BigEndian(Take(8), value);
    }

    public void Add(ReadOnlySpan<byte> value)
    {
        Size(value.Length);
        _buffer.Write(value);
    }

    public void AddNull() => Size(-1);

    /// <summary>PostgreSQL's text has no U+0000; the leaf keeps it.</summary>
    public void Add(string? value)
    {
        if (value is null)
        {
            AddNull();
            return;
        }

        if (value.Contains('\0', StringComparison.Ordinal)) value = value.Replace("\0", "", StringComparison.Ordinal);
        var count = System.Text.Encoding.UTF8.GetByteCount(value);
        Size(count);
        System.Text.Encoding.UTF8.GetBytes(value, Take(count));
    }

    public ReadOnlyMemory<byte> Finish()
    {
        BinaryPrimitives.WriteInt16BigEndian(Take(2), -1);
        return _buffer.WrittenMemory;
    }

    private void Size(int length) => BinaryPrimitives.WriteInt32BigEndian(Take(4), length);

    private Span<byte> Take(int count)
    {
        var span = _buffer.GetSpan(count)[..count];
        _buffer.Advance(count);
        return span;
    }
}
