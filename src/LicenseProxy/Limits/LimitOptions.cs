using DrmHub.Cenc;

namespace DrmHub.LicenseProxy.Limits;

/// <summary>How often one may ask at the licence door, and how many at once. A bucket holds <c>Burst</c> requests and gains <c>PerSecond</c>.</summary>
public sealed record LimitOptions
{
    internal const int ConcurrencyPerProcessor = 64;

    internal const int QueuePerPlace = 8;

    /// <summary>Requests of one subscriber, counted over all nodes; 0 means no limit. Default 2 a second.</summary>
    public double SubscriberPerSecond { get; init; } = 2;

    /// <summary>Default 120: a start with many tracks and some impatience.</summary>
    public int SubscriberBurst { get; init; } = 120;

    /// <summary>Requests from one address (IPv6: one /64), counted on each node, before anything is read; 0 means no limit. Loopback has none. Default 200 a second, because many may share one.</summary>
    public double AddressPerSecond { get; init; } = 200;

    /// <summary>Default 2,000.</summary>
    public int AddressBurst { get; init; } = 2000;

    /// <summary>Licence requests and heartbeats that are in work at once on one node; 0 means no bound, up to 100,000. Default 64 for each processor.</summary>
    public int? Concurrency { get; init; }

    /// <summary>Requests that wait for their turn, those who are watching first, then those with a paid plan; 0 to 1,000,000. Default 8 for each of <c>Limits:Concurrency</c>.</summary>
    public int? Queue { get; init; }

    /// <summary>How long a request waits for its turn before it is answered with 503. 0 to 30 s, default 1 s.</summary>
    public TimeSpan MaxWait { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>While more than half of the queue is taken, new playbacks get no key above this track type (SD, HD, UHD1). Default none: quality is never capped.</summary>
    public TrackType? CapWhenBusy { get; init; }

    /// <summary>Plans whose subscribers wait behind those of all other plans. Default: <c>free</c>.</summary>
    public IReadOnlyList<string>? FreePlans { get; init; }

    /// <returns>What is wrong; empty if nothing is.</returns>
    public IReadOnlyList<string> Check()
    {
        var errors = new List<string>();
        if (SubscriberPerSecond is < 0 or > 1_000_000 || double.IsNaN(SubscriberPerSecond) || SubscriberBurst is < 1 or > 1_000_000) errors.Add("Limits: a subscriber's rate is 0 to 1,000,000 a second, its burst 1 to 1,000,000.");
        if (AddressPerSecond is < 0 or > 1_000_000 || double.IsNaN(AddressPerSecond) || AddressBurst is < 1 or > 1_000_000) errors.Add("Limits: an address's rate is 0 to 1,000,000 a second, its burst 1 to 1,000,000.");
        if (Concurrency is < 0 or > 100_000) errors.Add("Limits: Concurrency is 0 (no bound) to 100,000.");
        if (Queue is < 0 or > 1_000_000) errors.Add("Limits: Queue is 0 to 1,000,000.");
        if (MaxWait < TimeSpan.Zero || MaxWait > TimeSpan.FromSeconds(30)) errors.Add("Limits: MaxWait is 0 to 30 s.");
        if (CapWhenBusy is { } cap && (cap == TrackType.Audio || !Enum.IsDefined(cap))) errors.Add("Limits: CapWhenBusy is a picture: SD, HD, UHD1 or UHD2.");
        return errors;
    }
}
