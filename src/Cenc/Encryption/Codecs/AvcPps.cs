namespace DrmHub.Cenc.Encryption.Codecs;

/// <summary>
/// What slice headers need of an H.264 picture parameter set (ITU-T H.264, 7.3.2.2). Nothing before the tail, which is not read, depends on
/// the sequence parameter set: so a set whose SPS is unknown does no harm until a slice uses it.
/// </summary>
internal sealed class AvcPps
{
    public const int MaxId = 255;

    private AvcPps(ref RbspReader reader)
    {
        Id = reader.Ue(MaxId, "pic_parameter_set_id");
        SpsId = reader.Ue(AvcSps.MaxId, "seq_parameter_set_id");
        Cabac = reader.Flag();
        BottomFieldOrderPresent = reader.Flag();
        SliceGroupMapType = -1;
        var groups = reader.Ue(7, "num_slice_groups_minus1");
        if (groups > 0) ReadSliceGroups(ref reader, groups);
        RefCount0 = reader.Ue(31, "num_ref_idx_l0_default_active_minus1") + 1;
        RefCount1 = reader.Ue(31, "num_ref_idx_l1_default_active_minus1") + 1;
        WeightedPrediction = reader.Flag();
        WeightedBipredictionMode = (int)reader.Bits(2);
        reader.Se();
        reader.Se();
        reader.Se();
        DeblockingControlPresent = reader.Flag();
        reader.Skip(1);
        RedundantCountPresent = reader.Flag();
    }

    public int Id { get; }

    public int SpsId { get; }

    public bool Cabac { get; }

    public bool BottomFieldOrderPresent { get; }

    /// <summary>-1 without slice groups. Types 3 to 5 put slice_group_change_cycle into the slice header.</summary>
    public int SliceGroupMapType { get; private set; }

    public long SliceGroupChangeRate { get; private set; }

    public int RefCount0 { get; }

    public int RefCount1 { get; }

    public bool WeightedPrediction { get; }

    public int WeightedBipredictionMode { get; }

    public bool DeblockingControlPresent { get; }

    public bool RedundantCountPresent { get; }

    /// <param name="payload">The NAL unit without its header byte.</param>
    public static AvcPps Parse(ReadOnlySpan<byte> payload)
    {
        var reader = new RbspReader(payload);
        return new AvcPps(ref reader);
    }

    private void ReadSliceGroups(ref RbspReader reader, int groups)
    {
        SliceGroupMapType = reader.Ue(6, "slice_group_map_type");
        switch (SliceGroupMapType)
        {
            case 0:
                for (var i = 0; i <= groups; i++) reader.Ue();
                break;
            case 2:
                for (var i = 0; i < groups * 2; i++) reader.Ue();
                break;
            case 3 or 4 or 5:
                reader.Skip(1);
                SliceGroupChangeRate = reader.Ue() + 1L;
                break;
            case 6:
                var units = reader.Ue() + 1L;
                reader.Skip(units * RbspReader.CeilLog2((uint)groups + 1));
                break;
        }
    }
}
