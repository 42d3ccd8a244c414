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

    private readonly InProcessSlots _slots = new(time);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _tokens = new();
    private readonly ConcurrentDictionary<string, Bucket> _buckets = new();
    private long _version = time.GetUtcNow().ToUnixTimeMilliseconds();
    private int _operations;

    public bool IsHealthy => true;

    public ValueTask<SlotAnswer> TakeSlotAsync(SlotRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        request.Check();
        SweepNowAndThen();
        return ValueTask.FromResult(new SlotAnswer(_slots.Take(request), SharedAnswerSource.Store));
    }

    public ValueTask<SlotStatus> RenewSlotAsync(string account, string session, TimeSpan lifetime, CancellationToken cancellationToken = default)
    {
        SharedNames.Check(account);
        SharedNames.Check(session);
        SharedNames.CheckLifetime(lifetime);
        var (state, data) = _slots.Renew(account, session, lifetime);
        return ValueTask.FromResult(new SlotStatus(state, data, SharedAnswerSource.Store));
    }

    public ValueTask<SlotStatus> ReleaseSlotAsync(string account, string session, CancellationToken cancellationToken = default)
    {
        SharedNames.Check(account);
        SharedNames.Check(session);
        var (held, data) = _slots.Release(account, session);
        return ValueTask.FromResult(new SlotStatus(held ? SlotState.Held : SlotState.Unknown, data, SharedAnswerSource.Store));
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

        _slots.Sweep(now);
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
