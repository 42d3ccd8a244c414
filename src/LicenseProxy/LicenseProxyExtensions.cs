using DrmHub.LicenseProxy.Devices;
using DrmHub.LicenseProxy.Sessions;
using DrmHub.LicenseProxy.Systems.Aes128;
using DrmHub.LicenseProxy.Systems.ClearKey;
using DrmHub.LicenseProxy.Systems.FairPlay;
using DrmHub.LicenseProxy.Systems.PlayReady;
using DrmHub.LicenseProxy.Systems.Widevine;
using DrmHub.LicenseProxy.Tokens;
using DrmHub.LicenseProxy.Upstreams;
using DrmHub.Vault.Rights;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace DrmHub.LicenseProxy;

/// <summary>Adds the players' door to a host.</summary>
public static class LicenseProxyExtensions
{
    /// <summary>Needs a <c>KeyStore</c>, a <c>RightsStore</c>, an <c>AuditLog</c>, an <c>ISharedState</c> and a <c>TimeProvider</c> in the container.</summary>
    public static IServiceCollection AddLicenseProxy(this IServiceCollection services, Action<LicenseProxyOptions> configure)
    {
        services.AddUpstreams();
        services.AddGate().AddSingleton<FairPlayService>().Configure(configure).AddCors();
        services.AddOptions<LicenseProxyOptions>().PostConfigure<IServiceProvider>((options, provider) =>
        {
            if (provider.GetService<CountryDatabase>() is { } countries) options.CountryOf ??= countries.Find;
            options.Validate();
        }).ValidateOnStart();
        services.AddOptions<CorsOptions>().Configure<IOptions<LicenseProxyOptions>>((cors, proxy) => cors.AddPolicy(LicenseHttp.CorsPolicy, policy => policy
            .WithOrigins([.. proxy.Value.Origins])
            .WithMethods("POST", "GET", "DELETE")
            .AllowAnyHeader()
            .WithExposedHeaders(LicenseHttp.Exposed)
            .SetPreflightMaxAge(TimeSpan.FromHours(1))));
        return services;
    }

    public static IEndpointRouteBuilder MapLicenseProxy(this IEndpointRouteBuilder routes)
    {
        routes.MapClearKey();
        routes.MapAes128();
        routes.MapSessions();
        routes.MapDevices();
        routes.MapWidevine();
        routes.MapPlayReady();
        routes.MapFairPlay();
        routes.MapUpstreams();
        return routes;
    }
}
