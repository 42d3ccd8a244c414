using System.Buffers.Binary;

namespace DrmHub.Cenc.Bmff.Boxes;

/// <summary>Chunk offsets of 32 bits, from the start of the file (ISO/IEC 14496-12, 8.7.5).</summary>
public sealed class StcoBox : TableBox
{
    internal StcoBox(ref BoxReader reader)
        : base(BoxType.Stco, 4, ref reader)
    {
    }

    internal StcoBox(int count, ReadOnlyMemory<byte> entries)
        : base(BoxType.Stco, 4, 0, count, entries)
    {
    }

    public uint this[int index] => BinaryPrimitives.ReadUInt32BigEndian(Entry(index));
}
