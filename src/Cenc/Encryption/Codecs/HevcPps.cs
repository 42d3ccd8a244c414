namespace DrmHub.Cenc.Encryption.Codecs;

/// <summary>What slice headers need of an HEVC picture parameter set (ITU-T H.265, 7.3.2.3); nothing here depends on the SPS.</summary>
internal sealed class HevcPps
{
    public const int MaxId = 63;

    private HevcPps(ref RbspReader reader)
    {
        Id = reader.Ue(MaxId, "pps_pic_parameter_set_id");
        SpsId = reader.Ue(HevcSps.MaxId, "pps_seq_parameter_set_id");
        DependentSlices = reader.Flag();
        OutputFlagPresent = reader.Flag();
        ExtraHeaderBits = (int)reader.Bits(3);
        reader.Skip(1);
        CabacInitPresent = reader.Flag();
        RefCount0 = reader.Ue(14, "num_ref_idx_l0_default_active_minus1") + 1;
        RefCount1 = reader.Ue(14, "num_ref_idx_l1_default_active_minus1") + 1;
        reader.Se();
        reader.Skip(1);
        var transformSkip = reader.Flag();
        if (reader.Flag()) reader.Ue();
        reader.Se();
        reader.Se();
        ChromaOffsetsPresent = reader.Flag();
        WeightedPrediction = reader.Flag();
        WeightedBiprediction = reader.Flag();
        reader.Skip(1);
        var tiles = reader.Flag();
        HasEntryPoints = reader.Flag() || tiles;
        if (tiles) SkipTiles(ref reader);
        LoopFilterAcrossSlices = reader.Flag();
        if (reader.Flag())
        {
            DeblockingOverride = reader.Flag();
            DeblockingDisabled = reader.Flag();
            if (!DeblockingDisabled)
            {
                reader.Se();
                reader.Se();
            }
        }

        if (reader.Flag()) HevcSps.SkipScalingLists(ref reader);
        ListsModificationPresent = reader.Flag();
        reader.Ue();
        HeaderExtensionPresent = reader.Flag();
        if (!reader.Flag()) return;

        var range = reader.Flag();
        reader.Skip(2);
        ScreenContent = reader.Flag();
        reader.Skip(4);
        if (!range) return;
        if (transformSkip) reader.Ue();
        reader.Skip(1);
        ChromaOffsetListEnabled = reader.Flag();
    }

    public int Id { get; }

    public int SpsId { get; }

    public bool DependentSlices { get; }

    public bool OutputFlagPresent { get; }

    public int ExtraHeaderBits { get; }

    public bool CabacInitPresent { get; }

    public int RefCount0 { get; }

    public int RefCount1 { get; }

    public bool ChromaOffsetsPresent { get; }

    public bool WeightedPrediction { get; }

    public bool WeightedBiprediction { get; }

    /// <summary>Tiles or wavefronts: the slice header lists entry points.</summary>
    public bool HasEntryPoints { get; }

    public bool LoopFilterAcrossSlices { get; }

    public bool DeblockingOverride { get; }

    public bool DeblockingDisabled { get; }

    public bool ListsModificationPresent { get; }

    public bool HeaderExtensionPresent { get; }

    public bool ChromaOffsetListEnabled { get; }

    /// <summary>The screen content extension is present.</summary>
    public bool ScreenContent { get; }

    /// <param name="payload">The NAL unit without its header.</param>
    public static HevcPps Parse(ReadOnlySpan<byte> payload)
    {
        var reader = new RbspReader(payload);
        return new HevcPps(ref reader);
    }

    private static void SkipTiles(ref RbspReader reader)
    {
        long columns = reader.Ue();
        long rows = reader.Ue();
        if (!reader.Flag())
        {
            for (var left = columns + rows; left > 0; left--) reader.Ue();
        }

        reader.Skip(1);
    }
}
