namespace DrmHub.Cenc.Encryption.Codecs;

/// <summary>What slice headers need of an HEVC sequence parameter set (ITU-T H.265, 7.3.2.2). It stops before the VUI.</summary>
internal sealed class HevcSps
{
    public const int MaxId = 15;

    private const int MaxSets = 64;
    private const int MaxLongTermPictures = 32;

    // Profiles of screen content coding, A.3.7 and A.3.8.
    private const int ScreenContentProfile = 9, HighThroughputScreenContentProfile = 11;

    private readonly List<HevcReferencePictureSet> _sets = [];
    private readonly List<bool> _longTermUsed = [];

    private HevcSps(ref RbspReader reader)
    {
        reader.Skip(4);
        var subLayers = (int)reader.Bits(3);
        reader.Skip(1);
        ReadProfile(ref reader, subLayers);
        Id = reader.Ue(MaxId, "sps_seq_parameter_set_id");
        var chroma = reader.Ue(3, "chroma_format_idc");
        if (chroma == 3) SeparateColourPlanes = reader.Flag();
        HasChroma = chroma != 0 && !SeparateColourPlanes;
        var width = reader.Ue(ushort.MaxValue, "pic_width_in_luma_samples");
        var height = reader.Ue(ushort.MaxValue, "pic_height_in_luma_samples");
        if (width == 0 || height == 0) throw new CencFormatException("A sequence parameter set gives pictures of no size.");
        if (reader.Flag())
        {
            for (var i = 0; i < 4; i++) reader.Ue();
        }

        reader.Ue();
        reader.Ue();
        OrderCountBits = reader.Ue(12, "log2_max_pic_order_cnt_lsb_minus4") + 4;
        for (var layers = reader.Flag() ? subLayers + 1 : 1; layers > 0; layers--)
        {
            for (var i = 0; i < 3; i++) reader.Ue();
        }

        var codingTreeBits = reader.Ue(3, "log2_min_luma_coding_block_size_minus3") + 3;
        codingTreeBits += reader.Ue(3, "log2_diff_max_min_luma_coding_block_size");
        CodingTreeBlocks = RoundUp(width, codingTreeBits) * RoundUp(height, codingTreeBits);
        for (var i = 0; i < 4; i++) reader.Ue();
        if (reader.Flag() && reader.Flag()) SkipScalingLists(ref reader);
        reader.Skip(1);
        SampleAdaptiveOffset = reader.Flag();
        if (reader.Flag())
        {
            reader.Skip(8);
            reader.Ue();
            reader.Ue();
            reader.Skip(1);
        }

        for (var left = reader.Ue(MaxSets, "num_short_term_ref_pic_sets"); left > 0; left--)
            _sets.Add(HevcReferencePictureSet.Read(ref reader, _sets, inSlice: false));

        LongTermPresent = reader.Flag();
        if (LongTermPresent)
        {
            for (var left = reader.Ue(MaxLongTermPictures, "num_long_term_ref_pics_sps"); left > 0; left--)
            {
                reader.Skip(OrderCountBits);
                _longTermUsed.Add(reader.Flag());
            }
        }

        TemporalMotionVectors = reader.Flag();
    }

    public int Id { get; }

    public bool SeparateColourPlanes { get; }

    /// <summary>ChromaArrayType is not 0.</summary>
    public bool HasChroma { get; }

    public int OrderCountBits { get; }

    /// <summary>PicSizeInCtbsY.</summary>
    public int CodingTreeBlocks { get; }

    public bool SampleAdaptiveOffset { get; }

    public IReadOnlyList<HevcReferencePictureSet> ReferencePictureSets => _sets;

    public bool LongTermPresent { get; }

    /// <summary>used_by_curr_pic_lt_sps_flag of each long-term candidate.</summary>
    public IReadOnlyList<bool> LongTermUsed => _longTermUsed;

    public bool TemporalMotionVectors { get; }

    /// <summary>The profile is one of screen content coding, whose slice headers have more fields.</summary>
    public bool ScreenContent { get; private set; }

    /// <param name="payload">The NAL unit without its header.</param>
    public static HevcSps Parse(ReadOnlySpan<byte> payload)
    {
        var reader = new RbspReader(payload);
        return new HevcSps(ref reader);
    }

    /// <summary>scaling_list_data, 7.3.4.</summary>
    public static void SkipScalingLists(ref RbspReader reader)
    {
        for (var size = 0; size < 4; size++)
        {
            for (var matrix = 0; matrix < 6; matrix += size == 3 ? 3 : 1)
            {
                if (!reader.Flag())
                {
                    reader.Ue();
                    continue;
                }

                if (size > 1) reader.Se();
                for (var left = Math.Min(64, 1 << (4 + (size << 1))); left > 0; left--) reader.Se();
            }
        }
    }

    private static int RoundUp(int samples, int bits) => (samples + (1 << bits) - 1) >> bits;

    // profile_tier_level, 7.3.3: 88 bits of profile and 8 of level for the stream and, where flagged, for each sub-layer.
    private void ReadProfile(ref RbspReader reader, int subLayers)
    {
        reader.Skip(3);
        var profile = reader.Bits(5);
        ScreenContent = profile is ScreenContentProfile or HighThroughputScreenContentProfile;
        reader.Skip(88);
        if (subLayers == 0) return;
        Span<bool> present = stackalloc bool[2 * 7];
        for (var i = 0; i < subLayers * 2; i++) present[i] = reader.Flag();
        reader.Skip(2 * (8 - subLayers));
        for (var i = 0; i < subLayers * 2; i++)
        {
            if (present[i]) reader.Skip(i % 2 == 0 ? 88 : 8);
        }
    }
}
