using DrmHub.LicenseProxy;
using DrmHub.LicenseProxy.Upstreams;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace DrmHub.Host.Hosting;

/// <summary>Which licence services a hub asks: those of configuration section <c>Upstreams</c>; in Development, where there are none, the sandbox in the same process.</summary>
internal static class UpstreamWiring
{
    private const string SandboxPath = "/sandbox/";

    /// <exception cref="UpstreamSettingsException">The section cannot be used.</exception>
    public static Action<LicenseProxyOptions> Read(IConfiguration configuration, IHostEnvironment environment)
    {
        var upstreams = UpstreamSettings.Read(configuration.GetSection("Upstreams"), environment.IsProduction());
        return options =>
        {
            options.Upstreams = upstreams;
            if (environment.IsDevelopment()) options.DefaultUpstreams = services => SandboxUpstreams.At(() => AddressOf(services.GetRequiredService<IServer>()));
        };
    }

    /// <summary>The hub's own address, as this machine reaches it: the first over http, with a host that stands for all taken as loopback.</summary>
    private static Uri AddressOf(IServer server)
    {
        var addresses = server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
        var address = addresses.FirstOrDefault(one => one.StartsWith("http://", StringComparison.OrdinalIgnoreCase)) ?? "http://127.0.0.1";
        var parts = BindingAddress.Parse(address);
        var host = parts.Host is "*" or "+" or "0.0.0.0" or "[::]" ? "127.0.0.1" : parts.Host;
        return new UriBuilder(parts.Scheme, host, parts.Port, SandboxPath).Uri;
    }
}
