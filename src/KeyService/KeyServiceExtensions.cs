using DrmHub.KeyService.Administration;
using DrmHub.KeyService.Cpix;
using DrmHub.KeyService.Packagers;
using DrmHub.KeyService.PlayReadyPackaging;
using DrmHub.KeyService.Speke;
using DrmHub.KeyService.WidevineKeys;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace DrmHub.KeyService;

/// <summary>Adds the packagers' door to a host.</summary>
public static class KeyServiceExtensions
{
    /// <summary>Needs a <c>KeyStore</c>, an <c>AuditLog</c>, a <c>PackagerStore</c>, an <c>ISharedState</c> and a <c>TimeProvider</c> in the container.</summary>
    public static IServiceCollection AddKeyService(this IServiceCollection services, Action<KeyServiceOptions> configure) =>
        services.AddSingleton<KeyIssuer>().AddSingleton<StrangerRefusals>().AddSingleton<PackagerRates>().AddSingleton<AwsGate>().AddSingleton<DigestGate>().AddSingleton<PackagerDoor>().AddSingleton<SpekeIssuer>().AddSingleton<SpekeServices>().Configure(configure);

    public static IEndpointRouteBuilder MapKeyService(this IEndpointRouteBuilder routes)
    {
        routes.MapWidevineKeys();
        routes.MapSpeke();
        routes.MapCpix();
        routes.MapKeyTable();
        routes.MapPlayReadyPackaging();
        return routes;
    }
}
