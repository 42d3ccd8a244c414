using System.Buffers.Binary;

namespace DrmHub.Cenc.Bmff.Boxes;

/// <summary>Sync samples by number, from 1 (ISO/IEC 14496-12, 8.6.2). Where the box is absent, all samples are sync.</summary>
public sealed class StssBox : TableBox
{
    internal StssBox(ref BoxReader reader)
        : base(BoxType.Stss, 4, ref reader)
    {
    }

    public uint this[int index] => BinaryPrimitives.ReadUInt32BigEndian(Entry(index));
}
