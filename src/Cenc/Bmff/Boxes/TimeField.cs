namespace DrmHub.Cenc.Bmff.Boxes;

/// <summary>Times are 32 bits wide in version 0 of a box and 64 bits in version 1.</summary>
internal static class TimeField
{
    public static void Write(BoxWriter writer, byte version, ulong value)
    {
        if (version == 1) writer.U64(value);
        else writer.U32((uint)value);
    }
}
