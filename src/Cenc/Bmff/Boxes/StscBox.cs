using System.Buffers.Binary;

namespace DrmHub.Cenc.Bmff.Boxes;

/// <summary>Sample to chunk (ISO/IEC 14496-12, 8.7.4).</summary>
public sealed class StscBox : TableBox
{
    internal StscBox(ref BoxReader reader)
        : base(BoxType.Stsc, 12, ref reader)
    {
    }

    internal StscBox()
        : base(BoxType.Stsc, 12, 0, 0, default)
    {
    }

    /// <summary>First chunk of the run (from 1), samples in each chunk, sample description index (from 1).</summary>
    public (uint FirstChunk, uint SamplesPerChunk, uint Description) this[int index]
    {
        get
        {
            var entry = Entry(index);
            return (BinaryPrimitives.ReadUInt32BigEndian(entry), BinaryPrimitives.ReadUInt32BigEndian(entry[4..]), BinaryPrimitives.ReadUInt32BigEndian(entry[8..]));
        }
    }
}
