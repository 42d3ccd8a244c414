namespace DrmHub.LicenseProxy.Limits;

/// <summary>How often one may ask at the licence door. A bucket holds <c>Burst</c> requests and gains <c>PerSecond</c>.</summary>
public sealed record LimitOptions
{
    /// <summary>Requests of one subscriber, counted over all nodes; 0 means no limit. Default 2 a second.</summary>
    public double SubscriberPerSecond { get; init; } = 2;

    /// <summary>Default 120: a start with many tracks and some impatience.</summary>
    public int SubscriberBurst { get; init; } = 120;

    /// <summary>Requests from one address (IPv6: one /64), counted on each node, before anything is read; 0 means no limit. Loopback has none. Default 200 a second, because many may share one.</summary>
    public double AddressPerSecond { get; init; } = 200;

    /// <summary>Default 2,000.</summary>
    public int AddressBurst { get; init; } = 2000;

    /// <returns>What is wrong; empty if nothing is.</returns>
    public IReadOnlyList<string> Check()
    {
        var errors = new List<string>();
        if (SubscriberPerSecond is < 0 or > 1_000_000 || double.IsNaN(SubscriberPerSecond) || SubscriberBurst is < 1 or > 1_000_000) errors.Add("Limits: a subscriber's rate is 0 to 1,000,000 a second, its burst 1 to 1,000,000.");
        if (AddressPerSecond is < 0 or > 1_000_000 || double.IsNaN(AddressPerSecond) || AddressBurst is < 1 or > 1_000_000) errors.Add("Limits: an address's rate is 0 to 1,000,000 a second, its burst 1 to 1,000,000.");
        return errors;
    }
}
