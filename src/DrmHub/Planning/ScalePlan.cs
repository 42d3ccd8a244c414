namespace DrmHub.Host.Planning;

/// <summary>
/// What an audience needs, from measured figures. Every line is one multiplication or division, so that the sum can be followed by hand
/// (docs/scale.md does).
/// </summary>
/// <remarks>
/// 1. Joins: viewers ÷ ramp × peak. 2. Key changes: all viewers within the boundary, or, with keys delivered ahead, spread over the periods that a
/// licence is good for. 3. Renewals, where keys do not change. 4. Cores: each licence's and each heartbeat's share of a core, over the utilisation.
/// 5. Nodes: so many that the plan holds with one zone gone. 6. Redis and PostgreSQL: operations over what one does.
/// </remarks>
internal sealed record ScalePlan
{
    public required string Name { get; init; }

    /// <summary>Licences a second while viewers join.</summary>
    public required double Joins { get; init; }

    /// <summary>Licences a second for key changes, at their height.</summary>
    public required double KeyChanges { get; init; }

    /// <summary>Licences a second for renewals.</summary>
    public required double Renewals { get; init; }

    /// <summary>Licences a second at the worst moment.</summary>
    public required double PeakLicenses { get; init; }

    public required double Heartbeats { get; init; }

    public required long Cores { get; init; }

    public required long Nodes { get; init; }

    public required double RedisOperations { get; init; }

    public required long RedisShards { get; init; }

    public required double AuditEntries { get; init; }

    /// <summary>PostgreSQL servers, each with its own log: cells that share nothing but the catalogue (docs/scale.md).</summary>
    public required long Databases { get; init; }

    /// <summary>Licences of the whole event.</summary>
    public required double LicensesOfTheEvent { get; init; }

    /// <summary>Bytes that their entries take in the databases.</summary>
    public required double AuditBytesOfTheEvent { get; init; }

    /// <returns>The plan with keys asked for when they change, and the one with keys delivered ahead; one plan where keys do not change.</returns>
    /// <exception cref="ArgumentException">The audience is out of range.</exception>
    public static IReadOnlyList<ScalePlan> For(Audience audience, MeasuredFigures figures)
    {
        ArgumentNullException.ThrowIfNull(audience);
        ArgumentNullException.ThrowIfNull(figures);
        audience.Validate();
        if (audience.CryptoPeriod is not { } period) return [Compute("keys do not change", audience, figures, 0, 0, audience.Keys)];
        var lifetime = period * audience.PeriodsAhead;
        return
        [
            Compute("asked for at each change", audience, figures, audience.Viewers / Math.Min(audience.Boundary.TotalSeconds, period.TotalSeconds), audience.Event / period, audience.Keys),
            Compute("delivered ahead", audience, figures, audience.Viewers / lifetime.TotalSeconds, audience.Event / lifetime, audience.Keys * (audience.PeriodsAhead + 1)),
        ];
    }

    private static ScalePlan Compute(string name, Audience audience, MeasuredFigures figures, double keyChanges, double changesOfTheEvent, int keys)
    {
        var joins = audience.Viewers / audience.Ramp.TotalSeconds * audience.Peak;
        var renewals = audience.CryptoPeriod is null ? audience.Viewers / audience.Renewal.TotalSeconds : 0;
        var peak = joins + keyChanges + renewals;
        var heartbeats = audience.Viewers / audience.Heartbeat.TotalSeconds;
        var secondsPerLicense = (1 / figures.LicensesPerCore) + (figures.MicrosecondsPerExtraKey * (keys - 1) / 1e6);
        var cores = ((peak * secondsPerLicense) + (heartbeats / figures.HeartbeatsPerCore)) / audience.Utilisation;

        // A licence takes a stream slot and a token from a rate bucket; a heartbeat renews its slot.
        var redis = (peak * (audience.SingleUseTokens ? 3 : 2)) + heartbeats;
        var licenses = audience.Viewers * (1 + (audience.CryptoPeriod is null ? Math.Floor(audience.Event / audience.Renewal) : changesOfTheEvent));
        return new ScalePlan
        {
            Name = name,
            Joins = joins,
            KeyChanges = keyChanges,
            Renewals = renewals,
            PeakLicenses = peak,
            Heartbeats = heartbeats,
            Cores = Up(cores),
            Nodes = Spread(Up(cores / audience.CoresPerNode), audience.Zones),
            RedisOperations = redis,
            RedisShards = Up(redis / (figures.OperationsPerRedisShard * audience.Utilisation)),
            AuditEntries = peak,
            Databases = Up(peak / (figures.AuditEntriesPerDatabase * audience.Utilisation)),
            LicensesOfTheEvent = licenses,
            AuditBytesOfTheEvent = licenses * figures.BytesPerAuditEntry,
        };
    }

    /// <summary>So many nodes that those outside any one zone are enough.</summary>
    private static long Spread(long needed, int zones) => zones == 1 ? needed : Up((double)needed / (zones - 1)) * zones;

    private static long Up(double value) => (long)Math.Ceiling(value);
}
