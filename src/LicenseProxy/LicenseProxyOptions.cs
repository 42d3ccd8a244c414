using System.Net;
using DrmHub.LicenseProxy.Devices;
using DrmHub.LicenseProxy.Entitlements;
using DrmHub.LicenseProxy.Limits;
using DrmHub.LicenseProxy.Sessions;
using DrmHub.LicenseProxy.Systems.FairPlay;
using DrmHub.LicenseProxy.Upstreams;
using DrmHub.Vault.Rights;
using Microsoft.IdentityModel.Tokens;

namespace DrmHub.LicenseProxy;

/// <summary>The players' door. Built once at start from the configuration, then immutable.</summary>
public sealed class LicenseProxyOptions
{
    public PlayerTokenOptions Tokens { get; set; } = new();

    /// <summary>The licence services behind the hub; see <see cref="UpstreamSettings"/>.</summary>
    public IReadOnlyList<UpstreamOptions> Upstreams { get; set; } = [];

    /// <summary>Used where <see cref="Upstreams"/> is empty. Called at the first use, when the host knows its own addresses.</summary>
    public Func<IServiceProvider, IReadOnlyList<UpstreamOptions>>? DefaultUpstreams { get; set; }

    public FairPlayOptions FairPlay { get; set; } = new();

    public DevicePolicy DevicePolicy { get; set; } = DevicePolicy.Default;

    public SessionOptions Sessions { get; set; } = new();

    public DeviceOptions Devices { get; set; } = new();

    public DeviceSlotOptions DeviceSlots { get; set; } = new();

    public CallbackOptions Callback { get; set; } = new();

    public LimitOptions Limits { get; set; } = new();

    /// <summary>Proxies in front of the hub, whose <c>X-Forwarded-For</c> and <see cref="CountryHeader"/> are believed. Default none.</summary>
    public IReadOnlyList<IPNetwork> TrustedProxies { get; set; } = [];

    /// <summary>The header in which a trusted proxy says the player's country, for example <c>CF-IPCountry</c>. Default none.</summary>
    public string? CountryHeader { get; set; }

    /// <summary>The country of an address where nobody else says one; null means that it is not looked up.</summary>
    public Func<IPAddress, string?>? CountryOf { get; set; }

    /// <summary>
    /// Origins whose pages may ask for licences (CORS). Default <c>*</c>: licences are asked for with a bearer token, never
    /// with a cookie, so a foreign page has nothing to borrow.
    /// </summary>
    public IReadOnlyList<string> Origins { get; set; } = ["*"];

    /// <exception cref="ArgumentException">Options are outside their ranges: the message lists all of them.</exception>
    public void Validate()
    {
        List<string> errors = [.. Tokens.Check(), .. Sessions.Check(), .. DeviceSlots.Check(), .. Callback.Check(), .. Limits.Check()];
        if (Devices.Limit is < 1 or > 1000) errors.Add("Devices: Limit is 1 to 1,000.");
        if (CountryHeader is not null && TrustedProxies.Count == 0) errors.Add("Players: CountryHeader needs TrustedProxies: from anybody else it would be the player's own word.");
        if (errors.Count > 0) throw new ArgumentException(string.Join(" ", errors));
    }
}

/// <summary>How player tokens are checked.</summary>
public sealed class PlayerTokenOptions
{
    public string Issuer { get; set; } = "drmhub";

    public string Audience { get; set; } = "drmhub-player";

    /// <summary>Algorithms that are accepted, each for keys of its kind only; never <c>none</c>. Default ES256, RS256 and EdDSA.</summary>
    public IReadOnlyList<string> Algorithms { get; set; } = Tokens.TokenAlgorithms.Default;

    public IReadOnlyList<SecurityKey> SigningKeys { get; set; } = [];

    /// <summary>Also reads the keys that the issuer publishes (OpenID Connect Discovery). Default false.</summary>
    public bool Discovery { get; set; }

    /// <summary>Each token opens one licence, on all nodes together; it then needs a <c>jti</c>. Default false: players renew with the token they have.</summary>
    public bool SingleUse { get; set; }

    /// <summary>How far clocks may differ. 0 to 10 min, default 60 s.</summary>
    public TimeSpan ClockSkew { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Also accepts <c>?token=</c>, for players that cannot set headers. Default false: URLs end up in the logs of whatever lies between. The hub
    /// itself logs none.
    /// </summary>
    public bool InQuery { get; set; }

    /// <summary>Tokens that are remembered as valid. 0 to 10,000,000, default 100,000 (about 60 MB when full).</summary>
    public int CacheSize { get; set; } = 100_000;

    /// <returns>What is wrong; empty if nothing is.</returns>
    public IReadOnlyList<string> Check()
    {
        var errors = new List<string>();
        if (string.IsNullOrEmpty(Audience)) errors.Add("Tokens: the audience is empty.");
        if (ClockSkew < TimeSpan.Zero || ClockSkew > TimeSpan.FromMinutes(10)) errors.Add("Tokens: ClockSkew is 0 to 10 min.");
        if (CacheSize is < 0 or > 10_000_000) errors.Add("Tokens: CacheSize is 0 to 10,000,000.");
        if (Algorithms.Except(DrmHub.LicenseProxy.Tokens.TokenAlgorithms.All).ToList() is { Count: > 0 } unknown) errors.Add("Tokens: no such algorithm: " + string.Join(", ", unknown) + ".");
        return errors;
    }
}
