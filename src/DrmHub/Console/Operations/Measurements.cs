using System.Diagnostics.Metrics;
using DrmHub.Cenc;
using DrmHub.LicenseProxy;
using DrmHub.Vault.Rights;

namespace DrmHub.Host.Pages.Operations;

/// <summary>One door's last hour on this node.</summary>
/// <param name="PerMinute">Requests of each of the last 60 minutes, the oldest first; the last one is still running.</param>
/// <param name="Failed">Answers with 5xx, but for PlayReady's refusals, which have that status too.</param>
internal sealed record DoorHour(string Door, IReadOnlyList<long> PerMinute, long Requests, long Failed, double? P50, double? P95, double? P99);

/// <summary>
/// The last hour of this node in memory, minute by minute, from the instruments that are there anyway: the framework's
/// <c>http.server.request.duration</c> and the log's append duration. For a person who looks on; alarms belong to a metrics store.
/// </summary>
internal sealed class Measurements(TimeProvider time) : IHostedService, IDisposable
{
    public const int Minutes = 60;

    private const string LicenceDoor = "Licences";
    private const string PlayReadyRoute = "/license/playready";

    /// <summary>Doors, in the order of the page, and the beginnings of their routes.</summary>
    private static readonly (string Door, string[] Prefixes)[] s_doors =
    [
        (LicenceDoor, ["/license", "/key/", "/sessions"]),
        ("Keys", ["/cenc", "/cpix", "/speke", "/playready"]),
        ("Rights", ["/rights", "/decide"]),
        ("Audit", ["/audit"]),
        ("Music", ["/music", "/podcasts", "/listen"]),
        ("Console", ["/console"]),
    ];

    public const string LogDoor = "Audit log, until durable";

    private readonly Lock _gate = new();
    private readonly MeterListener _listener = new();
    private readonly Dictionary<string, Minute[]> _rings = s_doors.Select(door => door.Door).Append(LogDoor)
        .ToDictionary(door => door, _ => Enumerable.Range(0, Minutes).Select(_ => new Minute()).ToArray());

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument is { Meter.Name: "Microsoft.AspNetCore.Hosting", Name: "http.server.request.duration" } or { Meter.Name: "DrmHub.Audit", Name: "drmhub.audit.append.duration" }
                or { Meter.Name: LicenseTelemetry.Name, Name: "drmhub.licenses" })
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<double>(Measure);
        _listener.SetMeasurementEventCallback<long>(MeasureLicence);
        _listener.Start();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _listener.Dispose();
        return Task.CompletedTask;
    }

    public void Dispose() => _listener.Dispose();

    /// <summary>Every door that was used in the last hour.</summary>
    public IReadOnlyList<DoorHour> Read()
    {
        var now = time.GetUtcNow().ToUnixTimeSeconds() / 60;
        var hours = new List<DoorHour>();
        lock (_gate)
        {
            foreach (var (door, ring) in _rings)
            {
                var (whole, failed) = (new LatencyHistogram(), 0L);
                var perMinute = new long[Minutes];
                for (var i = 0; i < Minutes; i++)
                {
                    var number = now - Minutes + 1 + i;
                    var minute = ring[number % Minutes];
                    if (minute.Number != number) continue;
                    perMinute[i] = minute.Latencies.Count;
                    failed += minute.Failed;
                    whole.AddAll(minute.Latencies);
                }

                if (whole.Count > 0) hours.Add(new DoorHour(door, perMinute, whole.Count, failed, whole.Percentile(0.5), whole.Percentile(0.95), whole.Percentile(0.99)));
            }
        }

        return hours;
    }

    /// <summary>Takes one measurement; public for tests, which have no server.</summary>
    public void Add(string door, double seconds, bool isFailure)
    {
        var number = time.GetUtcNow().ToUnixTimeSeconds() / 60;
        lock (_gate)
        {
            var minute = _rings[door][number % Minutes];
            minute.Begin(number);
            minute.Latencies.Add(seconds);
            if (isFailure) minute.Failed++;
        }
    }

    /// <summary>A SOAP fault has the status 500, whatever it says: whether a PlayReady answer failed is known from its reason.</summary>
    private void MeasureLicence(Instrument instrument, long count, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        string? system = null, reason = null;
        foreach (var (name, value) in tags)
        {
            if (name == "system") system = value as string;
            else if (name == "reason") reason = value as string;
        }

        if (system != nameof(DrmSystem.PlayReady) || !(reason?.StartsWith("upstream.", StringComparison.Ordinal) == true || reason is ReasonCodes.AuditUnavailable or ReasonCodes.Internal)) return;
        var number = time.GetUtcNow().ToUnixTimeSeconds() / 60;
        lock (_gate)
        {
            var minute = _rings[LicenceDoor][number % Minutes];
            minute.Begin(number);
            minute.Failed += count;
        }
    }

    private void Measure(Instrument instrument, double seconds, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        if (instrument.Meter.Name == "DrmHub.Audit")
        {
            Add(LogDoor, seconds, isFailure: false);
            return;
        }

        string? route = null;
        var status = 0;
        foreach (var (name, value) in tags)
        {
            if (name == "http.route") route = value as string;
            else if (name == "http.response.status_code" && value is int code) status = code;
        }

        if (route is not null && DoorOf(route) is { } door) Add(door, seconds, status > 500 || (status == 500 && !route.StartsWith(PlayReadyRoute, StringComparison.Ordinal)));
    }

    private static string? DoorOf(string route)
    {
        // Routes of components come without a slash in front.
        var path = route.StartsWith('/') ? route : "/" + route;
        foreach (var (door, prefixes) in s_doors)
            foreach (var prefix in prefixes)
                if (path.StartsWith(prefix, StringComparison.Ordinal)) return door;
        return null;
    }

    private sealed class Minute
    {
        public LatencyHistogram Latencies { get; } = new();

        public long Number { get; private set; } = -1;

        public long Failed { get; set; }

        public void Begin(long number)
        {
            if (Number == number) return;
            Number = number;
            Failed = 0;
            Latencies.Clear();
        }
    }
}
