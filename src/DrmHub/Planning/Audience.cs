namespace DrmHub.Host.Planning;

/// <summary>The event that is planned for, and the room that is kept free.</summary>
internal sealed record Audience
{
    /// <summary>Players at the height of the event.</summary>
    public required long Viewers { get; init; }

    /// <summary>In which time they all join.</summary>
    public required TimeSpan Ramp { get; init; }

    /// <summary>The busiest moment of the ramp over its mean. Audiences come in waves: 2 is what a kick-off looks like.</summary>
    public double Peak { get; init; } = 2;

    /// <summary>How long the event lasts.</summary>
    public TimeSpan Event { get; init; } = TimeSpan.FromHours(4);

    /// <summary>How long one set of keys is in use; null means that keys do not change.</summary>
    public TimeSpan? CryptoPeriod { get; init; }

    /// <summary>Keys in a licence for one crypto period.</summary>
    public int Keys { get; init; } = 5;

    /// <summary>Crypto periods that one licence is good for where keys are delivered ahead.</summary>
    public int PeriodsAhead { get; init; } = 1;

    /// <summary>In which time players notice a new key id, where keys are not delivered ahead: the spread of their buffers.</summary>
    public TimeSpan Boundary { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often a player renews its licence where keys do not change.</summary>
    public TimeSpan Renewal { get; init; } = TimeSpan.FromHours(6);

    /// <summary>How often a player says that it still plays.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Each token opens one licence: one more operation on Redis.</summary>
    public bool SingleUseTokens { get; init; }

    public int CoresPerNode { get; init; } = 8;

    /// <summary>How much of what was measured is planned with.</summary>
    public double Utilisation { get; init; } = 0.6;

    /// <summary>Zones that nodes are spread over; the plan holds with one of them gone.</summary>
    public int Zones { get; init; } = 3;

    /// <exception cref="ArgumentException">With all that is out of its range.</exception>
    public void Validate()
    {
        var errors = new List<string>();
        if (Viewers is < 1 or > 10_000_000_000) errors.Add("--viewers is 1 to 10,000,000,000.");
        if (!IsBetween(Ramp, TimeSpan.FromSeconds(1))) errors.Add("--ramp is 1s to 7d.");
        if (!IsBetween(Event, TimeSpan.FromMinutes(1))) errors.Add("--event is 1m to 7d.");
        if (CryptoPeriod is { } period && !IsBetween(period, TimeSpan.FromSeconds(1))) errors.Add("--crypto-period is 1s to 7d.");
        if (!IsBetween(Boundary, TimeSpan.FromSeconds(1))) errors.Add("--boundary is 1s to 7d.");
        if (!IsBetween(Renewal, TimeSpan.FromSeconds(10))) errors.Add("--renewal is 10s to 7d.");
        if (!IsBetween(Heartbeat, TimeSpan.FromSeconds(5))) errors.Add("--heartbeat is 5s to 7d.");
        if (Keys is < 1 or > 100) errors.Add("--keys is 1 to 100.");
        if (PeriodsAhead is < 1 or > 100) errors.Add("--periods-ahead is 1 to 100.");
        if (!(Peak is >= 1 and <= 100)) errors.Add("--peak is 1 to 100.");
        if (CoresPerNode is < 1 or > 1024) errors.Add("--cores is 1 to 1024.");
        if (!(Utilisation is >= 0.05 and <= 1)) errors.Add("--utilisation is 0.05 to 1.");
        if (Zones is < 1 or > 20) errors.Add("--zones is 1 to 20.");
        if (errors.Count > 0) throw new ArgumentException(string.Join(' ', errors));
    }

    private static bool IsBetween(TimeSpan value, TimeSpan least) => value >= least && value <= TimeSpan.FromDays(7);
}
