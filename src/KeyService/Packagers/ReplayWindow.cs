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

    /// <returns>False where the item was seen before, or there is no room.</returns>
    public bool TryAdd(T item, TimeSpan span) => TryRaise(item, 0, span);

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
