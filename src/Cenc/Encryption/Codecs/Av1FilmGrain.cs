namespace DrmHub.Cenc.Encryption.Codecs;

/// <summary>film_grain_params of an AV1 frame header (AV1 specification, 5.9.30), skipped. It is the last field: its end is the header's.</summary>
internal static class Av1FilmGrain
{
    private const int PointBits = 16;

    public static void Skip(ref BitReader reader, bool inter, Av1SequenceHeader sequence)
    {
        if (!reader.Flag()) return;
        reader.Skip(16);
        if (inter && !reader.Flag())
        {
            reader.Skip(3);
            return;
        }

        var luma = SkipPoints(ref reader);
        var fromLuma = !sequence.Monochrome && reader.Flag();
        int blue = 0, red = 0;
        if (!sequence.Monochrome && !fromLuma && !(sequence.Subsampled && luma == 0))
        {
            blue = SkipPoints(ref reader);
            red = SkipPoints(ref reader);
        }

        reader.Skip(2);
        var lag = reader.Int(2);
        var lumaCoefficients = 2 * lag * (lag + 1);
        var chromaCoefficients = luma > 0 ? lumaCoefficients + 1 : lumaCoefficients;
        if (luma > 0) reader.Skip(8 * lumaCoefficients);
        if (fromLuma || blue > 0) reader.Skip(8 * chromaCoefficients);
        if (fromLuma || red > 0) reader.Skip(8 * chromaCoefficients);
        reader.Skip(4);
        if (blue > 0) reader.Skip(25);
        if (red > 0) reader.Skip(25);
        reader.Skip(2);
    }

    private static int SkipPoints(ref BitReader reader)
    {
        var count = reader.Int(4);
        reader.Skip(PointBits * count);
        return count;
    }
}
