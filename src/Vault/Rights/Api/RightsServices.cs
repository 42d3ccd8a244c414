using Microsoft.Extensions.DependencyInjection;

namespace DrmHub.Vault.Rights;

/// <summary>What the routes of rights, and pages over them, take from the container.</summary>
public static class RightsServices
{
    /// <summary>Needs a <c>KeyStore</c>, an <c>AuditLog</c> and a <c>TimeProvider</c> in the container. The store stays the caller's.</summary>
    public static IServiceCollection AddRights(this IServiceCollection services, RightsStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        return services.AddSingleton(store).AddSingleton<RightsAdvisor>().AddSingleton<RightsReplay>();
    }
}
