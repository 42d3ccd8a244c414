using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace DrmHub.Vault.Keys.Caching;

/// <summary>
/// A cache with a bound on its weight and a lifetime. What is full evicts by the clock algorithm: an entry that was used since
/// the hand last passed gets another round. Invalidation is a counter per stripe of keys: an entry is good only while the
/// counters are what they were when its value was asked for, so a value that was read before an invalidation and arrives after
/// it is never used.
/// </summary>
internal sealed class BoundedCache<TKey, TValue>(long capacity, TimeSpan lifetime, TimeSpan grace, TimeProvider time)
    where TKey : notnull
    where TValue : class
{
    public const int Stripes = 1 << 16;

    private readonly ConcurrentDictionary<TKey, Entry> _entries = new();
    private readonly ConcurrentQueue<Entry> _clock = new();
    private readonly int[] _epochs = new int[Stripes];
    private readonly long _lifetime = (long)(lifetime.TotalSeconds * time.TimestampFrequency);
    private readonly long _grace = (long)((lifetime + grace).TotalSeconds * time.TimestampFrequency);
    private int _globalEpoch;
    private long _weight;

    public int Count => _entries.Count;

    public bool TryGet(TKey key, [NotNullWhen(true)] out TValue? value)
    {
        if (_entries.TryGetValue(key, out var entry) && IsCurrent(entry) && time.GetTimestamp() - entry.PutAt < _lifetime)
        {
            if (!entry.Used) entry.Used = true;
            value = entry.Value;
            return true;
        }

        value = null;
        return false;
    }

    /// <summary>What was good once, however old within the grace: for when there is nobody to ask.</summary>
    public bool TryGetStale(TKey key, [NotNullWhen(true)] out TValue? value)
    {
        value = _entries.TryGetValue(key, out var entry) && time.GetTimestamp() - entry.PutAt < _grace ? entry.Value : null;
        return value is not null;
    }

    /// <summary>To be taken before the value is asked for, and handed to <see cref="Put"/> with it.</summary>
    public Ticket Ask(int stripe) => new(stripe, Volatile.Read(ref _globalEpoch), Volatile.Read(ref _epochs[stripe]));

    public void Put(TKey key, TValue value, int weight, Ticket ticket)
    {
        if (weight > capacity) return;
        var entry = new Entry(key, value, weight, ticket, time.GetTimestamp());
        if (!IsCurrent(entry)) return;
        var before = _entries.TryGetValue(key, out var old) ? old : null;
        if (before is null ? !_entries.TryAdd(key, entry) : !_entries.TryUpdate(key, entry, before)) return;
        Interlocked.Add(ref _weight, weight - (before?.Weight ?? 0));
        _clock.Enqueue(entry);
        Turn();
    }

    public void Invalidate(int stripe) => Interlocked.Increment(ref _epochs[stripe]);

    public void InvalidateAll() => Interlocked.Increment(ref _globalEpoch);

    /// <summary>Two steps of the hand for each entry put keep the queue from filling with replaced ones; more while there is too much.</summary>
    private void Turn()
    {
        for (var step = 0; (step < 2 || Volatile.Read(ref _weight) > capacity) && _clock.TryDequeue(out var entry); step++)
        {
            if (!_entries.TryGetValue(entry.Key, out var current) || current != entry) continue;
            if (Volatile.Read(ref _weight) <= capacity)
            {
                _clock.Enqueue(entry);
            }
            else if (entry.Used)
            {
                entry.Used = false;
                _clock.Enqueue(entry);
            }
            else if (_entries.TryRemove(KeyValuePair.Create(entry.Key, entry)))
            {
                Interlocked.Add(ref _weight, -entry.Weight);
            }
        }
    }

    private bool IsCurrent(Entry entry) =>
        entry.Ticket.Global == Volatile.Read(ref _globalEpoch) && entry.Ticket.Epoch == Volatile.Read(ref _epochs[entry.Ticket.Stripe]);

    internal readonly record struct Ticket(int Stripe, int Global, int Epoch);

    private sealed class Entry(TKey key, TValue value, int weight, Ticket ticket, long putAt)
    {
        public TKey Key { get; } = key;

        public TValue Value { get; } = value;

        public int Weight { get; } = weight;

        public Ticket Ticket { get; } = ticket;

        public long PutAt { get; } = putAt;

        public bool Used { get; set; }
    }
}
