using DrmHub.Vault.Audit;
using DrmHub.Vault.Rights;
using DrmHub.Vault.Storage;

namespace DrmHub.Host.Hosting;

/// <summary>
/// Configuration section <c>Rights</c>: PollInterval, Grace, CachedSubscribers; <c>Rights:Policy</c>, what holds where a deal says nothing;
/// <c>Rights:CountryDatabase</c>, a file in MaxMind DB format that says where players are.
/// </summary>
internal static class RightsSettings
{
    public static async Task<RightsStore> OpenAsync(
        Database database, AuditLog audit, IConfiguration configuration, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        var options = configuration.GetSection("Rights").Get<RightsOptions>() ?? new RightsOptions();
        var rights = await RightsStore.OpenAsync(database, audit, time, options, loggers.CreateLogger<RightsStore>(), cancellationToken);
        rights.Watch();
        return rights;
    }

    public static IServiceCollection AddRights(this IServiceCollection services, IConfiguration configuration, HubState state)
    {
        services.AddRights(state.Rights);
        if (configuration["Rights:CountryDatabase"] is { Length: > 0 } path)
            services.AddSingleton(provider => CountryDatabase.Open(path, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<CountryDatabase>>()));
        return services;
    }
}
