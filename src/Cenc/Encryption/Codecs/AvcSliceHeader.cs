namespace DrmHub.Cenc.Encryption.Codecs;

/// <summary>Measures an H.264 slice header (ITU-T H.264, 7.3.3), field pictures, MBAFF and slice groups included.</summary>
internal static class AvcSliceHeader
{
    private const int B = 1, I = 2, SP = 3, SI = 4;

    /// <summary>Bytes of the stored payload, from behind the NAL unit header, that hold bits of the slice header.</summary>
    /// <param name="payload">The NAL unit without its header byte.</param>
    /// <param name="idr">NAL unit type 5.</param>
    /// <param name="reference">nal_ref_idc is not 0.</param>
    /// <param name="sets">The parameter sets in force.</param>
    public static int Measure(ReadOnlySpan<byte> payload, bool idr, bool reference, AvcParameterSets sets)
    {
        var reader = new RbspReader(payload);
        reader.Ue();
        var type = reader.Ue(9, "slice_type") % 5;
        var pps = sets.Pps(reader.Ue(AvcPps.MaxId, "pic_parameter_set_id"));
        var sps = sets.Sps(pps.SpsId);
        if (sps.SeparateColourPlanes) reader.Skip(2);
        reader.Skip(sps.FrameNumberBits);
        var field = !sps.FrameMbsOnly && reader.Flag();
        if (field) reader.Skip(1);
        if (idr) reader.Ue();
        ReadOrderCount(ref reader, sps, pps, field);
        if (pps.RedundantCountPresent) reader.Ue();
        if (type == B) reader.Skip(1);

        var count0 = pps.RefCount0;
        var count1 = pps.RefCount1;
        if (type is not (I or SI))
        {
            if (reader.Flag())
            {
                count0 = reader.Ue(31, "num_ref_idx_l0_active_minus1") + 1;
                if (type == B) count1 = reader.Ue(31, "num_ref_idx_l1_active_minus1") + 1;
            }

            SkipListModification(ref reader);
            if (type == B) SkipListModification(ref reader);
            if (type == B ? pps.WeightedBipredictionMode == 1 : pps.WeightedPrediction)
                SkipWeights(ref reader, sps, count0, type == B ? count1 : 0);
        }

        if (reference) SkipReferenceMarking(ref reader, idr);
        if (pps.Cabac && type is not (I or SI)) reader.Ue();
        reader.Se();
        if (type == SP) reader.Skip(1);
        if (type is SP or SI) reader.Se();
        if (pps.DeblockingControlPresent && reader.Ue() != 1)
        {
            reader.Se();
            reader.Se();
        }

        if (pps.SliceGroupMapType is >= 3 and <= 5)
        {
            // Ceil(Log2(PicSizeInMapUnits ÷ SliceGroupChangeRate + 1)), the division exact: the count of cycles, rounded up, plus the cycle 0.
            var cycles = (sps.MapUnits + pps.SliceGroupChangeRate - 1) / pps.SliceGroupChangeRate;
            reader.Skip(RbspReader.CeilLog2((uint)cycles + 1));
        }

        return reader.BytePosition;
    }

    private static void ReadOrderCount(ref RbspReader reader, AvcSps sps, AvcPps pps, bool field)
    {
        var both = pps.BottomFieldOrderPresent && !field;
        if (sps.OrderCountType == 0)
        {
            reader.Skip(sps.OrderCountBits);
            if (both) reader.Se();
        }
        else if (sps.OrderCountType == 1 && !sps.OrderDeltaAlwaysZero)
        {
            reader.Se();
            if (both) reader.Se();
        }
    }

    private static void SkipListModification(ref RbspReader reader)
    {
        if (!reader.Flag()) return;
        while (reader.Ue(3, "modification_of_pic_nums_idc") != 3) reader.Ue();
    }

    private static void SkipWeights(ref RbspReader reader, AvcSps sps, int count0, int count1)
    {
        var chroma = sps.ChromaArrayType != 0;
        reader.Ue();
        if (chroma) reader.Ue();
        for (var left = count0 + count1; left > 0; left--)
        {
            if (reader.Flag())
            {
                reader.Se();
                reader.Se();
            }

            if (!chroma || !reader.Flag()) continue;
            for (var i = 0; i < 4; i++) reader.Se();
        }
    }

    private static void SkipReferenceMarking(ref RbspReader reader, bool idr)
    {
        if (idr)
        {
            reader.Skip(2);
            return;
        }

        if (!reader.Flag()) return;
        for (var operation = ReadOperation(ref reader); operation != 0; operation = ReadOperation(ref reader))
        {
            if (operation == 5) continue;
            reader.Ue();
            if (operation == 3) reader.Ue();
        }
    }

    private static int ReadOperation(ref RbspReader reader) => reader.Ue(6, "memory_management_control_operation");
}
