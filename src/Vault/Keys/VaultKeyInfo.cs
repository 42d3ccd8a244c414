using DrmHub.Cenc;

namespace DrmHub.Vault.Keys;

/// <summary>What is known of a key without opening it: enough to decide, nothing to protect.</summary>
public sealed record VaultKeyInfo
{
    public required string ContentId { get; init; }

    public required KeyId KeyId { get; init; }

    public required string Track { get; init; }

    public required ProtectionScheme Scheme { get; init; }

    /// <summary>Null for a key that is not rotated.</summary>
    public long? CryptoPeriod { get; init; }

    /// <summary>True for a key that wraps content keys: it belongs to no scheme (<see cref="Scheme"/> says nothing) and to no crypto period.</summary>
    public bool IsEntitlement { get; init; }

    /// <summary>True where the packager chose the key id.</summary>
    public bool IsRequested { get; init; }

    /// <summary>8 or 16 bytes, or null. Shared: do not change it.</summary>
    public byte[]? Iv { get; init; }

    public long? MinPixels { get; init; }

    public long? MaxPixels { get; init; }

    public int? MinChannels { get; init; }

    public int? MaxChannels { get; init; }

    public string? Quality { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
}
