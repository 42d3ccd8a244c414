using DrmHub.LicenseProxy.Systems.PlayReady;
using DrmHub.LicenseProxy.Systems.Widevine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DrmHub.LicenseProxy.Upstreams;

/// <summary>Adds the licence services behind the hub, and the systems whose licences they write.</summary>
internal static class UpstreamExtensions
{
    public static IServiceCollection AddUpstreams(this IServiceCollection services) => services
        .AddMetrics()
        .AddSingleton<UpstreamMeters>()
        .AddSingleton(Open)
        .AddSingleton<WidevineService>()
        .AddSingleton<PlayReadyService>();

    private static UpstreamPools Open(IServiceProvider provider)
    {
        var options = provider.GetRequiredService<IOptions<LicenseProxyOptions>>().Value;
        var upstreams = options.Upstreams.Count > 0 || options.DefaultUpstreams is null ? options.Upstreams : options.DefaultUpstreams(provider);
        return new UpstreamPools(upstreams, provider.GetRequiredService<UpstreamMeters>(), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILoggerFactory>());
    }
}
