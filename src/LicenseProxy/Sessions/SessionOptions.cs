namespace DrmHub.LicenseProxy.Sessions;

/// <summary>Streams at once. How many an account may have is said by plans, deals and subscribers.</summary>
public sealed record SessionOptions
{
    /// <summary>Streams of an account where neither its plan, the deal nor the subscriber says a number; null means no limit. Default none.</summary>
    public int? Limit { get; init; }

    /// <summary>How long a stream holds its slot without a heartbeat or a renewal. 5 s to 24 h, default 90 s.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>How often a player should send a heartbeat. 1 s to half the lease, default 30 s.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Where all slots are taken: stop the stream that began first, instead of refusing the new one. Default false.</summary>
    public bool StopOldest { get; init; }

    /// <summary>How long after a token's end its player may still send heartbeats and end its session with it: it gives no right to anything new. 0 to 7 d, default 24 h.</summary>
    public TimeSpan TokenGrace { get; init; } = TimeSpan.FromHours(24);

    /// <returns>What is wrong; empty if nothing is.</returns>
    public IReadOnlyList<string> Check()
    {
        var errors = new List<string>();
        if (Limit is < 1 or > 1000) errors.Add("Sessions: Limit is 1 to 1,000.");
        if (Lease < TimeSpan.FromSeconds(5) || Lease > TimeSpan.FromHours(24)) errors.Add("Sessions: Lease is 5 s to 24 h.");
        if (Heartbeat < TimeSpan.FromSeconds(1) || Heartbeat > Lease / 2) errors.Add("Sessions: Heartbeat is 1 s to half the lease.");
        if (TokenGrace < TimeSpan.Zero || TokenGrace > TimeSpan.FromDays(7)) errors.Add("Sessions: TokenGrace is 0 to 7 d.");
        return errors;
    }
}
