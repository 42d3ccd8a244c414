namespace DrmHub.Cenc.Encryption.Codecs;

/// <summary>
/// global_motion_params of an AV1 frame header (AV1 specification, 5.9.24), skipped. The length of each code does not depend on the values
/// of the frame before.
/// </summary>
internal static class Av1GlobalMotion
{
    private const int AlphaBits = 12, TranslationBits = 12, TranslationOnlyBits = 9;

    public static void Skip(ref BitReader reader, bool preciseMotionVectors)
    {
        for (var i = 0; i < Av1References.PerFrame; i++)
        {
            if (!reader.Flag()) continue;
            var rotationZoom = reader.Flag();
            var translation = !rotationZoom && reader.Flag();
            var affine = !rotationZoom && !translation;
            if (!translation)
            {
                for (var left = affine ? 4 : 2; left > 0; left--) SkipParameter(ref reader, AlphaBits);
            }

            var bits = translation ? TranslationOnlyBits - (preciseMotionVectors ? 0 : 1) : TranslationBits;
            SkipParameter(ref reader, bits);
            SkipParameter(ref reader, bits);
        }
    }

    // decode_subexp, 5.9.28, for numbers below 2^(bits + 1) + 1.
    private static void SkipParameter(ref BitReader reader, int bits)
    {
        var count = (2 << bits) + 1;
        var start = 0;
        for (var i = 0; ; i++)
        {
            var width = i == 0 ? 3 : i + 2;
            var size = 1 << width;
            if (count <= start + (3 * size))
            {
                reader.NonSymmetric(count - start);
                return;
            }

            if (!reader.Flag())
            {
                reader.Skip(width);
                return;
            }

            start += size;
        }
    }
}
