using DrmHub.Cenc;
using DrmHub.LicenseProxy.Systems.Widevine;

namespace DrmHub.LicenseProxy.Upstreams;

/// <summary>The simulated licence services as upstreams, with the public test credentials. What a development hub uses where no upstream is configured.</summary>
public static class SandboxUpstreams
{
    private const string Provider = "widevine_test";
    private static readonly byte[] AesKey = Convert.FromHexString("1ae8ccd0e7985cc0b6203a55855a1034afc252980e970ca90e5202689f947ab9");
    private static readonly byte[] AesIv = Convert.FromHexString("d58ce954203b7c9a9a9d467f59839249");

    /// <param name="sandbox">The address of the sandbox, ending in a slash.</param>
    public static IReadOnlyList<UpstreamOptions> At(Uri sandbox) =>
    [
        new UpstreamOptions
        {
            Name = "sandbox-widevine",
            System = DrmSystem.Widevine,
            Kind = UpstreamKind.Widevine,
            Url = new Uri(sandbox, "cenc/getlicense/" + Provider),
            Credentials = new WidevineCloudOptions(Provider, Provider, AesKey, AesIv),
        },
        new UpstreamOptions { Name = "sandbox-playready", System = DrmSystem.PlayReady, Kind = UpstreamKind.PlayReadyTest, Url = new Uri(sandbox, "playready/rightsmanager.asmx") },
        new UpstreamOptions { Name = "sandbox-fairplay", System = DrmSystem.FairPlay, Kind = UpstreamKind.Ksm, Url = new Uri(sandbox, "fairplay/ksm") },
    ];
}
