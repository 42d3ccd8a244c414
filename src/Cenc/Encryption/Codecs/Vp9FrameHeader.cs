namespace DrmHub.Cenc.Encryption.Codecs;

/// <summary>
/// Measures VP9 uncompressed headers (VP9 bitstream specification 0.6, 6.2) and keeps the picture sizes of the eight reference slots, which
/// the tile fields of later headers depend on.
/// </summary>
internal sealed class Vp9FrameHeader
{
    private const int Slots = 8;
    private const int SyncCode = 0x498342;
    private const int Rgb = 7;

    private readonly (int Width, int Height)[] _slots = new (int, int)[Slots];
    private int _width;
    private int _height;

    /// <summary>Bytes of the uncompressed header; the whole frame where it only shows an earlier one.</summary>
    public int Measure(ReadOnlySpan<byte> frame)
    {
        var reader = new BitReader(frame);
        if (reader.Bits(2) != 2) throw new CencFormatException("A VP9 frame does not start with the frame marker.");
        var profile = reader.Int(1) + (reader.Int(1) << 1);
        if (profile == 3 && reader.Flag()) throw new CencFormatException("A VP9 frame has an unknown profile.");
        if (reader.Flag()) return frame.Length;

        var key = !reader.Flag();
        var shown = reader.Flag();
        var errorResilient = reader.Flag();
        var refresh = 0xFF;
        if (key)
        {
            CheckSyncCode(ref reader);
            ReadColour(ref reader, profile);
            ReadSize(ref reader);
            SkipRenderSize(ref reader);
        }
        else
        {
            var intraOnly = !shown && reader.Flag();
            if (!errorResilient) reader.Skip(2);
            if (intraOnly)
            {
                CheckSyncCode(ref reader);
                if (profile > 0) ReadColour(ref reader, profile);
                refresh = reader.Int(Slots);
                ReadSize(ref reader);
                SkipRenderSize(ref reader);
            }
            else
            {
                refresh = reader.Int(Slots);
                ReadInter(ref reader);
            }
        }

        if (!errorResilient) reader.Skip(2);
        reader.Skip(2);
        SkipLoopFilter(ref reader);
        SkipQuantization(ref reader);
        SkipSegmentation(ref reader);
        SkipTiles(ref reader);
        var compressed = reader.Int(16);
        if (compressed == 0) throw new CencFormatException("A VP9 frame has a compressed header of no size.");
        if (compressed > frame.Length - reader.BytePosition) throw new CencFormatException("The compressed header of a VP9 frame runs past its end.");

        for (var i = 0; i < Slots; i++)
        {
            if (((refresh >> i) & 1) != 0) _slots[i] = (_width, _height);
        }

        return reader.BytePosition;
    }

    private static void CheckSyncCode(ref BitReader reader)
    {
        if (reader.Bits(24) != SyncCode) throw new CencFormatException("A VP9 frame lacks the sync code.");
    }

    private static void ReadColour(ref BitReader reader, int profile)
    {
        if (profile >= 2) reader.Skip(1);
        var space = reader.Int(3);
        if (space != Rgb) reader.Skip(1);
        else if (profile is 0 or 2) throw new CencFormatException("A VP9 frame has RGB in a profile without it.");
        if (profile is 1 or 3) reader.Skip(space == Rgb ? 1 : 3);
    }

    private static void SkipRenderSize(ref BitReader reader)
    {
        if (reader.Flag()) reader.Skip(32);
    }

    private void ReadSize(ref BitReader reader)
    {
        _width = reader.Int(16) + 1;
        _height = reader.Int(16) + 1;
    }

    private void ReadInter(ref BitReader reader)
    {
        Span<int> references = stackalloc int[3];
        for (var i = 0; i < references.Length; i++)
        {
            references[i] = reader.Int(3);
            reader.Skip(1);
        }

        var found = false;
        for (var i = 0; i < references.Length && !found; i++)
        {
            found = reader.Flag();
            if (found) (_width, _height) = _slots[references[i]];
        }

        if (!found) ReadSize(ref reader);
        else if (_width == 0) throw new CencFormatException("A VP9 frame refers to a frame that was not there.");
        SkipRenderSize(ref reader);
        reader.Skip(1);
        if (!reader.Flag()) reader.Skip(2);
    }

    private static void SkipLoopFilter(ref BitReader reader)
    {
        reader.Skip(9);
        if (!reader.Flag() || !reader.Flag()) return;
        for (var i = 0; i < 6; i++)
        {
            if (reader.Flag()) reader.Skip(7);
        }
    }

    private static void SkipQuantization(ref BitReader reader)
    {
        reader.Skip(8);
        for (var i = 0; i < 3; i++)
        {
            if (reader.Flag()) reader.Skip(5);
        }
    }

    private static void SkipSegmentation(ref BitReader reader)
    {
        if (!reader.Flag()) return;
        if (reader.Flag())
        {
            for (var i = 0; i < 7; i++) SkipProbability(ref reader);
            if (reader.Flag())
            {
                for (var i = 0; i < 3; i++) SkipProbability(ref reader);
            }
        }

        if (!reader.Flag()) return;
        reader.Skip(1);
        ReadOnlySpan<byte> bits = [9, 7, 2, 0];
        for (var i = 0; i < 8 * bits.Length; i++)
        {
            if (reader.Flag()) reader.Skip(bits[i % bits.Length]);
        }
    }

    private static void SkipProbability(ref BitReader reader)
    {
        if (reader.Flag()) reader.Skip(8);
    }

    private void SkipTiles(ref BitReader reader)
    {
        var superblocks = (_width + 63) >> 6;
        var least = 0;
        while (64 << least < superblocks) least++;
        var most = 1;
        while (superblocks >> most >= 4) most++;
        for (var columns = least; columns < most - 1 && reader.Flag();) columns++;
        if (reader.Flag()) reader.Skip(1);
    }
}
