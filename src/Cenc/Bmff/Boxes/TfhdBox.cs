namespace DrmHub.Cenc.Bmff.Boxes;

/// <summary>Track fragment header (ISO/IEC 14496-12, 8.8.7): defaults of this fragment and the base of its data offsets.</summary>
public sealed class TfhdBox : FullBox
{
    internal const uint HasBaseDataOffset = 0x000001;
    internal const uint HasDescription = 0x000002;
    internal const uint HasDuration = 0x000008;
    internal const uint HasSize = 0x000010;
    internal const uint HasFlags = 0x000020;
    internal const uint DefaultBaseIsMoof = 0x020000;

    internal TfhdBox(ref BoxReader reader)
        : base(BoxType.Tfhd, ref reader)
    {
        TrackId = reader.U32();
        if ((Flags & HasBaseDataOffset) != 0) BaseDataOffset = reader.Long64("a base data offset");
        if ((Flags & HasDescription) != 0) Description = reader.U32();
        if ((Flags & HasDuration) != 0) DefaultDuration = reader.U32();
        if ((Flags & HasSize) != 0) DefaultSize = reader.U32();
        if ((Flags & HasFlags) != 0) DefaultFlags = reader.U32();
    }

    internal TfhdBox(uint trackId, uint description, uint? duration, uint? size, uint? flags)
        : base(BoxType.Tfhd, 0, DefaultBaseIsMoof)
    {
        TrackId = trackId;
        SetDescription(description);
        DefaultDuration = duration;
        DefaultSize = size;
        DefaultFlags = flags;
        if (duration is not null) Flags |= HasDuration;
        if (size is not null) Flags |= HasSize;
        if (flags is not null) Flags |= HasFlags;
    }

    public uint TrackId { get; }

    /// <summary>From the start of the file.</summary>
    public long? BaseDataOffset { get; private set; }

    /// <summary>Sample description index, from 1; null for the track's default.</summary>
    public uint? Description { get; private set; }

    public uint? DefaultDuration { get; }

    public uint? DefaultSize { get; }

    public uint? DefaultFlags { get; }

    internal override long FieldsSize
    {
        get
        {
            long size = 4;
            if ((Flags & HasBaseDataOffset) != 0) size += 8;
            if ((Flags & HasDescription) != 0) size += 4;
            if ((Flags & HasDuration) != 0) size += 4;
            if ((Flags & HasSize) != 0) size += 4;
            if ((Flags & HasFlags) != 0) size += 4;
            return size;
        }
    }

    internal void SetDescription(uint index)
    {
        Description = index;
        Flags |= HasDescription;
    }

    /// <summary>Makes the fragment's <c>moof</c> the base.</summary>
    internal void SetBaseToMoof()
    {
        BaseDataOffset = null;
        Flags = (Flags & ~HasBaseDataOffset) | DefaultBaseIsMoof;
    }

    internal override void WriteFields(BoxWriter writer)
    {
        writer.U32(TrackId);
        if ((Flags & HasBaseDataOffset) != 0) writer.I64(BaseDataOffset ?? 0);
        if ((Flags & HasDescription) != 0) writer.U32(Description ?? 1);
        if ((Flags & HasDuration) != 0) writer.U32(DefaultDuration ?? 0);
        if ((Flags & HasSize) != 0) writer.U32(DefaultSize ?? 0);
        if ((Flags & HasFlags) != 0) writer.U32(DefaultFlags ?? 0);
    }
}
