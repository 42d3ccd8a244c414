namespace DrmHub.Cenc.Bmff.Boxes;

/// <summary>Track extends (ISO/IEC 14496-12, 8.8.3): what a fragment of the track does not say.</summary>
public sealed class TrexBox : FullBox
{
    internal TrexBox(ref BoxReader reader)
        : base(BoxType.Trex, ref reader)
    {
        TrackId = reader.U32();
        DefaultDescription = reader.U32();
        DefaultDuration = reader.U32();
        DefaultSize = reader.U32();
        DefaultFlags = reader.U32();
    }

    internal TrexBox(uint trackId, uint defaultDuration)
        : base(BoxType.Trex, 0, 0)
    {
        TrackId = trackId;
        DefaultDescription = 1;
        DefaultDuration = defaultDuration;
    }

    public uint TrackId { get; }

    /// <summary>Sample description index, from 1.</summary>
    public uint DefaultDescription { get; }

    public uint DefaultDuration { get; }

    public uint DefaultSize { get; }

    public uint DefaultFlags { get; }

    internal override long FieldsSize => 20;

    internal override void WriteFields(BoxWriter writer)
    {
        writer.U32(TrackId);
        writer.U32(DefaultDescription);
        writer.U32(DefaultDuration);
        writer.U32(DefaultSize);
        writer.U32(DefaultFlags);
    }
}
