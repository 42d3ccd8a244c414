using DrmHub.Cenc.Bmff.Boxes;

namespace DrmHub.Cenc.Bmff;

/// <summary>Points each <c>saio</c> that was made for a <c>senc</c> of the same <c>traf</c> to its first sample entry (ISO/IEC 23001-7, 7.2).</summary>
internal static class AuxOffsets
{
    // Header, version and flags, sample count.
    private const int BeforeEntries = 16;

    public static void Set(ContainerBox moof)
    {
        long position = moof.HeaderSize;
        foreach (var child in moof.List)
        {
            if (child is ContainerBox { Type: BoxType.Traf } traf)
            {
                var inside = position + traf.HeaderSize;
                SaioBox? saio = null;
                foreach (var box in traf.List)
                {
                    if (box is SaioBox { Offset: < 0 } made) saio = made;
                    if (box is SencBox && saio is not null) saio.SetSingle((uint)(inside + BeforeEntries));
                    inside += box.Size;
                }
            }
            position += child.Size;
        }
    }
}
