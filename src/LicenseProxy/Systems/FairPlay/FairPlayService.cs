using System.Security.Cryptography;
using DrmHub.LicenseProxy.Systems.FairPlay.Ksm;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace DrmHub.LicenseProxy.Systems.FairPlay;

/// <summary>What the FairPlay routes share while the hub runs.</summary>
internal sealed class FairPlayService : IAsyncDisposable
{
    public FairPlayService(IOptions<LicenseProxyOptions> options)
    {
        Options = options.Value.FairPlay;
        Module = Options.Module ?? new NoModule();
        if (Options.Published is { } certificate) CertificateTag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(certificate.Span))}\"");
    }

    public FairPlayOptions Options { get; }

    public IKeyModule Module { get; }

    public EntityTagHeaderValue? CertificateTag { get; }

    public ValueTask DisposeAsync() => Module.DisposeAsync();
}
