using System.Buffers.Binary;

namespace DrmHub.Cenc.Bmff.Boxes;

/// <summary>Chunk offsets of 64 bits, from the start of the file (ISO/IEC 14496-12, 8.7.5).</summary>
public sealed class Co64Box : TableBox
{
    internal Co64Box(ref BoxReader reader)
        : base(BoxType.Co64, 8, ref reader)
    {
    }

    internal Co64Box(int count, ReadOnlyMemory<byte> entries)
        : base(BoxType.Co64, 8, 0, count, entries)
    {
    }

    public ulong this[int index] => BinaryPrimitives.ReadUInt64BigEndian(Entry(index));
}
