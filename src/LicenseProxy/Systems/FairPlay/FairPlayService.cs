using System.Security.Cryptography;
using DrmHub.Cenc;
using DrmHub.LicenseProxy.Systems.FairPlay.Ksm;
using DrmHub.LicenseProxy.Upstreams;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace DrmHub.LicenseProxy.Systems.FairPlay;

/// <summary>What the FairPlay routes share while the hub runs.</summary>
internal sealed class FairPlayService : IAsyncDisposable
{
    public FairPlayService(IOptions<LicenseProxyOptions> options, UpstreamPools pools)
    {
        Options = options.Value.FairPlay;
        var pool = pools.For(DrmSystem.FairPlay);
        var outside = pool.Options.Any(upstream => upstream.Kind == UpstreamKind.Ksm) ? new ExternalModule(pool, Options.ClientInfo) : null;
        Module = Options.Module is { } own ? outside is null ? own : new FallbackModule(own, outside) : outside is null ? new NoModule() : outside;
        if (Options.Published is { } certificate) CertificateTag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(certificate.Span))}\"");
    }

    public FairPlayOptions Options { get; }

    public IKeyModule Module { get; }

    public EntityTagHeaderValue? CertificateTag { get; }

    public ValueTask DisposeAsync() => Module.DisposeAsync();
}
