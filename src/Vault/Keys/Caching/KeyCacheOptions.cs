namespace DrmHub.Vault.Keys.Caching;

/// <summary>Keys in a node's memory, sealed. Configuration section <c>Vault:Cache</c>.</summary>
public sealed class KeyCacheOptions
{
    /// <summary>Where nodes cannot tell each other of new keys (SQLite), what another process writes is seen after this time at the latest.</summary>
    internal static readonly TimeSpan MaxLifetimeWithoutNotices = TimeSpan.FromSeconds(5);

    /// <summary>Keys that are kept by content id, as many by key id, and as many by the name that packagers ask for; about 700 bytes each. 0 (no cache) to 10,000,000. Default 100,000.</summary>
    public int Capacity { get; init; } = 100_000;

    /// <summary>Content ids with more keys than this are read each time. 1 to 100,000. Default 256.</summary>
    public int MaxKeysOfContent { get; init; } = 256;

    /// <summary>How long an entry is used. On PostgreSQL nodes tell each other of new keys at once, so this is a second net; on SQLite it is 5 seconds at most. 1 second to 1 day. Default 5 minutes.</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How much longer an entry is used while the database does not answer. 0 to 7 days. Default 1 hour.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromHours(1);

    internal void Check(List<string> errors)
    {
        if (Capacity is < 0 or > 10_000_000) errors.Add("Cache:Capacity is 0 to 10000000.");
        if (MaxKeysOfContent is < 1 or > 100_000) errors.Add("Cache:MaxKeysOfContent is 1 to 100000.");
        if (Lifetime < TimeSpan.FromSeconds(1) || Lifetime > TimeSpan.FromDays(1)) errors.Add("Cache:Lifetime is 1 second to 1 day.");
        if (Grace < TimeSpan.Zero || Grace > TimeSpan.FromDays(7)) errors.Add("Cache:Grace is 0 to 7 days.");
    }
}
