namespace DrmHub.LicenseProxy;

/// <summary>A licence service behind the hub did not do its part. The message goes to the player: it says what happened, never where or with which secret.</summary>
public sealed class UpstreamException(string reason, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary><c>upstream.timeout</c>, <c>upstream.refused</c> or <c>upstream.unavailable</c>; <c>device.revoked</c> where the service says so.</summary>
    public string Reason { get; } = reason;

    /// <summary>The upstream's name in the configuration, for the audit entry.</summary>
    public string? Upstream { get; init; }

    /// <summary>Public facts for the audit entry: the service's own status, for example.</summary>
    public IReadOnlyDictionary<string, string> Details { get; init; } = new Dictionary<string, string>();

    /// <summary>What the service answered with its refusal, read by the call that asked; null where there is nothing to forward.</summary>
    internal object? Answer { get; init; }
}
