namespace DrmHub.Host.Limits;

/// <summary>
/// How often one may ask at the doors that are not the players': key routes, rights, audit, administration, music, podcasts and pages. A bucket holds <c>Burst</c>
/// requests and gains <c>PerSecond</c>.
/// </summary>
internal sealed record DoorLimitOptions
{
    /// <summary>Requests of one operator or service, by the name in its token or session, counted over all nodes; 0 means no limit. In Development none, unless it is set. Default 500 a second.</summary>
    public double OperatorPerSecond { get; init; } = 500;

    /// <summary>Default 10,000. An export or an upload of a million rights is one request.</summary>
    public int OperatorBurst { get; init; } = 10_000;

    /// <summary>Requests from one address (IPv6: one /64) at the key routes, and as many again at all other routes that are not the players', counted on each node, before anything is read; 0 means no limit. Loopback has none. Default 1,000 a second.</summary>
    public double ServiceAddressPerSecond { get; init; } = 1000;

    /// <summary>Default 20,000: as many channels behind one address may change their keys at the same moment.</summary>
    public int ServiceAddressBurst { get; init; } = 20_000;

    /// <summary>Credentials that were refused to one address, counted on each node; above it, what it presents is not looked at, unless it was good within the last hour. 0 means no limit. Loopback has none. Default 1 a second.</summary>
    public double FailuresPerSecond { get; init; } = 1;

    /// <summary>Default 100.</summary>
    public int FailuresBurst { get; init; } = 100;

    /// <summary>Section <c>Limits</c>.</summary>
    /// <exception cref="InvalidDataException">With everything that is outside its range.</exception>
    public static DoorLimitOptions Read(IConfiguration configuration, bool development)
    {
        var section = configuration.GetSection("Limits");
        var limits = section.Get<DoorLimitOptions>() ?? new DoorLimitOptions();
        if (development && section[nameof(OperatorPerSecond)] is null) limits = limits with { OperatorPerSecond = 0 };
        return limits.Check() is { Count: > 0 } errors ? throw new InvalidDataException(string.Join(" ", errors)) : limits;
    }

    /// <returns>What is wrong; empty if nothing is.</returns>
    public IReadOnlyList<string> Check()
    {
        var errors = new List<string>();
        if (!IsRate(OperatorPerSecond, OperatorBurst)) errors.Add("Limits: an operator's rate is 0 to 1,000,000 a second, its burst 1 to 1,000,000.");
        if (!IsRate(ServiceAddressPerSecond, ServiceAddressBurst)) errors.Add("Limits: an address's rate at the services is 0 to 1,000,000 a second, its burst 1 to 1,000,000.");
        if (!IsRate(FailuresPerSecond, FailuresBurst)) errors.Add("Limits: the rate of refused credentials is 0 to 1,000,000 a second, its burst 1 to 1,000,000.");
        return errors;
    }

    private static bool IsRate(double perSecond, int burst) => perSecond is >= 0 and <= 1_000_000 && burst is >= 1 and <= 1_000_000;
}
