using DrmHub.Vault.Keys;

namespace DrmHub.Host.Hosting;

/// <summary>The configuration of a hub.</summary>
internal static class HubConfiguration
{
    /// <summary>For commands that work beside a hub: what <c>drmhub serve</c> reads, in the same order.</summary>
    /// <param name="words">Further <c>--Section:Option=value</c> words of the command line.</param>
    /// <exception cref="ArgumentException">A secret's reference leads nowhere.</exception>
    public static IConfigurationRoot Read(IReadOnlyList<string> words)
    {
        var builder = new ConfigurationBuilder()
            .SetBasePath(AppContext.BaseDirectory)
            .AddJsonFile("appsettings.json", optional: true)
            .AddEnvironmentVariables()
            .AddCommandLine([.. words]);
        ConfiguredSecrets.Resolve(builder, builder.Build());
        return builder.Build();
    }

    /// <summary>Section <c>Vault</c>.</summary>
    public static KeyStoreOptions ReadVault(IConfiguration configuration) => configuration.GetSection("Vault").Get<KeyStoreOptions>() ?? new KeyStoreOptions();
}
