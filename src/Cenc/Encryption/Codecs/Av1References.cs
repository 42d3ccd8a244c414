namespace DrmHub.Cenc.Encryption.Codecs;

/// <summary>What is kept of a decoded AV1 frame in a reference slot (AV1 specification, 7.20): only what later headers are parsed by.</summary>
internal readonly record struct Av1Reference(bool Valid, int OrderHint, int FrameType, int UpscaledWidth, int Width, int Height, Av1Segmentation Segmentation);

/// <summary>The quantizer changes by segment: feature 0 of the eight segments, null where it is off (AV1 specification, 5.9.14).</summary>
internal readonly record struct Av1Segmentation(int?[]? QuantizerDeltas);

/// <summary>The eight reference slots of AV1 and the derivation of a frame's seven references from two (AV1 specification, 7.8).</summary>
internal sealed class Av1References
{
    public const int Slots = 8;
    public const int PerFrame = 7;

    private const int Golden = 3, Backward = 4, Alternate2 = 5, Alternate = 6;

    private readonly Av1Reference[] _slots = new Av1Reference[Slots];

    public ref Av1Reference this[int slot] => ref _slots[slot];

    /// <summary>get_relative_dist, 5.9.3: how far a lies behind b, in a circle of 2^bits.</summary>
    public static int Distance(int a, int b, int bits)
    {
        if (bits == 0) return 0;
        var difference = a - b;
        var half = 1 << (bits - 1);
        return (difference & (half - 1)) - (difference & half);
    }

    public void Refresh(int flags, in Av1Reference frame)
    {
        for (var i = 0; i < Slots; i++)
        {
            if (((flags >> i) & 1) != 0) _slots[i] = frame;
        }
    }

    /// <summary>set_frame_refs: fills all seven from the slots of LAST and GOLDEN.</summary>
    public void Derive(Span<int> references, int last, int golden, int orderHint, int bits)
    {
        Span<bool> used = stackalloc bool[Slots];
        Span<int> distances = stackalloc int[Slots];
        for (var i = 0; i < Slots; i++) distances[i] = Distance(_slots[i].OrderHint, orderHint, bits);
        references.Fill(-1);
        Take(references, used, 0, last);
        Take(references, used, Golden, golden);

        Take(references, used, Alternate, Find(distances, used, backward: true, latest: true));
        Take(references, used, Backward, Find(distances, used, backward: true, latest: false));
        Take(references, used, Alternate2, Find(distances, used, backward: true, latest: false));
        foreach (var i in (ReadOnlySpan<int>)[1, 2, Backward, Alternate2, Alternate])
        {
            if (references[i] < 0) Take(references, used, i, Find(distances, used, backward: false, latest: true));
        }

        var earliest = 0;
        for (var i = 1; i < Slots; i++)
        {
            if (distances[i] < distances[earliest]) earliest = i;
        }

        foreach (ref var reference in references)
        {
            if (reference < 0) reference = earliest;
        }
    }

    private static void Take(Span<int> references, Span<bool> used, int index, int slot)
    {
        if (slot < 0) return;
        references[index] = slot;
        used[slot] = true;
    }

    // Of equal hints the latest search takes the last slot, the earliest search the first.
    private static int Find(ReadOnlySpan<int> distances, ReadOnlySpan<bool> used, bool backward, bool latest)
    {
        var found = -1;
        for (var i = 0; i < Slots; i++)
        {
            if (used[i] || distances[i] >= 0 != backward) continue;
            if (found < 0 || (latest ? distances[i] >= distances[found] : distances[i] < distances[found])) found = i;
        }

        return found;
    }
}
