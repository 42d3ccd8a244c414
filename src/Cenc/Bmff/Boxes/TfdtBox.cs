namespace DrmHub.Cenc.Bmff.Boxes;

/// <summary>Decode time of a fragment's first sample (ISO/IEC 14496-12, 8.8.12).</summary>
public sealed class TfdtBox : FullBox
{
    internal TfdtBox(ref BoxReader reader)
        : base(BoxType.Tfdt, ref reader)
    {
        if (Version > 1) throw reader.Path.Error($"version {Version} is unknown");
        BaseMediaDecodeTime = Version == 1 ? reader.Long64("a decode time") : reader.U32();
    }

    internal TfdtBox(long time)
        : base(BoxType.Tfdt, (byte)(time > uint.MaxValue ? 1 : 0), 0) => BaseMediaDecodeTime = time;

    /// <summary>In ticks of the track.</summary>
    public long BaseMediaDecodeTime { get; }

    internal override long FieldsSize => Version == 1 ? 8 : 4;

    internal override void WriteFields(BoxWriter writer) => TimeField.Write(writer, Version, (ulong)BaseMediaDecodeTime);
}
