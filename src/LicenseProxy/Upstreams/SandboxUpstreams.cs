using DrmHub.Cenc;
using DrmHub.LicenseProxy.Systems.Widevine;

namespace DrmHub.LicenseProxy.Upstreams;

/// <summary>The simulated licence services as upstreams, with the public test credentials. What a development hub uses where no upstream is configured.</summary>
public static class SandboxUpstreams
{
    private static readonly Uri Unknown = new("http://localhost/");
    private const string Provider = "widevine_test";
    private static readonly byte[] AesKey = Convert.FromHexString("1ae8ccd0e7985cc0b6203a55855a1034afc252980e970ca90e5202689f947ab9");
    private static readonly byte[] AesIv = Convert.FromHexString("d58ce954203b7c9a9a9d467f59839249");

    /// <param name="sandbox">Says the address of the sandbox, ending in a slash; called for each request.</param>
    public static IReadOnlyList<UpstreamOptions> At(Func<Uri> sandbox) =>
    [
        Patient(DrmSystem.Widevine, UpstreamKind.Widevine, () => new Uri(sandbox(), "cenc/getlicense/" + Provider)) with { Credentials = new WidevineCloudOptions(Provider, Provider, AesKey, AesIv) },
        Patient(DrmSystem.PlayReady, UpstreamKind.PlayReadyTest, () => new Uri(sandbox(), "playready/rightsmanager.asmx")),
        Patient(DrmSystem.FairPlay, UpstreamKind.Ksm, () => new Uri(sandbox(), "fairplay/ksm")),
    ];

    /// <summary>Its first answers are made while the program still compiles itself, perhaps on a busy machine; and there is nobody else to ask.</summary>
    private static UpstreamOptions Patient(DrmSystem system, UpstreamKind kind, Func<Uri> locate) => new()
    {
        Name = "sandbox-" + system.ToString().ToLowerInvariant(),
        System = system,
        Kind = kind,
        Url = Unknown,
        Locate = locate,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        FirstByteTimeout = TimeSpan.FromSeconds(20),
        Timeout = TimeSpan.FromSeconds(30),
    };
}
