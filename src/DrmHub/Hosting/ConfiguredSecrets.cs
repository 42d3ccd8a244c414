using DrmHub.LicenseProxy.Upstreams;
using Microsoft.Extensions.Configuration.EnvironmentVariables;

namespace DrmHub.Host.Hosting;

/// <summary>
/// Settings that are secrets name where the secret lies: <c>file:PATH</c> or <c>env:NAME</c>. They may also come as an environment variable of
/// their own. In a settings file or on the command line they would be read by whoever reads those: Production refuses that.
/// </summary>
internal static class ConfiguredSecrets
{
    /// <summary>Last parts of the names of secret settings.</summary>
    private static readonly HashSet<string> s_names = new(StringComparer.OrdinalIgnoreCase) { "PostgreSql", "Redis", "ClientSecret", "Secret", "AesKey", "Password" };

    /// <summary>These sections resolve their own references and say by name what is wrong with them.</summary>
    private static readonly string[] s_own = ["Upstreams:", "FairPlay:"];

    /// <summary>Puts what the references name over them.</summary>
    /// <exception cref="ArgumentException">A reference leads nowhere; the message names the setting and never a secret.</exception>
    public static void Resolve(IConfigurationBuilder builder, IConfigurationRoot read)
    {
        var found = new Dictionary<string, string?>();
        foreach (var (name, value) in read.AsEnumerable())
        {
            if (!IsSecret(name) || !UpstreamSecret.IsReference(value)) continue;
            found[name] = UpstreamSecret.Read(value!, out var problem) ?? throw new ArgumentException($"{name}: {problem}.");
        }

        if (found.Count > 0) builder.AddInMemoryCollection(found);
    }

    /// <summary>Secrets that stand in the configuration itself, by the names of their settings.</summary>
    public static IReadOnlyList<string> FindPlain(IConfigurationRoot configuration) =>
        [.. configuration.AsEnumerable().Where(pair => IsSecret(pair.Key) && HoldsSecret(pair.Key, pair.Value) && IsPlain(configuration, pair.Key)).Select(pair => pair.Key).Order(StringComparer.Ordinal)];

    private static bool IsSecret(string name) =>
        s_names.Contains(ConfigurationPath.GetSectionKey(name)) && !s_own.Any(section => name.StartsWith(section, StringComparison.OrdinalIgnoreCase));

    /// <summary>A connection string without a password is no secret: the server knows the caller by a certificate or its address.</summary>
    private static bool HoldsSecret(string name, string? value) =>
        !string.IsNullOrEmpty(value)
        && (ConfigurationPath.GetSectionKey(name).ToUpperInvariant() is not ("POSTGRESQL" or "REDIS") || value.Contains("password", StringComparison.OrdinalIgnoreCase));

    private static bool IsPlain(IConfigurationRoot configuration, string name)
    {
        foreach (var provider in configuration.Providers.Reverse())
        {
            if (!provider.TryGet(name, out var value)) continue;
            return provider is not (EnvironmentVariablesConfigurationProvider or Microsoft.Extensions.Configuration.Memory.MemoryConfigurationProvider) && !UpstreamSecret.IsReference(value);
        }

        return false;
    }
}
