namespace DrmHub.Vault.Catalogue;

/// <summary>A subscriber's access to the private feed of one show.</summary>
public sealed record FeedAccess
{
    public required string Id { get; init; }

    public required string ShowId { get; init; }

    public required string Subscriber { get; init; }

    /// <summary>UTC milliseconds, as the others.</summary>
    public required long CreatedMs { get; init; }

    /// <summary>When its token was made; signatures of enclosures hold as long as the token.</summary>
    public required long RotatedMs { get; init; }

    public long? ExpiresMs { get; init; }

    public long? RevokedMs { get; init; }

    /// <summary>When sharing was noticed last.</summary>
    public long? NoticedMs { get; init; }

    public bool IsOpenAt(long nowMs) => RevokedMs is null && !(nowMs >= ExpiresMs);
}

/// <summary>How many devices used a token lately.</summary>
/// <param name="Today">On this day (UTC).</param>
/// <param name="Month">On this day and the 29 before it.</param>
/// <param name="Apps">Names of the apps of these 30 days.</param>
public sealed record FeedDevices(int Today, int Month, IReadOnlyList<string> Apps);
