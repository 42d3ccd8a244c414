namespace DrmHub.Cenc.Encryption.Codecs;

/// <summary>
/// A short-term reference picture set (ITU-T H.265, 7.3.7 and 7.4.8). Its size in the bitstream depends on the sets before it, so that it
/// has to be decoded in full: the order of the pictures too.
/// </summary>
internal sealed class HevcReferencePictureSet
{
    private const int MaxPictures = 16;

    private readonly int[] _deltas;
    private readonly bool[] _used;
    private readonly int _negative;

    private HevcReferencePictureSet(List<(int Delta, bool Used)> negative, List<(int Delta, bool Used)> positive)
    {
        if (negative.Count + positive.Count > MaxPictures) throw new CencFormatException($"A reference picture set has more than {MaxPictures} pictures.");
        _negative = negative.Count;
        _deltas = [.. negative.Concat(positive).Select(picture => picture.Delta)];
        _used = [.. negative.Concat(positive).Select(picture => picture.Used)];
    }

    /// <summary>How many of the pictures the current one may refer to.</summary>
    public int UsedCount => _used.Count(used => used);

    /// <param name="reader">Stands at st_ref_pic_set.</param>
    /// <param name="earlier">The sets of the SPS so far: all of them when a slice brings its own.</param>
    /// <param name="inSlice">The set is in a slice header: it may name which earlier set it is predicted from.</param>
    public static HevcReferencePictureSet Read(ref RbspReader reader, IReadOnlyList<HevcReferencePictureSet> earlier, bool inSlice)
    {
        if (earlier.Count > 0 && reader.Flag()) return ReadPredicted(ref reader, earlier, inSlice);
        var negatives = reader.Ue(MaxPictures, "num_negative_pics");
        var positives = reader.Ue(MaxPictures, "num_positive_pics");
        return new HevcReferencePictureSet(ReadList(ref reader, negatives, -1), ReadList(ref reader, positives, 1));
    }

    private static List<(int Delta, bool Used)> ReadList(ref RbspReader reader, int count, int sign)
    {
        var list = new List<(int, bool)>(count);
        var delta = 0;
        for (var i = 0; i < count; i++)
        {
            delta += sign * (reader.Ue(short.MaxValue, "delta_poc_minus1") + 1);
            list.Add((delta, reader.Flag()));
        }

        return list;
    }

    private static HevcReferencePictureSet ReadPredicted(ref RbspReader reader, IReadOnlyList<HevcReferencePictureSet> earlier, bool inSlice)
    {
        var back = inSlice ? reader.Ue(earlier.Count - 1, "delta_idx_minus1") + 1 : 1;
        var source = earlier[earlier.Count - back];
        var negativeSign = reader.Flag();
        var shift = reader.Ue(short.MaxValue, "abs_delta_rps_minus1") + 1;
        if (negativeSign) shift = -shift;

        // One entry for each picture of the source, and a last one for the picture that holds the source itself, at distance 0.
        var count = source._deltas.Length;
        Span<bool> used = stackalloc bool[MaxPictures + 1];
        Span<bool> kept = stackalloc bool[MaxPictures + 1];
        for (var j = 0; j <= count; j++)
        {
            used[j] = reader.Flag();
            kept[j] = used[j] || reader.Flag();
        }

        // 7-61 and 7-62: the nearest picture comes first in both lists.
        var negative = new List<(int, bool)>();
        for (var j = count - 1; j >= source._negative; j--) Add(negative, source._deltas[j] + shift, -1, kept[j], used[j]);
        Add(negative, shift, -1, kept[count], used[count]);
        for (var j = 0; j < source._negative; j++) Add(negative, source._deltas[j] + shift, -1, kept[j], used[j]);

        var positive = new List<(int, bool)>();
        for (var j = source._negative - 1; j >= 0; j--) Add(positive, source._deltas[j] + shift, 1, kept[j], used[j]);
        Add(positive, shift, 1, kept[count], used[count]);
        for (var j = source._negative; j < count; j++) Add(positive, source._deltas[j] + shift, 1, kept[j], used[j]);
        return new HevcReferencePictureSet(negative, positive);
    }

    private static void Add(List<(int, bool)> list, int delta, int sign, bool kept, bool used)
    {
        if (kept && Math.Sign(delta) == sign) list.Add((delta, used));
    }
}
