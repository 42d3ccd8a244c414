using System.Buffers.Binary;

namespace DrmHub.Cenc.Bmff.Boxes;

/// <summary>Decoding times as runs of equal durations (ISO/IEC 14496-12, 8.6.1.2).</summary>
public sealed class SttsBox : TableBox
{
    internal SttsBox(ref BoxReader reader)
        : base(BoxType.Stts, 8, ref reader)
    {
    }

    internal SttsBox()
        : base(BoxType.Stts, 8, 0, 0, default)
    {
    }

    public (uint Samples, uint Duration) this[int index]
    {
        get
        {
            var entry = Entry(index);
            return (BinaryPrimitives.ReadUInt32BigEndian(entry), BinaryPrimitives.ReadUInt32BigEndian(entry[4..]));
        }
    }
}
