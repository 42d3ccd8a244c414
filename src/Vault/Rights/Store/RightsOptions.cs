namespace DrmHub.Vault.Rights;

/// <summary>How rights are held on a node. Configuration section <c>Rights</c>.</summary>
public sealed record RightsOptions
{
    /// <summary>How often a node asks for changes. Default 250 ms, range 50 to 500: a change holds on every node within a second.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How long a node that cannot reach the database goes on with what it read last. Default 5 minutes, range 0 to 24 hours. A takedown made meanwhile is not felt by it.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Subscribers held in memory. Default 100,000, range 0 to 10,000,000.</summary>
    public int CachedSubscribers { get; init; } = 100_000;

    /// <summary>What holds where a deal says nothing.</summary>
    public DevicePolicy Policy { get; init; } = DevicePolicy.Default;

    /// <exception cref="ArgumentException">With everything that is outside its range.</exception>
    public void Validate()
    {
        var wrong = new List<string>();
        if (PollInterval < TimeSpan.FromMilliseconds(50) || PollInterval > TimeSpan.FromMilliseconds(500)) wrong.Add("Rights:PollInterval is 50 to 500 ms.");
        if (Grace < TimeSpan.Zero || Grace > TimeSpan.FromHours(24)) wrong.Add("Rights:Grace is 0 to 24 hours.");
        if (CachedSubscribers is < 0 or > 10_000_000) wrong.Add("Rights:CachedSubscribers is 0 to 10,000,000.");
        if (wrong.Count > 0) throw new ArgumentException(string.Join(' ', wrong));
    }
}
