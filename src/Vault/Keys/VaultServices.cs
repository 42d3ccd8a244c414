using DrmHub.Vault.Keys.MasterKeys;
using DrmHub.Vault.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DrmHub.Vault.Keys;

/// <summary>One line for the host: <c>builder.Services.AddKeyVault(await KeyVault.OpenAsync(database, options, …))</c>.</summary>
public static class VaultServices
{
    /// <summary>Registers the vault and its <see cref="KeyStore"/>. The container disposes the vault.</summary>
    public static IServiceCollection AddKeyVault(this IServiceCollection services, KeyVault vault)
    {
        ArgumentNullException.ThrowIfNull(vault);
        // By factories: a container disposes only what it made.
        services.AddSingleton(_ => vault);
        services.AddSingleton(provider => provider.GetRequiredService<KeyVault>().Keys);
        return services;
    }
}
