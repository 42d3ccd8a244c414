using System.Collections.Concurrent;

namespace DrmHub.Vault.Storage.Shared;

/// <summary>
/// State of a single node, in its memory. Bounded: what has expired is swept out as entries come in; beyond the bound, new
/// tokens are refused and the emptiest promise of all, an idle rate bucket, is forgotten first.
/// </summary>
public sealed class InProcessSharedState(TimeProvider time) : ISharedState
{
    internal const int MaxEntries = 1_000_000;
    private const int SweepEvery = 4096;

    private readonly ConcurrentDictionary<string, Dictionary<string, DateTimeOffset>> _slots = new();
    private readonly ConcurrentDictionary<string, DateTimeOffset> _tokens = new();
    private readonly ConcurrentDictionary<string, Bucket> _buckets = new();
    private long _version = time.GetUtcNow().ToUnixTimeMilliseconds();
    private int _operations;

    public bool IsHealthy => true;

    public ValueTask<SharedAnswer> TakeSlotAsync(string subscriber, string session, int limit, TimeSpan lifetime, CancellationToken cancellationToken = default)
    {
        SharedNames.Check(subscriber);
        SharedNames.Check(session);
        SharedNames.CheckLifetime(lifetime);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        SweepNowAndThen();
        var now = time.GetUtcNow();
        while (true)
        {
            var sessions = _slots.GetOrAdd(subscriber, _ => []);
            lock (sessions)
            {
                // A sweep may have removed it just now.
                if (!_slots.TryGetValue(subscriber, out var current) || current != sessions) continue;
                foreach (var (old, until) in sessions.ToArray())
                {
                    if (until <= now) sessions.Remove(old);
                }

                var granted = sessions.ContainsKey(session) || sessions.Count < limit;
                if (granted) sessions[session] = now + lifetime;
                return Answer(granted);
            }
        }
    }

    public ValueTask ReleaseSlotAsync(string subscriber, string session, CancellationToken cancellationToken = default)
    {
        SharedNames.Check(subscriber);
        SharedNames.Check(session);
        if (_slots.TryGetValue(subscriber, out var sessions))
        {
            lock (sessions) sessions.Remove(session);
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask<SharedAnswer> UseTokenAsync(string tokenId, TimeSpan lifetime, CancellationToken cancellationToken = default)
    {
        SharedNames.Check(tokenId);
        SharedNames.CheckLifetime(lifetime);
        SweepNowAndThen();
        var now = time.GetUtcNow();
        if (_tokens.TryGetValue(tokenId, out var until) && until <= now) _tokens.TryRemove(KeyValuePair.Create(tokenId, until));
        if (_tokens.Count >= MaxEntries) return ValueTask.FromResult(new SharedAnswer(false, SharedAnswerSource.FailedClosed));
        return Answer(_tokens.TryAdd(tokenId, now + lifetime));
    }

    public ValueTask<SharedAnswer> TakePermitAsync(string bucket, int burst, double perSecond, CancellationToken cancellationToken = default)
    {
        SharedNames.Check(bucket);
        SharedNames.CheckRate(burst, perSecond);
        SweepNowAndThen();
        var state = _buckets.GetOrAdd(bucket, _ => new Bucket());
        lock (state) return Answer(state.Take(time.GetUtcNow(), burst, perSecond));
    }

    public ValueTask<long?> GetRevocationVersionAsync(CancellationToken cancellationToken = default) => ValueTask.FromResult<long?>(Interlocked.Read(ref _version));

    public ValueTask<long?> RaiseRevocationVersionAsync(CancellationToken cancellationToken = default) => ValueTask.FromResult<long?>(Interlocked.Increment(ref _version));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static ValueTask<SharedAnswer> Answer(bool granted) => ValueTask.FromResult(new SharedAnswer(granted, SharedAnswerSource.Store));

    private void SweepNowAndThen()
    {
        if ((Interlocked.Increment(ref _operations) & (SweepEvery - 1)) != 0) return;
        var now = time.GetUtcNow();
        foreach (var token in _tokens)
        {
            if (token.Value <= now) _tokens.TryRemove(token);
        }

        foreach (var slot in _slots)
        {
            lock (slot.Value)
            {
                if (slot.Value.Values.All(until => until <= now)) _slots.TryRemove(slot);
            }
        }

        foreach (var bucket in _buckets)
        {
            if (bucket.Value.FullAt <= now || _buckets.Count > MaxEntries) _buckets.TryRemove(bucket);
        }
    }

    private sealed class Bucket
    {
        private double _permits = double.PositiveInfinity;
        private DateTimeOffset _at;

        /// <summary>A bucket that is full again says no more than one that was never used.</summary>
        public DateTimeOffset FullAt { get; private set; }

        public bool Take(DateTimeOffset now, int burst, double perSecond)
        {
            // A clock that was set back must not take permits away.
            _permits = Math.Min(burst, _permits + (Math.Max(0, (now - _at).TotalSeconds) * perSecond));
            _at = now;
            var granted = _permits >= 1;
            if (granted) _permits--;
            FullAt = now + TimeSpan.FromSeconds(Math.Min((burst - _permits) / perSecond, 86_400));
            return granted;
        }
    }
}
