using DrmHub.Cenc.Encryption;
using DrmHub.Testing;

namespace DrmHub.Cenc.Tests.Codecs;

/// <summary>
/// HEVC headers that encoders at hand do not write: predicted reference picture sets in all shapes, long-term references, list modifications,
/// tiles, dependent slices, chroma offset lists, header extensions. Random ones are written here; the size by construction, the one that
/// ffmpeg's parser finds and ours have to agree.
/// </summary>
public sealed class HevcHeaderTests
{
    private readonly Random _random = new(4);
    private readonly HevcSyntheticSets _sets;

    public HevcHeaderTests() => _sets = new HevcSyntheticSets(_random);

    [SkippableFact]
    public void Random_headers_are_measured_as_written_and_as_ffmpeg_does()
    {
        using var folder = new TemporaryFolder();
        Tools.FFmpeg("-f", "lavfi", "-i", "testsrc2=s=64x64:r=25", "-frames:v", "1", "-c:v", "libx265", "-x265-params", "log-level=none", folder["start.hevc"]);
        var stream = new List<byte>(File.ReadAllBytes(folder["start.hevc"]));
        var expected = new List<(int PlainBits, int Stored, byte[] Slice)>();
        byte[] configuration = new byte[23];
        (configuration[0], configuration[21]) = (1, 3);
        var mapper = SubsampleMapper.Create("hev1", configuration, ProtectionScheme.Cbcs);
        for (var round = 0; round < 400; round++)
        {
            var (sps, spsUnit) = _sets.WriteSps();
            var (pps, ppsUnit) = _sets.WritePps(sps);
            byte[][] units = [spsUnit, ppsUnit, .. Enumerable.Range(0, 4).Select(i => WriteSlice(pps, i == 0, expected))];
            foreach (var unit in units) stream.AddRange([0, 0, 0, 1, .. unit]);

            var subsamples = new List<Subsample>();
            mapper.Map(units.SelectMany(unit => (byte[])[0, 0, (byte)(unit.Length >> 8), (byte)(unit.Length & 255), .. unit]).ToArray(), subsamples);
            Assert.Equal(expected.TakeLast(4).Select(slice => (uint)(slice.Slice.Length - slice.Stored)), subsamples.Select(subsample => subsample.ProtectedBytes));
        }

        File.WriteAllBytes(folder["all.hevc"], [.. stream]);
        var traced = FFmpegTrace.Read("Slice Segment Header", "-f", "hevc", "-i", folder["all.hevc"]).Skip(1).Select(header => header.Bits).ToArray();
        Assert.Equal(expected.Select(slice => slice.PlainBits), traced);
    }

    private bool Coin() => _random.Next(2) == 0;

    private byte[] WriteSlice(HevcSyntheticPps pps, bool first, List<(int PlainBits, int Stored, byte[] Slice)> expected)
    {
        var sps = pps.Sps;
        var type = (int[])[0, 1, 4, 5, 8, 9, 16, 19, 20, 21];
        var unitType = type[_random.Next(type.Length)];
        var bits = HevcSyntheticSets.Unit(unitType);
        bits.Flag(first);
        if (unitType >= 16) bits.Flag(Coin());
        bits.Ue(pps.Id);
        var dependent = false;
        if (!first)
        {
            dependent = pps.Dependent && bits.Flag(Coin());
            bits.Bits(_random.Next(1, sps.Columns * sps.Rows), (int)Math.Ceiling(Math.Log2(sps.Columns * sps.Rows)));
        }

        if (!dependent) WriteIndependent(bits, pps, unitType);
        var most = pps.Wavefronts ? (pps.TileColumns * sps.Rows) - 1 : (pps.TileColumns * pps.TileRows) - 1;
        if (pps.Wavefronts || pps.TileColumns > 1)
        {
            var points = bits.Ue(_random.Next(Math.Max(most, 0) + 1));
            if (points > 0)
            {
                var size = bits.Ue(Coin() ? 31 : _random.Next(32)) + 1;
                for (var i = 0; i < points; i++) bits.Bits(Coin() ? 0 : _random.Next(3), size);
            }
        }

        if (pps.Extension)
        {
            for (var left = bits.Ue(_random.Next(10)); left > 0; left--) bits.Bits(Coin() ? 0 : _random.Next(256), 8);
        }

        bits.Align();
        var tail = new byte[_random.Next(20, 60)];
        if (Coin()) _random.NextBytes(tail);
        tail[^1] = 0x80;
        var unit = bits.ToNalUnit(tail);
        expected.Add((bits.Count, BitWriter.StoredLength(unit, bits.Count / 8), unit));
        return unit;
    }

    private void WriteIndependent(BitWriter bits, HevcSyntheticPps pps, int unitType)
    {
        var sps = pps.Sps;
        var at = bits.Count;
        bits.Bits(_random.Next(1 << pps.ExtraBits), pps.ExtraBits);

        // The type depends on what may be referred to, so the references are drawn up front and written behind it.
        var rest = new BitWriter();
        var references = 0;
        var vectors = false;
        if (unitType is not (19 or 20))
        {
            rest.Bits(_random.Next(16), sps.OrderBits);
            references = WriteShortTerm(rest, sps);
            if (sps.LongTerm) references += WriteLongTerm(rest, sps);
            vectors = sps.TemporalVectors && rest.Flag(Coin());
        }

        var sliceType = unitType >= 16 || references == 0 ? 2 : _random.Next(3);
        bits.Ue(sliceType);
        if (pps.OutputFlag) bits.Flag(Coin());
        if (sps.Planes) bits.Bits(_random.Next(3), 2);
        rest.CopyTo(bits);

        var offset = false;
        if (sps.Offset)
        {
            offset = bits.Flag(Coin());
            if (sps.HasChroma) offset |= bits.Flag(Coin());
        }

        if (sliceType != 2) WritePrediction(bits, pps, sliceType, references, vectors);
        bits.Se(_random.Next(-3, 4));
        if (pps.ChromaOffsets)
        {
            bits.Se(0);
            bits.Se(0);
        }

        if (pps.OffsetList) bits.Flag(Coin());
        var disabled = pps.Disabled;
        if (pps.Override && bits.Flag(Coin()))
        {
            disabled = bits.Flag(Coin());
            if (!disabled)
            {
                bits.Se(_random.Next(-6, 7));
                bits.Se(_random.Next(-6, 7));
            }
        }

        if (pps.AcrossSlices && (offset || !disabled)) bits.Flag(Coin());
        Assert.True(bits.Count > at);
    }

    private int WriteShortTerm(BitWriter bits, HevcSyntheticSps sps)
    {
        if (!bits.Flag(sps.Sets.Count > 0 && Coin())) return _sets.WriteSet(bits, sps.Sets, inSlice: true).Count(picture => picture.Used);
        var index = _random.Next(sps.Sets.Count);
        bits.Bits(index, (int)Math.Ceiling(Math.Log2(sps.Sets.Count)));
        return sps.Sets[index].Count(picture => picture.Used);
    }

    private int WriteLongTerm(BitWriter bits, HevcSyntheticSps sps)
    {
        var used = 0;
        var candidates = sps.LongTermUsed;
        var fromSps = candidates.Length > 0 ? bits.Ue(_random.Next(Math.Min(candidates.Length, 2) + 1)) : 0;
        var own = bits.Ue(_random.Next(3));
        for (var i = 0; i < fromSps + own; i++)
        {
            if (i < fromSps)
            {
                var index = _random.Next(candidates.Length);
                bits.Bits(index, (int)Math.Ceiling(Math.Log2(candidates.Length)));
                used += candidates[index] ? 1 : 0;
            }
            else
            {
                bits.Bits(_random.Next(16), sps.OrderBits);
                used += bits.Flag(Coin()) ? 1 : 0;
            }

            if (bits.Flag(Coin())) bits.Ue(_random.Next(100));
        }

        return used;
    }

    private void WritePrediction(BitWriter bits, HevcSyntheticPps pps, int sliceType, int references, bool vectors)
    {
        var both = sliceType == 0;
        var (refs0, refs1) = (pps.Refs0, pps.Refs1);
        if (bits.Flag(Coin()))
        {
            refs0 = bits.Ue(_random.Next(15)) + 1;
            if (both) refs1 = bits.Ue(_random.Next(15)) + 1;
        }

        if (pps.Lists && references > 1)
        {
            foreach (var count in both ? new[] { refs0, refs1 } : [refs0])
            {
                if (!bits.Flag(Coin())) continue;
                for (var i = 0; i < count; i++) bits.Bits(_random.Next(references), (int)Math.Ceiling(Math.Log2(references)));
            }
        }

        if (both) bits.Flag(Coin());
        if (pps.CabacInit) bits.Flag(Coin());
        if (vectors)
        {
            var count = !both || bits.Flag(Coin()) ? refs0 : refs1;
            if (count > 1) bits.Ue(_random.Next(count));
        }

        if (both ? pps.Biweights : pps.Weights)
        {
            bits.Ue(3);
            if (pps.Sps.HasChroma) bits.Se(_random.Next(-3, 4));
            foreach (var count in both ? new[] { refs0, refs1 } : [refs0]) WriteWeights(bits, count, pps.Sps.HasChroma);
        }

        bits.Ue(_random.Next(5));
    }

    private void WriteWeights(BitWriter bits, int count, bool hasChroma)
    {
        var luma = Enumerable.Range(0, count).Select(_ => bits.Flag(Coin())).ToArray();
        var chroma = Enumerable.Range(0, count).Select(_ => hasChroma && bits.Flag(Coin())).ToArray();
        for (var i = 0; i < count; i++)
        {
            for (var left = (luma[i] ? 2 : 0) + (chroma[i] ? 4 : 0); left > 0; left--) bits.Se(_random.Next(-128, 128));
        }
    }
}
