using DrmHub.Host.Listening;
using DrmHub.LicenseProxy;
using DrmHub.LicenseProxy.Tokens;
using DrmHub.Music;
using DrmHub.Vault.Catalogue;
using DrmHub.Vault.Keys;
using DrmHub.Vault.Rights;
using DrmHub.Vault.Storage;

namespace DrmHub.Host.Hosting;

/// <summary>The music part of a hub, from configuration section <c>Music</c>.</summary>
internal static class MusicSettings
{
    /// <exception cref="ArgumentException">With everything in the section that is outside its range.</exception>
    public static void Add(IServiceCollection services, IConfiguration configuration, KeyVault vault, string dataDirectory)
    {
        var checkedNow = new MusicOptions();
        Read(configuration, checkedNow, dataDirectory);
        checkedNow.Validate();
        services
            .AddSingleton<CatalogueStore>()
            .AddSingleton<ErnLedger>()
            .AddSingleton<PlayStore>()
            .AddOffline(configuration)
            .AddSingleton(provider => new FeedAccessStore(provider.GetRequiredService<Database>(), vault, provider.GetRequiredService<TimeProvider>()))
            .AddMusic(options => Read(configuration, options, dataDirectory));
    }

    private static IServiceCollection AddOffline(this IServiceCollection services, IConfiguration configuration)
    {
        var options = configuration.GetSection("Music:Offline").Get<OfflineOptions>() ?? new OfflineOptions();
        options.Validate();
        return services.AddSingleton(options).AddSingleton<OfflineShelf>().AddSingleton<OfflineLibrary>();
    }

    /// <summary>Section <c>Music</c>, as its options classes describe it.</summary>
    public static void Read(IConfiguration configuration, MusicOptions options, string dataDirectory)
    {
        var section = configuration.GetSection("Music");
        options.PublicUrl = configuration["PublicUrl"] is { Length: > 0 } url ? url : null;
        options.SearchCapacity = section.GetValue("SearchCapacity", options.SearchCapacity);
        options.MediaFolder = Path.GetFullPath(section["MediaFolder"] ?? Path.Combine(dataDirectory, "music"));
        section.GetSection("Ddex").Bind(options.Ddex);
        section.GetSection("Podcasts").Bind(options.Podcasts);
        section.GetSection("Usage").Bind(options.Usage);
        options.AuthenticatePlayer = AuthenticateAsync;
    }

    /// <summary>A player's token, as the licence routes take it.</summary>
    private static async ValueTask<MusicPlayerAnswer> AuthenticateAsync(HttpContext http, CancellationToken cancellationToken)
    {
        var (token, refusal) = await http.RequestServices.GetRequiredService<PlayerTokenValidator>().ValidateAsync(PlayerHttp.BearerToken(http.Request), cancellationToken);
        return token is null ? new MusicPlayerAnswer(null, refusal!.Reason, refusal.Detail) : new MusicPlayerAnswer(new MusicPlayer(token.Subscriber, token.Country, token.Device));
    }
}
