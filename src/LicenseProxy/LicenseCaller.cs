using System.Net;

namespace DrmHub.LicenseProxy;

/// <summary>Who knocks: what the gate needs of the HTTP request beside the challenge.</summary>
/// <param name="Token">The player's token as it came, or null.</param>
/// <param name="RequestId">The id under which the answer can be found in logs and in the audit log.</param>
public sealed record LicenseCaller(string? Token, string RequestId)
{
    /// <summary>The address of the player, as far as trusted proxies say it.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>ISO 3166-1 alpha-2 from a trusted proxy or from the address; null where neither says it.</summary>
    public string? Country { get; init; }

    /// <summary>The session that the player says it goes on with: the header <c>X-DrmHub-Session</c> of an earlier answer. Believed only as far as it fits the device.</summary>
    public string? Session { get; init; }

    /// <summary>The header <c>Idempotency-Key</c>: the same request sent again has the same. Up to 128 characters.</summary>
    public string? RetryKey { get; init; }
}
