using DrmHub.Cenc;
using DrmHub.LicenseProxy.Upstreams;
using DrmHub.LicenseProxy.Upstreams.Vendors;

namespace DrmHub.LicenseProxy.Systems.PlayReady;

/// <summary>Asks the PlayReady upstreams.</summary>
internal sealed class PlayReadyService(UpstreamPools pools, TimeProvider time)
{
    private readonly UpstreamPool _pool = pools.For(DrmSystem.PlayReady);

    /// <summary>Whether every upstream keeps the minimum level of each key; the device's own level is encrypted for them alone.</summary>
    public bool UpstreamsKeepLevels => _pool.Options.All(one => one.Kind is UpstreamKind.PlayReady or UpstreamKind.PlayReadyTest || VendorWire.KeepsLevels(one.Kind));

    /// <param name="grant">Null for operations other than AcquireLicense.</param>
    public ValueTask<UpstreamReply<PlayReadyAnswer>> AskAsync(PlayReadyChallenge challenge, LicenseGrant? grant, CancellationToken cancellationToken) => _pool.AskAsync(
        new UpstreamCall<PlayReadyAnswer>
        {
            Repeatable = challenge.Operation is PlayReadyOperation.AcquireLicense or PlayReadyOperation.GetMeteringCertificate,
            ReadsErrors = true,
            Write = upstream => Write(upstream, challenge, grant),
            Read = (upstream, response) => Read(upstream, response, challenge.Operation),
        },
        cancellationToken);

    private HttpRequestMessage Write(UpstreamOptions upstream, PlayReadyChallenge challenge, LicenseGrant? grant)
    {
        if (VendorWire.IsVendor(upstream.Kind)) return VendorWire.Write(upstream, DrmSystem.PlayReady, challenge.Soap, grant, time);
        var request = new HttpRequestMessage(HttpMethod.Post, upstream.Kind == UpstreamKind.PlayReadyTest ? PlayReadyTestServer.AddTo(upstream.Url, grant) : upstream.Url)
        {
            Content = new UpstreamContent(challenge.Soap, "text/xml; charset=utf-8"),
        };
        request.Headers.TryAddWithoutValidation("SOAPAction", challenge.Operation.Action());
        if (upstream.Credentials is PlayReadyServerOptions server && grant is not null) request.Headers.TryAddWithoutValidation(PlayReadyPolicyHeader.Name, PlayReadyPolicyHeader.Create(server, challenge.Soap.Span, grant, time.GetUtcNow()));
        return request;
    }

    /// <summary>DRMtoday says its refusals in a header; everybody else in a fault.</summary>
    private static UpstreamVerdict<PlayReadyAnswer> Read(UpstreamOptions upstream, UpstreamResponse response, PlayReadyOperation operation)
    {
        if (upstream.Kind == UpstreamKind.DrmToday && VendorWire.Read(upstream, response) is { Failure: UpstreamFailure.Refused } refused) return UpstreamVerdict.Refused<PlayReadyAnswer>(refused.Note);
        return PlayReadyAnswer.Read(response, operation);
    }
}
