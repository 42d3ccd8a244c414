namespace DrmHub.Vault.Storage.Shared;

/// <summary>
/// Stops asking a store or a service after three failures in a row, for a second; then one caller at a time tries, until one succeeds.
/// Without it every request would wait for the whole limit while the store hangs.
/// </summary>
public sealed class CircuitBreaker(TimeProvider time)
{
    private const int FailuresToOpen = 3;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private int _failures;
    private bool _probing;
    private long _openedAt;

    public bool IsOpen
    {
        get
        {
            lock (_lock) return _failures >= FailuresToOpen;
        }
    }

    /// <summary>Each caller that may try reports how it went.</summary>
    public bool MayTry()
    {
        lock (_lock)
        {
            if (_failures < FailuresToOpen) return true;
            if (_probing || time.GetElapsedTime(_openedAt) < Pause) return false;
            return _probing = true;
        }
    }

    /// <returns>True if this closed the breaker.</returns>
    public bool Succeeded()
    {
        lock (_lock)
        {
            var wasOpen = _failures >= FailuresToOpen;
            _failures = 0;
            _probing = false;
            return wasOpen;
        }
    }

    /// <returns>True if this opened the breaker.</returns>
    public bool Failed()
    {
        lock (_lock)
        {
            _probing = false;
            _openedAt = time.GetTimestamp();
            return ++_failures == FailuresToOpen;
        }
    }

    /// <summary>The caller went away: that says nothing about the store.</summary>
    public void Abandoned()
    {
        lock (_lock) _probing = false;
    }
}
