using DrmHub.Cenc;
using DrmHub.LicenseProxy.Systems.PlayReady;
using DrmHub.LicenseProxy.Systems.Widevine;
using DrmHub.LicenseProxy.Upstreams.Vendors;
using Microsoft.Extensions.Configuration;

namespace DrmHub.LicenseProxy.Upstreams;

/// <summary>
/// Configuration section <c>Upstreams</c>: under <c>Widevine</c>, <c>PlayReady</c> and <c>FairPlay</c> a list of licence services each
/// (docs/upstreams.md). Read at start; what is wrong is said all at once.
/// </summary>
public static class UpstreamSettings
{
    private const int MaxUpstreams = 16;

    private static readonly DrmSystem[] Systems = [DrmSystem.Widevine, DrmSystem.PlayReady, DrmSystem.FairPlay];

    /// <param name="section">May be empty.</param>
    /// <param name="production">Whether kinds that are only for trying out are refused.</param>
    /// <exception cref="UpstreamSettingsException">With everything that is wrong.</exception>
    public static IReadOnlyList<UpstreamOptions> Read(IConfiguration section, bool production)
    {
        ArgumentNullException.ThrowIfNull(section);
        var problems = new List<string>();
        var upstreams = new List<UpstreamOptions>();
        foreach (var child in section.GetChildren())
        {
            if (!Enum.TryParse<DrmSystem>(child.Key, ignoreCase: true, out var system) || !Systems.Contains(system))
            {
                problems.Add($"{child.Path} is none of Widevine, PlayReady, FairPlay.");
                continue;
            }

            foreach (var one in child.GetChildren()) upstreams.Add(ReadOne(system, new UpstreamSection(one, problems), production));
        }

        foreach (var repeated in upstreams.Where(one => one.Name.Length > 0).GroupBy(one => one.Name, StringComparer.OrdinalIgnoreCase).Where(group => group.Count() > 1))
            problems.Add($"Upstreams: {repeated.Count()} upstreams have the name {repeated.Key}.");
        foreach (var crowd in upstreams.GroupBy(one => one.System).Where(group => group.Count() > MaxUpstreams))
            problems.Add($"Upstreams:{crowd.Key} has more than {MaxUpstreams} upstreams.");
        if (problems.Count == 0) CheckFiles(upstreams, problems);
        return problems.Count == 0 ? upstreams : throw new UpstreamSettingsException(problems);
    }

    private static UpstreamOptions ReadOne(DrmSystem system, UpstreamSection section, bool production)
    {
        var kind = section.Choice<UpstreamKind>("Kind");
        var name = section.Required("Name");
        if (name.Length > 64 || name.Any(character => !char.IsAsciiLetterOrDigit(character) && character is not ('-' or '_' or '.'))) section.Problem("Name", "has up to 64 letters, digits, - _ and .");
        if (!Speaks(kind, system)) section.Problem("Kind", $"{kind} does not serve {system}");
        if (kind == UpstreamKind.PlayReadyTest && production) section.Problem("Kind", "playreadytest puts content keys into the address and is refused in Production");
        var defaults = new UpstreamOptions { Name = name, System = system, Kind = kind, Url = VendorAddresses.DefaultFor(kind, system) ?? new Uri("http://localhost/") };
        var tls = section.Nested("Tls");
        var options = defaults with
        {
            Url = section.Address("Url", required: VendorAddresses.DefaultFor(kind, system) is null) ?? defaults.Url,
            Priority = section.Number("Priority", defaults.Priority, 0, 100),
            Weight = section.Number("Weight", defaults.Weight, 1, 1000),
            ConnectTimeout = section.Milliseconds("ConnectTimeoutMs", defaults.ConnectTimeout),
            FirstByteTimeout = section.Milliseconds("FirstByteTimeoutMs", defaults.FirstByteTimeout),
            Timeout = section.Milliseconds("TimeoutMs", defaults.Timeout),
            FailoverAfter = section.Milliseconds("FailoverAfterMs", defaults.FailoverAfter),
            Hedge = section.Flag("Hedge", defaults.Hedge),
            MaxResponseBytes = section.Number("MaxResponseBytes", defaults.MaxResponseBytes, 1024, 16 * 1024 * 1024),
            MaxConcurrent = section.Number("MaxConcurrent", defaults.MaxConcurrent, 1, 10_000),
            MaxQueued = section.Number("MaxQueued", defaults.MaxQueued, 0, 10_000),
            BreakerRatio = section.Ratio("BreakerRatio", defaults.BreakerRatio, 0.05, 1),
            BreakerMinimum = section.Number("BreakerMinimum", defaults.BreakerMinimum, 2, 1000),
            BreakerWindow = section.Milliseconds("BreakerWindowMs", defaults.BreakerWindow, 500),
            BreakerPause = section.Milliseconds("BreakerPauseMs", defaults.BreakerPause, 500),
            Proxy = section.Address("Proxy", required: false),
            Headers = section.Pairs("Headers"),
            Tls = new UpstreamTls
            {
                CaFile = tls.Text("CaFile"),
                ClientCertificateFile = tls.Text("ClientCertificateFile"),
                ClientKeyFile = tls.Text("ClientKeyFile"),
                Pins = tls.List("Pins"),
            },
            Credentials = ReadCredentials(kind, section),
        };
        tls.RefuseUnknown();
        section.Flag("AllowHttp", false);
        section.RefuseUnknown();
        if (options.FirstByteTimeout > options.Timeout) section.Problem("FirstByteTimeoutMs", "is longer than TimeoutMs");
        if (options.ConnectTimeout > options.FirstByteTimeout) section.Problem("ConnectTimeoutMs", "is longer than FirstByteTimeoutMs");
        return options;
    }

    /// <summary>Certificates are read here for the first time, so that a wrong file is said at start and not to the first player.</summary>
    private static void CheckFiles(List<UpstreamOptions> upstreams, List<string> problems)
    {
        foreach (var upstream in upstreams)
        {
            try
            {
                UpstreamClient.Create(upstream).Dispose();
            }
            catch (UpstreamSettingsException exception)
            {
                problems.AddRange(exception.Problems.Select(problem => $"{upstream.Name}: {problem}"));
            }
        }
    }

    private static bool Speaks(UpstreamKind kind, DrmSystem system) => kind switch
    {
        UpstreamKind.Widevine => system == DrmSystem.Widevine,
        UpstreamKind.PlayReady or UpstreamKind.PlayReadyTest => system == DrmSystem.PlayReady,
        UpstreamKind.Ksm => system == DrmSystem.FairPlay,
        _ => true,
    };

    private static object? ReadCredentials(UpstreamKind kind, UpstreamSection section) => kind switch
    {
        UpstreamKind.Widevine => WidevineCloudOptions.Read(section),
        UpstreamKind.PlayReady => PlayReadyServerOptions.Read(section),
        UpstreamKind.Axinom => AxinomOptions.Read(section),
        UpstreamKind.DoveRunner => DoveRunnerOptions.Read(section),
        UpstreamKind.DrmToday => DrmTodayOptions.Read(section),
        UpstreamKind.KeyOs => KeyOsOptions.Read(section),
        UpstreamKind.Ezdrm => EzdrmOptions.Read(section),
        _ => null,
    };
}

/// <summary>Settings that cannot be used.</summary>
public sealed class UpstreamSettingsException(IReadOnlyList<string> problems) : Exception("The upstreams are not configured well:\n  " + string.Join("\n  ", problems))
{
    public IReadOnlyList<string> Problems { get; } = problems;
}
