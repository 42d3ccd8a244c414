namespace DrmHub.Cenc.Bmff.Boxes;

/// <summary>Movie extends header (ISO/IEC 14496-12, 8.8.2): duration of a fragmented movie, in ticks of the movie timescale.</summary>
public sealed class MehdBox : FullBox
{
    internal MehdBox(ref BoxReader reader)
        : base(BoxType.Mehd, ref reader)
    {
        if (Version > 1) throw reader.Path.Error($"version {Version} is unknown");
        Duration = Version == 1 ? reader.U64() : reader.U32();
    }

    internal MehdBox(ulong duration)
        : base(BoxType.Mehd, (byte)(duration > uint.MaxValue ? 1 : 0), 0) => Duration = duration;

    public ulong Duration { get; }

    internal override long FieldsSize => Version == 1 ? 8 : 4;

    internal override void WriteFields(BoxWriter writer) => TimeField.Write(writer, Version, Duration);
}
