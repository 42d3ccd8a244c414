using System.Net;
using DrmHub.Host.Tokens;
using DrmHub.LicenseProxy;
using DrmHub.LicenseProxy.Devices;
using DrmHub.LicenseProxy.Entitlements;
using DrmHub.LicenseProxy.Limits;
using DrmHub.LicenseProxy.Systems.FairPlay;
using DrmHub.LicenseProxy.Tokens;
using DrmHub.Vault.Rights;
using Microsoft.IdentityModel.Tokens;
using SessionOptions = DrmHub.LicenseProxy.Sessions.SessionOptions;

namespace DrmHub.Host.Hosting;

/// <summary>
/// The players' door, from sections <c>Tokens</c>, <c>Players</c>, <c>Sessions</c>, <c>Devices</c>, <c>Entitlements</c> and <c>Limits</c>
/// (docs/players.md lists them).
/// </summary>
internal static class PlayerSettings
{
    /// <exception cref="InvalidDataException">A value cannot be read; the message names it.</exception>
    public static void Read(IConfiguration configuration, LocalTokenKey? tokenKey, bool development, LicenseProxyOptions options)
    {
        ReadTokens(configuration.GetSection("Tokens"), TokenKeys.ReadForPlayers(configuration, tokenKey), options.Tokens);
        var players = configuration.GetSection("Players");
        if (players.GetSection("Origins").Get<string[]>() is { Length: > 0 } origins) options.Origins = origins;
        options.TrustedProxies = [.. (players.GetSection("TrustedProxies").Get<string[]>() ?? []).Select(ReadNetwork)];
        options.CountryHeader = players["CountryHeader"] is { Length: > 0 } header ? header : null;
        options.Sessions = configuration.GetSection("Sessions").Get<SessionOptions>() ?? new SessionOptions();
        options.Devices = configuration.GetSection("Devices").Get<DeviceOptions>() ?? new DeviceOptions();
        options.DeviceSlots = configuration.GetSection("Devices").Get<DeviceSlotOptions>() ?? new DeviceSlotOptions();

        // Who tries a hub out plays the same demo subscriber again and again, by script.
        var limits = configuration.GetSection("Limits");
        options.Limits = limits.Get<LimitOptions>() ?? new LimitOptions();
        if (development && limits["SubscriberPerSecond"] is null) options.Limits = options.Limits with { SubscriberPerSecond = 0 };
        options.FairPlay = SandboxFairPlayWiring.Complete(FairPlaySettings.Read(configuration.GetSection("FairPlay")), development);
        options.Callback = ReadCallback(configuration.GetSection("Entitlements"));
    }

    private static void ReadTokens(IConfigurationSection section, IReadOnlyList<SecurityKey> keys, PlayerTokenOptions tokens)
    {
        tokens.Issuer = TokenKeys.IssuerOf(section);
        tokens.SigningKeys = keys;
        tokens.Discovery = section.GetValue("Discovery", false);
        tokens.Audience = section["Audience"] is { Length: > 0 } audience ? audience : tokens.Audience;
        tokens.SingleUse = section.GetValue("SingleUse", false);
        tokens.InQuery = section.GetValue("InQuery", false);
        tokens.CacheSize = section.GetValue("CacheSize", tokens.CacheSize);
        tokens.ClockSkew = section.GetValue("ClockSkew", tokens.ClockSkew);
        if (section.GetSection("Algorithms").Get<string[]>() is { Length: > 0 } algorithms) tokens.Algorithms = algorithms;

        // A shared secret is there only where somebody put it there.
        else if (keys.Any(key => key is SymmetricSecurityKey)) tokens.Algorithms = [.. TokenAlgorithms.Default, SecurityAlgorithms.HmacSha256];
    }

    private static CallbackOptions ReadCallback(IConfigurationSection section) => (section.Get<CallbackOptions>() ?? new CallbackOptions()) with
    {
        // Never from the configuration itself, only from files.
        Secret = ReadFile(section["SecretFile"]),
        SigningSeed = ReadFile(section["SigningSeedFile"]),
    };

    private static byte[]? ReadFile(string? path) => string.IsNullOrEmpty(path) ? null : TokenKeys.ReadSecret(path);

    private static IPNetwork ReadNetwork(string text)
    {
        if (IPNetwork.TryParse(text, out var network)) return network;
        return IPAddress.TryParse(text, out var address)
            ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
            : throw new InvalidDataException($"Players:TrustedProxies: '{text}' is neither an address nor a network such as 10.0.0.0/8.");
    }
}
