using DrmHub.Music.Catalogue;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace DrmHub.Music;

/// <summary>Adds the music and podcast catalogue to a host.</summary>
public static class MusicExtensions
{
    /// <summary>Needs a <c>CatalogueStore</c>, an <c>AuditLog</c>, a <c>RightsStore</c> and a <c>TimeProvider</c> in the container.</summary>
    public static IServiceCollection AddMusic(this IServiceCollection services, Action<MusicOptions> configure) =>
        services.AddSingleton<MusicCatalogue>().Configure(configure);

    public static IEndpointRouteBuilder MapMusic(this IEndpointRouteBuilder routes)
    {
        routes.MapCatalogue();
        return routes;
    }
}
