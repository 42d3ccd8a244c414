using DrmHub.LicenseProxy.Systems.FairPlay;
using DrmHub.Sandbox.Devices.FairPlay;

namespace DrmHub.Host.Hosting;

/// <summary>What a development hub publishes for FairPlay where nothing is configured: the sandbox's certificate, whose module answers there.</summary>
internal static class SandboxFairPlayWiring
{
    public static FairPlayOptions Complete(FairPlayOptions options, bool development)
    {
        if (!development || options.Published is not null) return options;
        using var certificate = SandboxFairPlay.OpenCertificate2048();
        return options with { Published = certificate.RawData };
    }
}
