namespace DrmHub.Cenc.Encryption.Codecs;

/// <summary>Measures an HEVC slice segment header (ITU-T H.265, 7.3.6.1), up to and with its byte alignment.</summary>
internal static class HevcSliceHeader
{
    private const int B = 0, P = 1;
    private const int FirstIrap = 16, LastIrap = 23, IdrWithLeading = 19, IdrWithoutLeading = 20;
    private const int MaxReferences = 16;

    /// <summary>Bytes of the stored payload, from behind the NAL unit header, that the slice segment header takes.</summary>
    /// <param name="payload">The NAL unit without its header.</param>
    /// <param name="unitType">nal_unit_type, 0 to 31.</param>
    /// <param name="sets">The parameter sets in force.</param>
    /// <param name="shakaDeblocking"><see cref="SubsampleOptions.ShakaHevcDeblocking"/>.</param>
    public static int Measure(ReadOnlySpan<byte> payload, int unitType, HevcParameterSets sets, bool shakaDeblocking)
    {
        var reader = new RbspReader(payload);
        var first = reader.Flag();
        if (unitType is >= FirstIrap and <= LastIrap) reader.Skip(1);
        var pps = sets.Pps(reader.Ue(HevcPps.MaxId, "slice_pic_parameter_set_id"));
        var sps = sets.Sps(pps.SpsId);
        if (sps.ScreenContent || pps.ScreenContent) throw new CencFormatException("HEVC screen content coding is not supported: its slice headers cannot be measured.");

        var dependent = false;
        if (!first)
        {
            dependent = pps.DependentSlices && reader.Flag();
            reader.Skip(RbspReader.CeilLog2((uint)sps.CodingTreeBlocks));
        }

        if (!dependent) SkipIndependent(ref reader, unitType, sps, pps, shakaDeblocking);
        if (pps.HasEntryPoints)
        {
            long points = reader.Ue();
            if (points > 0)
            {
                var size = reader.Ue(31, "offset_len_minus1") + 1;
                reader.Skip(points * size);
            }
        }

        if (pps.HeaderExtensionPresent) reader.Skip(8L * reader.Ue(256, "slice_segment_header_extension_length"));
        // With the bit too many, what is read here need not be the alignment: the packagers do not look either.
        if (!reader.Flag() && !shakaDeblocking) throw new CencFormatException("A slice segment header does not end in the alignment bit.");
        while (!reader.IsByteAligned)
        {
            if (reader.Flag() && !shakaDeblocking) throw new CencFormatException("A slice segment header does not end in zero bits.");
        }

        return reader.BytePosition;
    }

    private static void SkipIndependent(ref RbspReader reader, int unitType, HevcSps sps, HevcPps pps, bool shakaDeblocking)
    {
        reader.Skip(pps.ExtraHeaderBits);
        var type = reader.Ue(2, "slice_type");
        if (pps.OutputFlagPresent) reader.Skip(1);
        if (sps.SeparateColourPlanes) reader.Skip(2);
        var references = 0;
        var temporalMotionVectors = false;
        if (unitType is not (IdrWithLeading or IdrWithoutLeading))
        {
            reader.Skip(sps.OrderCountBits);
            references = ReadShortTerm(ref reader, sps);
            if (sps.LongTermPresent) references += ReadLongTerm(ref reader, sps);
            temporalMotionVectors = sps.TemporalMotionVectors && reader.Flag();
        }

        var offset = false;
        if (sps.SampleAdaptiveOffset)
        {
            offset = reader.Flag();
            if (sps.HasChroma) offset |= reader.Flag();
        }

        if (type is B or P) SkipPrediction(ref reader, type, references, temporalMotionVectors, sps, pps);
        reader.Se();
        if (pps.ChromaOffsetsPresent)
        {
            reader.Se();
            reader.Se();
        }

        if (pps.ChromaOffsetListEnabled) reader.Skip(1);

        // Where the slice says nothing, the flag takes the value of the PPS (7.4.7.1); the packagers named in the option take 0.
        var deblockingDisabled = pps.DeblockingDisabled && !shakaDeblocking;
        if (pps.DeblockingOverride && reader.Flag())
        {
            deblockingDisabled = reader.Flag();
            if (!deblockingDisabled)
            {
                reader.Se();
                reader.Se();
            }
        }

        if (pps.LoopFilterAcrossSlices && (offset || !deblockingDisabled)) reader.Skip(1);
    }

    private static int ReadShortTerm(ref RbspReader reader, HevcSps sps)
    {
        var sets = sps.ReferencePictureSets;
        if (!reader.Flag()) return HevcReferencePictureSet.Read(ref reader, sets, inSlice: true).UsedCount;
        var index = (int)reader.Bits(RbspReader.CeilLog2((uint)sets.Count));
        if (index >= sets.Count) throw new CencFormatException($"A slice names the reference picture set {index} of {sets.Count}.");
        return sets[index].UsedCount;
    }

    private static int ReadLongTerm(ref RbspReader reader, HevcSps sps)
    {
        var candidates = sps.LongTermUsed;
        var fromSps = candidates.Count > 0 ? reader.Ue(candidates.Count, "num_long_term_sps") : 0;
        var own = reader.Ue(MaxReferences * 2, "num_long_term_pics");
        var used = 0;
        for (var i = 0; i < fromSps + own; i++)
        {
            if (i < fromSps)
            {
                var index = (int)reader.Bits(RbspReader.CeilLog2((uint)candidates.Count));
                if (index >= candidates.Count) throw new CencFormatException($"A slice names the long-term picture {index} of {candidates.Count}.");
                if (candidates[index]) used++;
            }
            else
            {
                reader.Skip(sps.OrderCountBits);
                if (reader.Flag()) used++;
            }

            if (reader.Flag()) reader.Ue();
        }

        return used;
    }

    private static void SkipPrediction(ref RbspReader reader, int type, int references, bool temporalMotionVectors, HevcSps sps, HevcPps pps)
    {
        var count0 = pps.RefCount0;
        var count1 = type == B ? pps.RefCount1 : 0;
        if (reader.Flag())
        {
            count0 = reader.Ue(14, "num_ref_idx_l0_active_minus1") + 1;
            if (type == B) count1 = reader.Ue(14, "num_ref_idx_l1_active_minus1") + 1;
        }

        if (pps.ListsModificationPresent && references > 1)
        {
            var bits = RbspReader.CeilLog2((uint)references);
            if (reader.Flag()) reader.Skip(count0 * bits);
            if (type == B && reader.Flag()) reader.Skip(count1 * bits);
        }

        if (type == B) reader.Skip(1);
        if (pps.CabacInitPresent) reader.Skip(1);
        if (temporalMotionVectors)
        {
            var fromList0 = type != B || reader.Flag();
            if ((fromList0 ? count0 : count1) > 1) reader.Ue();
        }

        if (type == P ? pps.WeightedPrediction : pps.WeightedBiprediction) SkipWeights(ref reader, sps, count0, count1);
        reader.Ue();
    }

    // pred_weight_table, 7.3.6.3: in each list all luma flags, then all chroma flags, then the values.
    private static void SkipWeights(ref RbspReader reader, HevcSps sps, int count0, int count1)
    {
        reader.Ue();
        if (sps.HasChroma) reader.Se();
        SkipWeightList(ref reader, sps, count0);
        SkipWeightList(ref reader, sps, count1);
    }

    private static void SkipWeightList(ref RbspReader reader, HevcSps sps, int count)
    {
        var luma = reader.Bits(count);
        var chroma = sps.HasChroma ? reader.Bits(count) : 0;
        for (var i = count - 1; i >= 0; i--)
        {
            var values = ((luma >> i) & 1) * 2 + ((chroma >> i) & 1) * 4;
            for (; values > 0; values--) reader.Se();
        }
    }
}
