namespace DrmHub.Cenc.Bmff.Boxes;

/// <summary>
/// A full box that is a 32-bit count and that many entries of one size. The entries stay in the bytes that were read: a table of a
/// million rows costs no more than its file bytes.
/// </summary>
public abstract class TableBox : FullBox
{
    private readonly int _entrySize;

    private protected TableBox(uint type, int entrySize, ref BoxReader reader)
        : base(type, ref reader)
    {
        _entrySize = entrySize;
        var count = reader.U32();
        Entries = reader.Table(count, entrySize);
        Count = (int)count;
    }

    private protected TableBox(uint type, int entrySize, byte version, int count, ReadOnlyMemory<byte> entries)
        : base(type, version, 0)
    {
        _entrySize = entrySize;
        Count = count;
        Entries = entries;
    }

    public int Count { get; }

    internal ReadOnlyMemory<byte> Entries { get; }

    internal override long FieldsSize => 4 + Entries.Length;

    internal ReadOnlySpan<byte> Entry(int index) => Entries.Span.Slice(index * _entrySize, _entrySize);

    internal override void WriteFields(BoxWriter writer)
    {
        writer.U32((uint)Count);
        writer.Bytes(Entries.Span);
    }
}
