using System.Buffers.Binary;

namespace DrmHub.Cenc.Bmff.Boxes;

/// <summary>Composition offsets as runs (ISO/IEC 14496-12, 8.6.1.3). Version 1 is signed; writers of version 0 mean signed values too.</summary>
public sealed class CttsBox : TableBox
{
    internal CttsBox(ref BoxReader reader)
        : base(BoxType.Ctts, 8, ref reader)
    {
    }

    public (uint Samples, int Offset) this[int index]
    {
        get
        {
            var entry = Entry(index);
            return (BinaryPrimitives.ReadUInt32BigEndian(entry), BinaryPrimitives.ReadInt32BigEndian(entry[4..]));
        }
    }
}
