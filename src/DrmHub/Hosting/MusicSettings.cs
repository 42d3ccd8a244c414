using DrmHub.Music;
using DrmHub.Vault.Catalogue;

namespace DrmHub.Host.Hosting;

/// <summary>The music part of a hub, from configuration section <c>Music</c>.</summary>
internal static class MusicSettings
{
    public static void Add(IServiceCollection services, IConfiguration configuration) => services.AddSingleton<CatalogueStore>().AddMusic(options =>
    {
        options.PublicUrl = configuration["PublicUrl"] is { Length: > 0 } url ? url : null;
    });
}
