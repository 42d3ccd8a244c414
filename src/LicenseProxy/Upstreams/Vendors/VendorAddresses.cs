using DrmHub.Cenc;

namespace DrmHub.LicenseProxy.Upstreams.Vendors;

/// <summary>Where the vendors' services are, as their public documents say. Setting <c>Url</c> overrides it.</summary>
internal static class VendorAddresses
{
    /// <returns>Null where there is no address for everybody.</returns>
    public static Uri? DefaultFor(UpstreamKind kind, DrmSystem system) => (kind, system) switch
    {
        (UpstreamKind.Axinom, DrmSystem.Widevine) => new Uri("https://drm-widevine-licensing.axprod.net/AcquireLicense"),
        (UpstreamKind.Axinom, DrmSystem.PlayReady) => new Uri("https://drm-playready-licensing.axprod.net/AcquireLicense"),
        (UpstreamKind.Axinom, DrmSystem.FairPlay) => new Uri("https://drm-fairplay-licensing.axprod.net/AcquireLicense"),
        (UpstreamKind.DoveRunner, _) => new Uri("https://drm-license.doverunner.com/ri/licenseManager.do"),
        (UpstreamKind.DrmToday, DrmSystem.Widevine) => new Uri("https://lic.drmtoday.com/license-proxy-widevine/cenc/?specConform=true"),
        (UpstreamKind.DrmToday, DrmSystem.PlayReady) => new Uri("https://lic.drmtoday.com/license-proxy-headerauth/drmtoday/RightsManager.asmx"),
        (UpstreamKind.DrmToday, DrmSystem.FairPlay) => new Uri("https://lic.drmtoday.com/license-server-fairplay/"),
        (UpstreamKind.KeyOs, DrmSystem.Widevine) => new Uri("https://wv-keyos.licensekeyserver.com/"),
        (UpstreamKind.KeyOs, DrmSystem.PlayReady) => new Uri("https://pr-keyos.licensekeyserver.com/core/rightsmanager.asmx"),
        (UpstreamKind.KeyOs, DrmSystem.FairPlay) => new Uri("https://fp-keyos.licensekeyserver.com/getkey"),
        (UpstreamKind.Ezdrm, DrmSystem.Widevine) => new Uri("https://widevine-dash.ezdrm.com/proxy"),
        (UpstreamKind.Ezdrm, DrmSystem.PlayReady) => new Uri("https://playready.ezdrm.com/cency/preauth.aspx"),
        (UpstreamKind.Ezdrm, DrmSystem.FairPlay) => new Uri("https://fps.ezdrm.com/api/licenses/auth"),
        _ => null,
    };
}
