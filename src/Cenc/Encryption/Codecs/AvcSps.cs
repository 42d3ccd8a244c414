namespace DrmHub.Cenc.Encryption.Codecs;

/// <summary>What slice headers need of an H.264 sequence parameter set (ITU-T H.264, 7.3.2.1.1). It stops before the VUI.</summary>
internal sealed class AvcSps
{
    public const int MaxId = 31;

    private AvcSps(ref RbspReader reader)
    {
        var profile = reader.Bits(8);
        reader.Skip(16);
        Id = reader.Ue(MaxId, "seq_parameter_set_id");
        ChromaFormat = 1;
        if (profile is 100 or 110 or 122 or 244 or 44 or 83 or 86 or 118 or 128 or 138 or 139 or 134 or 135) ReadHighProfileFields(ref reader);

        FrameNumberBits = reader.Ue(12, "log2_max_frame_num_minus4") + 4;
        OrderCountType = reader.Ue(2, "pic_order_cnt_type");
        if (OrderCountType == 0)
        {
            OrderCountBits = reader.Ue(12, "log2_max_pic_order_cnt_lsb_minus4") + 4;
        }
        else if (OrderCountType == 1)
        {
            OrderDeltaAlwaysZero = reader.Flag();
            reader.Se();
            reader.Se();
            for (var left = reader.Ue(255, "num_ref_frames_in_pic_order_cnt_cycle"); left > 0; left--) reader.Se();
        }

        reader.Ue();
        reader.Skip(1);
        var width = reader.Ue(8191, "pic_width_in_mbs_minus1") + 1L;
        var height = reader.Ue(8191, "pic_height_in_map_units_minus1") + 1L;
        MapUnits = width * height;
        FrameMbsOnly = reader.Flag();
    }

    public int Id { get; }

    public int ChromaFormat { get; private set; }

    public bool SeparateColourPlanes { get; private set; }

    /// <summary>ChromaArrayType: 0 for monochrome and for separately coded planes.</summary>
    public int ChromaArrayType => SeparateColourPlanes ? 0 : ChromaFormat;

    public int FrameNumberBits { get; }

    public int OrderCountType { get; }

    public int OrderCountBits { get; }

    public bool OrderDeltaAlwaysZero { get; }

    /// <summary>PicSizeInMapUnits.</summary>
    public long MapUnits { get; }

    public bool FrameMbsOnly { get; }

    /// <param name="payload">The NAL unit without its header byte.</param>
    public static AvcSps Parse(ReadOnlySpan<byte> payload)
    {
        var reader = new RbspReader(payload);
        return new AvcSps(ref reader);
    }

    private void ReadHighProfileFields(ref RbspReader reader)
    {
        ChromaFormat = reader.Ue(3, "chroma_format_idc");
        if (ChromaFormat == 3) SeparateColourPlanes = reader.Flag();
        reader.Ue();
        reader.Ue();
        reader.Skip(1);
        if (!reader.Flag()) return;
        var lists = ChromaFormat == 3 ? 12 : 8;
        for (var i = 0; i < lists; i++)
        {
            if (reader.Flag()) SkipScalingList(ref reader, i < 6 ? 16 : 64);
        }
    }

    private static void SkipScalingList(ref RbspReader reader, int size)
    {
        long last = 8, next = 8;
        for (var i = 0; i < size; i++)
        {
            if (next != 0)
            {
                // delta_scale is -128 to 127; any other number only has to land in 0 to 255 here, as every decoder computes it.
                next = (last + reader.Se()) & 0xFF;
            }

            if (next != 0) last = next;
        }
    }
}
