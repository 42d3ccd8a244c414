using DrmHub.Sandbox.LicenseServices;
using DrmHub.Sandbox.LicenseServices.FairPlay;
using DrmHub.Sandbox.LicenseServices.Faults;
using DrmHub.Sandbox.LicenseServices.PlayReady;
using DrmHub.Sandbox.LicenseServices.Widevine;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace DrmHub.Sandbox;

/// <summary>Adds the simulated licence services to a host. Never in Production: their keys are public.</summary>
public static class SandboxExtensions
{
    /// <summary>Where the services lie unless told otherwise.</summary>
    public const string DefaultPrefix = "/sandbox";

    /// <summary>Needs a <c>TimeProvider</c> in the container.</summary>
    public static IServiceCollection AddSandbox(this IServiceCollection services, Action<SandboxOptions>? configure = null)
    {
        services.AddOptions<SandboxOptions>().Configure(configure ?? (_ => { }));
        return services.AddSingleton<FaultPlan>().AddSingleton<ServiceDoor>().AddSingleton<WidevineLicenseService>().AddSingleton<KsmService>().AddSingleton<PlayReadyLicenseService>().AddSingleton<PolicyHeader>();
    }

    /// <param name="prefix">Path before <c>/cenc/getlicense/{provider}</c>, <c>/playready/rightsmanager.asmx</c>, <c>/fairplay/ksm</c> and <c>/faults</c>.</param>
    public static IEndpointRouteBuilder MapSandbox(this IEndpointRouteBuilder routes, string prefix = DefaultPrefix)
    {
        var group = routes.MapGroup(prefix).AllowAnonymous().WithTags("sandbox");
        group.MapWidevineLicense();
        group.MapKsm();
        group.MapPlayReadyLicense();
        group.MapFaults();
        return routes;
    }
}
