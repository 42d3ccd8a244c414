namespace DrmHub.Cenc.Bmff;

/// <summary>Where the boundaries of top-level boxes moved: input offset to output offset.</summary>
internal sealed class OffsetMap
{
    private readonly List<(long Old, long New)> _boundaries = [];

    public void Add(long oldOffset, long newOffset)
    {
        if (_boundaries.Count > 0 && _boundaries[^1].Old == oldOffset) _boundaries[^1] = (oldOffset, newOffset);
        else _boundaries.Add((oldOffset, newOffset));
    }

    /// <summary>False if no box starts or ends there.</summary>
    public bool TryMap(long oldOffset, out long newOffset)
    {
        var low = 0;
        var high = _boundaries.Count - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var (old, moved) = _boundaries[middle];
            if (old == oldOffset)
            {
                newOffset = moved;
                return true;
            }
            if (old < oldOffset) low = middle + 1;
            else high = middle - 1;
        }
        newOffset = 0;
        return false;
    }
}
