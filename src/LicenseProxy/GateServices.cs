using DrmHub.LicenseProxy.Devices;
using DrmHub.LicenseProxy.Entitlements;
using DrmHub.LicenseProxy.Limits;
using DrmHub.LicenseProxy.Sessions;
using DrmHub.LicenseProxy.Tokens;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Keys;
using DrmHub.Vault.Rights;
using DrmHub.Vault.Storage;
using DrmHub.Vault.Storage.Shared;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DrmHub.LicenseProxy;

/// <summary>The gate and what it stands on, put together.</summary>
internal static class GateServices
{
    public static IServiceCollection AddGate(this IServiceCollection services) => services
        .AddSingleton(provider => new PlayerTokenKeys(new TokenKeySource(
            KeysOf(Options(provider).Value.Tokens), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<TokenKeySource>>())))
        .AddSingleton(provider => new PlayerTokenValidator(Options(provider), provider.GetRequiredService<PlayerTokenKeys>(), provider.GetRequiredService<TimeProvider>()))
        .AddSingleton<RequestLimits>()
        .AddSingleton<LoadShedder>()
        .AddSingleton<LoadDoor>()
        .AddSingleton<PlayerDoor>()
        .AddSingleton<CallbackClient>()
        .AddSingleton<EntitlementSources>()
        .AddSingleton(provider => new DeviceSlots(provider.GetRequiredService<Database>(), Options(provider).Value.DeviceSlots, provider.GetRequiredService<TimeProvider>()))
        .AddSingleton<DeviceDoor>()
        .AddSingleton<StreamDoor>()
        .AddSingleton<SessionKeeper>()
        .AddSingleton<ServiceDoor>()
        .AddSingleton(provider => new LicenseGate(
            provider.GetRequiredService<PlayerDoor>(),
            provider.GetRequiredService<LoadDoor>(),
            provider.GetRequiredService<KeyStore>(),
            provider.GetRequiredService<RightsStore>(),
            provider.GetRequiredService<EntitlementSources>(),
            provider.GetRequiredService<DeviceDoor>(),
            provider.GetRequiredService<StreamDoor>(),
            provider.GetRequiredService<AuditLog>(),
            provider.GetRequiredService<TimeProvider>(),
            Options(provider),
            provider.GetRequiredService<ILogger<LicenseGate>>()));

    private static IOptions<LicenseProxyOptions> Options(IServiceProvider provider) => provider.GetRequiredService<IOptions<LicenseProxyOptions>>();

    private static TokenKeyOptions KeysOf(PlayerTokenOptions options) => new() { Issuer = options.Issuer, Keys = options.SigningKeys, Discovery = options.Discovery };
}
