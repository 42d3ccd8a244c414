namespace DrmHub.Host.Load;

/// <summary>One rehearsal: who comes, how fast, with which devices, and what they do.</summary>
internal sealed record LoadOptions
{
    /// <summary>The hubs; players are spread over them in turn.</summary>
    public required IReadOnlyList<Uri> Targets { get; init; }

    /// <summary>A host other than loopback that the operator has named as its own.</summary>
    public string? AllowedHost { get; init; }

    public required string ContentId { get; init; }

    /// <summary>Players at the end of the ramp.</summary>
    public int Players { get; init; } = 1000;

    /// <summary>In which time they join, at an even rate.</summary>
    public TimeSpan Ramp { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the run lasts, ramp included.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How often a player asks for its licence again; null for never.</summary>
    public TimeSpan? Renewal { get; init; }

    /// <summary>How long a player stays; null until the end.</summary>
    public TimeSpan? Stay { get; init; }

    /// <summary>Share of leaving players that say nothing, as a crash does.</summary>
    public double Drop { get; init; }

    /// <summary>Whether players send heartbeats as the hub asks them to.</summary>
    public bool Heartbeats { get; init; } = true;

    /// <summary>Kinds of device with their weights.</summary>
    public required IReadOnlyList<(string Kind, int Weight)> Devices { get; init; }

    /// <summary>Plans that tokens vouch for, with their weights; an empty name is a token without a plan.</summary>
    public required IReadOnlyList<(string Plan, int Weight)> Plans { get; init; }

    public string? Country { get; init; }

    /// <summary>Requests under way at once.</summary>
    public int Connections { get; init; } = 128;

    /// <exception cref="ArgumentException">With all that is wrong.</exception>
    public void Validate()
    {
        var errors = new List<string>();
        foreach (var target in Targets)
            if (!target.IsLoopback && !string.Equals(target.Host, AllowedHost, StringComparison.OrdinalIgnoreCase))
                errors.Add($"{target.Host} is not this machine. A load test of a machine that is not yours is an attack; name the host with --allow-host if it is.");
        if (Targets.Count == 0) errors.Add("--url is missing.");
        if (Players is < 1 or > 1_000_000) errors.Add("--players is 1 to 1,000,000.");
        if (Duration < TimeSpan.FromSeconds(1) || Duration > TimeSpan.FromHours(2)) errors.Add("--duration is 1s to 2h.");
        if (Ramp < TimeSpan.Zero || Ramp > Duration) errors.Add("--ramp is 0s to the duration.");
        if (Renewal < TimeSpan.FromSeconds(1)) errors.Add("--renewal is at least 1s.");
        if (Stay < TimeSpan.FromSeconds(1)) errors.Add("--stay is at least 1s.");
        if (!(Drop is >= 0 and <= 1)) errors.Add("--drop is 0 to 1.");
        if (Connections is < 1 or > 4096) errors.Add("--connections is 1 to 4,096.");
        if (Devices.Count == 0 || Devices.Any(each => each.Weight < 1)) errors.Add("--devices names kinds with weights above zero.");
        if (Plans.Count == 0 || Plans.Any(each => each.Weight < 1)) errors.Add("--plans names plans with weights above zero.");
        if (errors.Count > 0) throw new ArgumentException(string.Join(' ', errors));
    }
}
