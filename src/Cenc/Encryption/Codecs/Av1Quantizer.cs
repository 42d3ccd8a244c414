namespace DrmHub.Cenc.Encryption.Codecs;

/// <summary>The quantizer fields of an AV1 frame header and the segmentation that changes them (AV1 specification, 5.9.12 and 5.9.14).</summary>
internal readonly record struct Av1Quantizer(int Base, bool HasDeltas)
{
    private const int Segments = 8;

    public static Av1Quantizer Read(ref BitReader reader, Av1SequenceHeader sequence)
    {
        var quantizer = reader.Int(8);
        var deltas = ReadDelta(ref reader);
        if (!sequence.Monochrome)
        {
            var separate = sequence.SeparateChromaDeltas && reader.Flag();
            for (var i = separate ? 4 : 2; i > 0; i--) deltas |= ReadDelta(ref reader);
        }

        if (reader.Flag()) reader.Skip(sequence.SeparateChromaDeltas ? 12 : 8);
        return new Av1Quantizer(quantizer, deltas);
    }

    /// <param name="reader">Stands at segmentation_enabled.</param>
    /// <param name="earlier">The segmentation of the primary reference.</param>
    /// <param name="fresh">There is no primary reference.</param>
    public static Av1Segmentation ReadSegmentation(ref BitReader reader, Av1Segmentation earlier, bool fresh)
    {
        if (!reader.Flag()) return default;
        if (!fresh)
        {
            if (reader.Flag()) reader.Skip(1);
            if (!reader.Flag()) return earlier;
        }

        // Bits of each feature, the sign included; only the first, the quantizer, matters here.
        ReadOnlySpan<byte> bits = [9, 7, 7, 7, 7, 3, 0, 0];
        var deltas = new int?[Segments];
        for (var i = 0; i < Segments; i++)
        {
            if (reader.Flag()) deltas[i] = reader.Signed(bits[0]);
            for (var feature = 1; feature < bits.Length; feature++)
            {
                if (reader.Flag()) reader.Skip(bits[feature]);
            }
        }

        return new Av1Segmentation(deltas);
    }

    /// <summary>CodedLossless: quantizer 0 in all segments and no deltas.</summary>
    public bool IsLossless(Av1Segmentation segmentation)
    {
        if (HasDeltas) return false;
        if (segmentation.QuantizerDeltas is not { } deltas) return Base == 0;
        foreach (var delta in deltas)
        {
            if (Base + Math.Clamp(delta ?? 0, -255, 255) > 0) return false;
        }

        return true;
    }

    private static bool ReadDelta(ref BitReader reader) => reader.Flag() && reader.Signed(7) != 0;
}
