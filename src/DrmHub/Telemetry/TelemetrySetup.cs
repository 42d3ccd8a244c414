using DrmHub.LicenseProxy;
using DrmHub.LicenseProxy.Upstreams;
using DrmHub.Vault.Audit;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace DrmHub.Host.Telemetry;

/// <summary>
/// Metrics and traces by OpenTelemetry: pulled as Prometheus text from <c>/metrics</c>, pushed to a collector by OTLP. Tags come from bounded
/// sets; subscribers, titles, key ids and tokens are in neither, and query strings are never recorded.
/// </summary>
internal static class TelemetrySetup
{
    /// <summary>The framework's own meters that a panel is worth; ours start with <c>DrmHub</c>.</summary>
    private static readonly string[] s_frameworkMeters =
    [
        "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "Microsoft.AspNetCore.RateLimiting", "System.Net.Http", "System.Runtime", "Npgsql",
    ];

    /// <summary>Seconds. Licences take milliseconds, so the default buckets of the library, made for seconds, would show one bar.</summary>
    private static readonly double[] s_buckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    public static IServiceCollection AddTelemetry(this IServiceCollection services, IConfiguration configuration)
    {
        var settings = TelemetrySettings.Read(configuration);
        services.AddSingleton(settings);
        if (settings is { Otlp: null, Metrics: MetricsAccess.Off }) return services;
        var telemetry = services.AddOpenTelemetry().ConfigureResource(resource => resource.AddService(
            "drmhub",
            serviceVersion: typeof(TelemetrySetup).Assembly.GetName().Version!.ToString(3),
            serviceInstanceId: configuration["Node"] ?? Environment.MachineName));
        telemetry.WithMetrics(metrics =>
        {
            metrics.AddMeter("DrmHub.*").AddMeter(s_frameworkMeters)
                .AddView(instrument => instrument.Unit == "s" && instrument.Name.StartsWith("drmhub.", StringComparison.Ordinal) ? new ExplicitBucketHistogramConfiguration { Boundaries = s_buckets } : null);
            if (settings.Metrics != MetricsAccess.Off) metrics.AddPrometheusExporter();
            if (settings.Otlp is { } url)
                metrics.AddOtlpExporter((exporter, reader) =>
                {
                    Point(exporter, url, "v1/metrics");
                    reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = (int)settings.Interval.TotalMilliseconds;
                });
        });
        if (settings.Otlp is { } collector)
        {
            telemetry.WithTracing(traces => traces
                .SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(settings.SampleRatio)))
                .AddSource(LicenseTelemetry.Name, UpstreamMeters.Name, AuditLog.ActivityName, "Npgsql")
                .AddAspNetCoreInstrumentation(options => options.Filter = context => !context.Request.Path.StartsWithSegments("/health") && !context.Request.Path.StartsWithSegments("/metrics"))
                .AddHttpClientInstrumentation()
                .AddOtlpExporter(exporter => Point(exporter, collector, "v1/traces")));
        }

        return services;
    }

    public static void MapMetrics(this WebApplication app)
    {
        var settings = app.Services.GetRequiredService<TelemetrySettings>();
        if (settings.Metrics == MetricsAccess.Off) return;
        var route = app.MapPrometheusScrapingEndpoint("/metrics").DisableHttpMetrics().WithTags("operators");
        if (settings.Metrics == MetricsAccess.Open) route.AllowAnonymous();
        else route.RequireAuthorization(policy => policy.RequireAssertion(MayRead));
    }

    private static bool MayRead(Microsoft.AspNetCore.Authorization.AuthorizationHandlerContext context) =>
        context.User.HasClaim("roles", "audit.read")
        || (context.Resource is HttpContext { Connection.RemoteIpAddress: { } address } http && System.Net.IPAddress.IsLoopback(address) && !http.Request.Headers.ContainsKey("X-Forwarded-For"));

    private static void Point(OtlpExporterOptions exporter, string url, string path)
    {
        exporter.Protocol = OtlpExportProtocol.HttpProtobuf;
        exporter.Endpoint = new Uri(new Uri(url.EndsWith('/') ? url : url + "/"), path);
    }
}
