using DrmHub.LicenseProxy.Systems.PlayReady;
using DrmHub.Vault.Keys;
using DrmHub.Vault.Rights;

namespace DrmHub.LicenseProxy.Upstreams.Vendors;

/// <summary>What several vendors say in the same words.</summary>
internal static class VendorTerms
{
    /// <summary>Granted keys with what holds for each, none where no licence is asked for.</summary>
    public static IEnumerable<(VaultKey Key, KeyTerms Terms)> Keys(LicenseGrant? grant) => grant?.Keys.Select(key => (key, KeyTerms.Of(grant, key))) ?? [];

    /// <summary>Widevine's robustness levels by their numbers.</summary>
    public static int WidevineLevel(SecurityLevel minimum) => minimum switch
    {
        SecurityLevel.Hardware => 5,
        SecurityLevel.HardwareCrypto => 3,
        _ => 1,
    };

    public static string WidevineHdcp(HdcpVersion hdcp) => hdcp switch
    {
        HdcpVersion.None => "HDCP_NONE",
        HdcpVersion.V1 => "HDCP_V1",
        HdcpVersion.V2 => "HDCP_V2",
        HdcpVersion.V2_1 => "HDCP_V2_1",
        HdcpVersion.V2_2 => "HDCP_V2_2",
        _ => "HDCP_V2_3",
    };

    public static int PlayReadyLevel(SecurityLevel minimum) => PlayReadyTerms.LevelFor(minimum);

    /// <summary>A stable name for the subscriber that is not the subscriber's own: vendors need to tell users apart, not to know them.</summary>
    public static string User(LicenseGrant? grant) =>
        grant is null ? "none" : Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes("drmhub vendor user\0" + grant.Player.Subscriber)))[..32];

    /// <summary>ISO 8601, UTC, whole seconds.</summary>
    public static string Iso(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);

    public static DateTimeOffset ExpiryOf(LicenseGrant grant) => DateTimeOffset.FromUnixTimeMilliseconds(grant.NowMs).AddSeconds(Math.Min(LicenseTerms.Of(grant).LicenseSeconds, 100L * 365 * 86_400));
}
