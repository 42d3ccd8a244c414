namespace DrmHub.KeyService.Packagers;

/// <summary>
/// What was seen in the last while, in two halves: each holds one span, the older is dropped whole. So an item is remembered for one
/// span at least and two at most. Full means that nothing new is taken, never that something is forgotten early.
/// </summary>
internal sealed class ReplayWindow<T>(TimeProvider time, int capacity)
    where T : notnull
{
    private readonly Lock _lock = new();
    private Dictionary<T, long> _now = [];
    private Dictionary<T, long> _before = [];
    private long _since = long.MinValue;

    /// <param name="item">What is remembered for one span at least.</param>
    /// <param name="span">How long.</param>
    /// <param name="grace">For how long after its first sight the item is still new.</param>
    /// <returns>Where there is no room, everything counts as seen long ago.</returns>
    public Sighting See(T item, TimeSpan span, TimeSpan grace)
    {
        lock (_lock)
        {
            Turn(span);
            if (_now.TryGetValue(item, out var first) || _before.TryGetValue(item, out first)) return time.GetElapsedTime(first) <= grace ? Sighting.JustNow : Sighting.Before;
            if (_now.Count >= capacity) return Sighting.Before;
            _now[item] = time.GetTimestamp();
            return Sighting.First;
        }
    }

    /// <returns>False where the number is not above the highest that was seen with the item, or there is no room.</returns>
    public bool TryRaise(T item, long number, TimeSpan span)
    {
        lock (_lock)
        {
            Turn(span);
            if ((_now.TryGetValue(item, out var highest) || _before.TryGetValue(item, out highest)) && number <= highest) return false;
            if (_now.Count >= capacity && !_now.ContainsKey(item)) return false;
            _now[item] = number;
            return true;
        }
    }

    private void Turn(TimeSpan span)
    {
        var now = time.GetTimestamp();
        if (_since == long.MinValue)
        {
            _since = now;
            return;
        }

        var elapsed = time.GetElapsedTime(_since, now);
        if (elapsed < span) return;
        _before = elapsed < span * 2 ? _now : [];
        _now = [];
        _since = now;
    }
}

/// <summary>Whether something was seen before.</summary>
internal enum Sighting
{
    First,

    /// <summary>Before, but not longer ago than the grace.</summary>
    JustNow,
    Before,
}
