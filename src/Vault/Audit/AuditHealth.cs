namespace DrmHub.Vault.Audit;

/// <summary>
/// Whether the log may be written. A history that does not fit what was signed stops it for good: an operator has to look, and
/// a restart finds the same.
/// </summary>
internal sealed class AuditHealth
{
    private volatile string? _stopped;

    /// <summary>Why nothing is written or signed any more; null while all is well.</summary>
    public string? Stopped => _stopped;

    public void Stop(string reason) => _stopped ??= reason;

    public void ThrowIfStopped()
    {
        if (_stopped is { } reason) throw new AuditUnavailableException(reason);
    }
}
