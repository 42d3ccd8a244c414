namespace DrmHub.Cenc.Tests.Codecs;

internal sealed record HevcSyntheticSps(
    int Id, int Chroma, bool Planes, int Width, int Height, int TreeBits, int OrderBits, bool Offset, List<List<(int Delta, bool Used)>> Sets, bool LongTerm,
    bool[] LongTermUsed, bool TemporalVectors)
{
    public bool HasChroma => Chroma != 0 && !Planes;

    public int Columns => (Width + (1 << TreeBits) - 1) >> TreeBits;

    public int Rows => (Height + (1 << TreeBits) - 1) >> TreeBits;
}

internal sealed record HevcSyntheticPps(
    int Id, HevcSyntheticSps Sps, bool Dependent, bool OutputFlag, int ExtraBits, bool CabacInit, int Refs0, int Refs1, bool TransformSkip, bool ChromaOffsets, bool Weights,
    bool Biweights, int TileColumns, int TileRows, bool Wavefronts, bool AcrossSlices, bool Deblocking, bool Override, bool Disabled, bool Lists, bool Extension,
    bool OffsetList);

/// <summary>Writes random HEVC parameter sets within what the specification allows.</summary>
internal sealed class HevcSyntheticSets(Random random)
{
    private readonly Random _random = random;

    public static BitWriter Unit(int type)
    {
        var bits = new BitWriter();
        bits.Bits(type << 1, 8);
        bits.Bits(1, 8);
        return bits;
    }

    public (HevcSyntheticSps Sps, byte[] Unit) WriteSps()
    {
        var bits = Unit(33);
        var subLayers = _random.Next(3);
        bits.Bits(0, 4);
        bits.Bits(subLayers, 3);
        bits.Flag(true);
        WriteProfile(bits, subLayers);
        var id = bits.Ue(_random.Next(1, 16));
        var chroma = bits.Ue(_random.Next(4));
        var planes = chroma == 3 && bits.Flag(Coin());
        var width = bits.Ue(8 * _random.Next(8, 120));
        var height = bits.Ue(8 * _random.Next(8, 120));
        if (bits.Flag(Coin()))
        {
            for (var i = 0; i < 4; i++) bits.Ue(_random.Next(4));
        }

        var depth = bits.Ue(_random.Next(5));
        bits.Ue(depth);
        var orderBits = bits.Ue(_random.Next(13)) + 4;
        for (var left = bits.Flag(Coin()) ? subLayers + 1 : 1; left > 0; left--)
        {
            bits.Ue(15);
            bits.Ue(0);
            bits.Ue(0);
        }

        bits.Ue(0);
        var treeBits = bits.Ue(_random.Next(1, 4)) + 3;
        bits.Ue(0);
        bits.Ue(1);
        bits.Ue(0);
        bits.Ue(0);
        if (bits.Flag(Coin()) && bits.Flag(Coin())) WriteScalingLists(bits, chroma);
        bits.Flag(Coin());
        var offset = bits.Flag(Coin());
        if (bits.Flag(Coin()))
        {
            bits.Bits(depth, 4);
            bits.Bits(depth, 4);
            bits.Ue(0);
            bits.Ue(0);
            bits.Flag(Coin());
        }

        var sets = new List<List<(int, bool)>>();
        for (var left = bits.Ue(_random.Next(12)); left > 0; left--) sets.Add(WriteSet(bits, sets, inSlice: false));
        var longTerm = bits.Flag(Coin());
        var used = new bool[longTerm ? bits.Ue(_random.Next(6)) : 0];
        for (var i = 0; i < used.Length; i++)
        {
            bits.Bits(_random.Next(16), orderBits);
            used[i] = bits.Flag(Coin());
        }

        var vectors = bits.Flag(Coin());
        bits.Flag(Coin());
        bits.Flag(false);
        bits.Flag(false);
        bits.Align();
        return (new HevcSyntheticSps(id, chroma, planes, width, height, treeBits, orderBits, offset, sets, longTerm, used, vectors), bits.ToNalUnit());
    }

    private void WriteProfile(BitWriter bits, int subLayers)
    {
        bits.Bits(4, 8);
        bits.Bits(1L << 27, 32);
        bits.Bits(0, 48);
        bits.Bits(93, 8);
        var present = Enumerable.Range(0, subLayers * 2).Select(_ => bits.Flag(Coin())).ToArray();
        if (subLayers > 0) bits.Bits(0, 2 * (8 - subLayers));
        for (var i = 0; i < present.Length; i++)
        {
            if (!present[i]) continue;
            if (i % 2 == 0)
            {
                bits.Bits(4, 8);
                bits.Bits(1L << 27, 32);
                bits.Bits(0, 48);
            }
            else
            {
                bits.Bits(93, 8);
            }
        }
    }

    private void WriteScalingLists(BitWriter bits, int chroma)
    {
        for (var size = 0; size < 4; size++)
        {
            for (var matrix = 0; matrix < 6; matrix += size == 3 ? 3 : 1)
            {
                if (!bits.Flag(Coin()))
                {
                    bits.Ue(_random.Next((size == 3 ? matrix / 3 : matrix) + 1));
                    continue;
                }

                if (size > 1) bits.Se(_random.Next(-7, 248));
                for (var left = size == 0 ? 16 : 64; left > 0; left--) bits.Se(_random.Next(-128, 128));
            }
        }
    }

    // The set is told by sorting: nearest picture first on both sides. That is the outcome of 7-61 and 7-62, not their way to it.
    public List<(int Delta, bool Used)> WriteSet(BitWriter bits, List<List<(int Delta, bool Used)>> earlier, bool inSlice)
    {
        var pictures = new List<(int Delta, bool Used)>();
        if (earlier.Count > 0 && bits.Flag(Coin()))
        {
            var back = 1;
            if (inSlice) back = bits.Ue(_random.Next(earlier.Count)) + 1;
            var source = earlier[^back];
            var shift = _random.Next(1, 20) * (Coin() ? 1 : -1);
            bits.Flag(shift < 0);
            bits.Ue(Math.Abs(shift) - 1);
            foreach (var delta in source.Select(picture => picture.Delta).Append(0))
            {
                var used = bits.Flag(Coin());
                var kept = used || bits.Flag(Coin() && pictures.Count < 8);
                if (kept && delta + shift != 0) pictures.Add((delta + shift, used));
            }
        }
        else
        {
            var counts = new[] { bits.Ue(_random.Next(4)), bits.Ue(_random.Next(4)) };
            foreach (var (count, sign) in counts.Zip([-1, 1]))
            {
                var delta = 0;
                for (var i = 0; i < count; i++)
                {
                    delta += sign * (bits.Ue(_random.Next(12)) + 1);
                    pictures.Add((delta, bits.Flag(Coin())));
                }
            }
        }

        return [.. pictures.Where(picture => picture.Delta < 0).OrderByDescending(picture => picture.Delta), .. pictures.Where(picture => picture.Delta > 0).OrderBy(picture => picture.Delta)];
    }

    public (HevcSyntheticPps Pps, byte[] Unit) WritePps(HevcSyntheticSps sps)
    {
        var bits = Unit(34);
        var id = bits.Ue(_random.Next(1, 64));
        bits.Ue(sps.Id);
        var (dependent, output) = (bits.Flag(Coin()), bits.Flag(Coin()));
        var extra = _random.Next(3);
        bits.Bits(extra, 3);
        bits.Flag(Coin());
        var cabacInit = bits.Flag(Coin());
        var refs0 = bits.Ue(_random.Next(15)) + 1;
        var refs1 = bits.Ue(_random.Next(15)) + 1;
        bits.Se(0);
        bits.Flag(Coin());
        var transformSkip = bits.Flag(Coin());
        if (bits.Flag(Coin())) bits.Ue(0);
        bits.Se(_random.Next(-12, 13));
        bits.Se(_random.Next(-12, 13));
        var (offsets, weights, biweights) = (bits.Flag(Coin()), bits.Flag(Coin()), bits.Flag(Coin()));
        bits.Flag(Coin());
        var tiles = bits.Flag(Coin() && sps.Columns > 1);
        var wavefronts = bits.Flag(Coin());
        var (columns, rows) = tiles ? WriteTiles(bits, sps) : (1, 1);
        var across = bits.Flag(Coin());
        bool deblocking = bits.Flag(Coin()), overridden = false, disabled = false;
        if (deblocking)
        {
            overridden = bits.Flag(Coin());
            disabled = bits.Flag(Coin());
            if (!disabled)
            {
                bits.Se(_random.Next(-6, 7));
                bits.Se(_random.Next(-6, 7));
            }
        }

        if (bits.Flag(_random.Next(4) == 0)) WriteScalingLists(bits, sps.Chroma);
        var lists = bits.Flag(Coin());
        bits.Ue(0);
        var extension = bits.Flag(Coin());
        var offsetList = false;
        if (bits.Flag(sps.Chroma == 3 && Coin()))
        {
            bits.Bits(0x80, 8);
            if (transformSkip) bits.Ue(0);
            bits.Flag(Coin());
            offsetList = bits.Flag(Coin());
            if (offsetList)
            {
                bits.Ue(0);
                bits.Ue(0);
                bits.Se(3);
                bits.Se(-3);
            }

            bits.Ue(0);
            bits.Ue(0);
        }

        bits.Align();
        return (
            new HevcSyntheticPps(
                id, sps, dependent, output, extra, cabacInit, refs0, refs1, transformSkip, offsets, weights, biweights, columns, rows, wavefronts, across,
                deblocking, overridden, disabled, lists, extension, offsetList),
            bits.ToNalUnit());
    }

    private (int Columns, int Rows) WriteTiles(BitWriter bits, HevcSyntheticSps sps)
    {
        var columns = bits.Ue(_random.Next(1, Math.Min(sps.Columns, 4))) + 1;
        var rows = bits.Ue(_random.Next(Math.Min(sps.Rows, 4))) + 1;
        if (!bits.Flag(Coin()))
        {
            for (var i = 2; i < columns + rows; i++) bits.Ue(0);
        }

        bits.Flag(Coin());
        return (columns, rows);
    }

    private bool Coin() => _random.Next(2) == 0;
}
