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

    /// <summary>
    /// Origins whose pages may ask for licences (CORS). Default <c>*</c>: licences are asked for with a bearer token, never
    /// with a cookie, so a foreign page has nothing to borrow.
    /// </summary>
    public IReadOnlyList<string> Origins { get; set; } = ["*"];
}

/// <summary>How player tokens are checked.</summary>
public sealed class PlayerTokenOptions
{
    public string Issuer { get; set; } = "drmhub";

    public string Audience { get; set; } = "drmhub-player";

    /// <summary>Algorithms that are accepted; never <c>none</c>. Default ES256 and RS256.</summary>
    public IReadOnlyList<string> Algorithms { get; set; } = [SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.RsaSha256];

    public IReadOnlyList<SecurityKey> SigningKeys { get; set; } = [];

    /// <summary>Each token opens one licence, on all nodes together; it then needs a <c>jti</c>. Default false: players renew with the token they have.</summary>
    public bool SingleUse { get; set; }

    /// <summary>How far clocks may differ. Default 60 s.</summary>
    public TimeSpan ClockSkew { get; set; } = TimeSpan.FromSeconds(60);
}
