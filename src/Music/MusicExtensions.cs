using DrmHub.Music.Catalogue;
using DrmHub.Music.Ddex;
using DrmHub.Music.Packaging;
using DrmHub.Music.Podcasts;
using DrmHub.Music.Search;
using DrmHub.Music.Usage;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace DrmHub.Music;

/// <summary>Adds the music and podcast catalogue to a host.</summary>
public static class MusicExtensions
{
    /// <summary>Needs a <c>CatalogueStore</c>, an <c>ErnLedger</c>, a <c>FeedAccessStore</c>, a <c>PlayStore</c>, an <c>AuditLog</c>, a <c>RightsStore</c> and a <c>TimeProvider</c> in the container.</summary>
    public static IServiceCollection AddMusic(this IServiceCollection services, Action<MusicOptions> configure) =>
        services
        .AddSingleton<MusicCatalogue>()
        .AddSingleton<MusicVisitors>()
        .AddSingleton<PlayableMusic>()
        .AddSingleton<ListeningCatalogue>()
        .AddSingleton<ErnImporter>()
        .AddSingleton<FeedImporter>()
        .AddSingleton<FeedGate>()
        .AddSingleton<PodcastLinks>()
        .AddSingleton<PlayIntake>()
        .AddSingleton<UsageReporter>()
        .AddSingleton<SearchService>()
        .AddHostedService(provider => provider.GetRequiredService<SearchService>())
        .Configure(configure);

    public static IEndpointRouteBuilder MapMusic(this IEndpointRouteBuilder routes)
    {
        routes.MapCatalogue();
        routes.MapSearch();
        routes.MapErn();
        routes.MapFeeds();
        routes.MapEpisodeMedia();
        routes.MapFeedAccess();
        routes.MapUsage();
        routes.MapPlayback();
        return routes;
    }
}
