namespace DrmHub.Host.Telemetry;

/// <summary>Who may read <c>/metrics</c>.</summary>
internal enum MetricsAccess
{
    /// <summary>The route does not exist.</summary>
    Off,

    /// <summary>Callers on this machine, and operators with <c>audit.read</c>.</summary>
    Loopback,

    /// <summary>Everyone who reaches the port: for a network in which only the scraper does.</summary>
    Open,
}

/// <summary>Configuration section <c>Telemetry</c>: what leaves the process for those who watch it.</summary>
internal sealed record TelemetrySettings
{
    /// <summary>Base address of an OTLP collector (HTTP, protobuf), such as <c>http://127.0.0.1:4318</c>. Default: nothing is sent.</summary>
    public string? Otlp { get; init; }

    /// <summary>Share of requests whose trace is sent, 0 to 1, where no caller decided it already. Default 0.01.</summary>
    public double SampleRatio { get; init; } = 0.01;

    /// <summary>How often metrics are sent to the collector, 1 s to 10 min. Default 15 s.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(15);

    public MetricsAccess Metrics { get; init; } = MetricsAccess.Loopback;

    /// <exception cref="ArgumentException">With all that is out of range.</exception>
    public static TelemetrySettings Read(IConfiguration configuration)
    {
        var settings = configuration.GetSection("Telemetry").Get<TelemetrySettings>() ?? new TelemetrySettings();
        if (string.IsNullOrEmpty(settings.Otlp)) settings = settings with { Otlp = null };
        var errors = new List<string>();
        if (settings.Otlp is { } url && !(Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Scheme is "http" or "https")) errors.Add("Telemetry:Otlp is an http or https address.");
        if (!(settings.SampleRatio is >= 0 and <= 1)) errors.Add("Telemetry:SampleRatio is 0 to 1.");
        if (settings.Interval < TimeSpan.FromSeconds(1) || settings.Interval > TimeSpan.FromMinutes(10)) errors.Add("Telemetry:Interval is 1 s to 10 min.");
        return errors.Count == 0 ? settings : throw new ArgumentException(string.Join(' ', errors));
    }
}
