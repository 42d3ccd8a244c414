namespace DrmHub.Cenc.Encryption.Codecs;

/// <summary>The in-loop filter fields of an AV1 frame header (AV1 specification, 5.9.11, 5.9.19 and 5.9.20), skipped.</summary>
internal static class Av1Filters
{
    public static void SkipLoopFilter(ref BitReader reader, Av1SequenceHeader sequence)
    {
        var levels = reader.Int(12);
        if (!sequence.Monochrome && levels != 0) reader.Skip(12);
        reader.Skip(3);
        if (!reader.Flag() || !reader.Flag()) return;
        for (var i = 0; i < 10; i++)
        {
            if (reader.Flag()) reader.Skip(7);
        }
    }

    public static void SkipCdef(ref BitReader reader, Av1SequenceHeader sequence)
    {
        reader.Skip(2);
        var strengths = 1 << reader.Int(2);
        reader.Skip(strengths * (sequence.Monochrome ? 6 : 12));
    }

    public static void SkipRestoration(ref BitReader reader, Av1SequenceHeader sequence)
    {
        var luma = reader.Int(2) != 0;
        var chroma = !sequence.Monochrome && reader.Int(4) != 0;
        if (!luma && !chroma) return;
        if (reader.Flag() && !sequence.Superblock128) reader.Skip(1);
        if (sequence.Subsampled && chroma) reader.Skip(1);
    }
}
