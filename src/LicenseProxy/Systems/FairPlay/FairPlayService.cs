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
    public FairPlayService(IOptions<LicenseProxyOptions> options, UpstreamPools pools, TimeProvider time)
    {
        Options = options.Value.FairPlay;
        var outside = Outside(pools.For(DrmSystem.FairPlay), Options.ClientInfo, time);
        Module = (Options.Module, outside) switch
        {
            ({ } own, { } other) => new FallbackModule(own, other),
            ({ } own, null) => own,
            (null, { } other) => other,
            _ => new NoModule(),
        };
        if (Options.Published is { } certificate) CertificateTag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(certificate.Span))}\"");
    }

    public FairPlayOptions Options { get; }

    public IKeyModule Module { get; }

    public EntityTagHeaderValue? CertificateTag { get; }

    public ValueTask DisposeAsync() => Module.DisposeAsync();

    /// <summary>Modules that say what is in an SPC go before vendors that do not.</summary>
    private static IKeyModule? Outside(UpstreamPool pool, bool clientInfo, TimeProvider time)
    {
        if (pool.Options.Any(upstream => upstream.Kind == UpstreamKind.Ksm)) return new ExternalModule(pool, clientInfo);
        return pool.Options.Any(VendorModule.IsVendor) ? new VendorModule(pool, time) : null;
    }
}
