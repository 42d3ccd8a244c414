using System.Collections.Concurrent;

namespace DrmHub.Host.Limits;

/// <summary>
/// Credentials that were good on this node within the last hour. They go on being looked at where others of the same address fail too often: one packager with an old
/// password must not stop the thousand that share its address.
/// </summary>
internal sealed class KnownCredentials(TimeProvider time)
{
    internal const int MaxEntries = 100_000;

    private static readonly TimeSpan s_memory = TimeSpan.FromHours(1);
    private readonly ConcurrentDictionary<UInt128, DateTimeOffset> _until = new();

    public bool Contains(UInt128 credential) => _until.TryGetValue(credential, out var until) && until > time.GetUtcNow();

    public void Add(UInt128 credential)
    {
        var now = time.GetUtcNow();
        if (_until.TryGetValue(credential, out var known) && known - now > s_memory / 2) return;
        if (_until.Count >= MaxEntries) Forget(now);
        if (_until.Count < MaxEntries) _until[credential] = now + s_memory;
    }

    /// <summary>A credential that is refused now is no longer known, whatever it was.</summary>
    public void Remove(UInt128 credential) => _until.TryRemove(credential, out _);

    private void Forget(DateTimeOffset now)
    {
        foreach (var entry in _until)
        {
            if (entry.Value <= now) _until.TryRemove(entry);
        }
    }
}
