using DrmHub.Cenc;
using DrmHub.LicenseProxy.Upstreams;
using DrmHub.LicenseProxy.Upstreams.Vendors;
using DrmHub.Vault.Rights;

namespace DrmHub.LicenseProxy.Systems.Widevine;

/// <summary>What every Widevine exchange of this process shares: the upstreams, and what was learned of devices.</summary>
internal sealed class WidevineService(UpstreamPools pools, TimeProvider time)
{
    private static readonly TimeSpan CertificateLifetime = TimeSpan.FromHours(1);

    private readonly UpstreamPool _pool = pools.For(DrmSystem.Widevine);
    private volatile Certificate? _certificate;

    public WidevineDeviceCache Devices { get; } = new(time);

    /// <summary>Whether some upstream reads challenges for us (<c>parse_only</c>).</summary>
    public bool ReadsChallenges => _pool.Options.Any(IsCloud);

    /// <summary>Whether every upstream keeps minimum levels by itself, so that the decision need not know the device's.</summary>
    public bool UpstreamsKeepLevels => _pool.Options.All(one => !IsCloud(one) && VendorWire.KeepsLevels(one.Kind));

    /// <summary>Session keys of every service that may have written the licence which is renewed.</summary>
    public IEnumerable<byte[]> SessionKeys => _pool.Options.Where(IsCloud).Select(one => Cloud(one).SessionKey);

    /// <summary>Asks what the challenge says. No licence is written and none is counted.</summary>
    public ValueTask<UpstreamReply<WidevineReply>> ReadAsync(ReadOnlyMemory<byte> challenge, CancellationToken cancellationToken) => _pool.AskAsync(
        new UpstreamCall<WidevineReply>
        {
            Accepts = IsCloud,
            ReadsErrors = true,
            Write = upstream => Post(upstream, WidevineMessages.ParseOnly(challenge.Span, Cloud(upstream))),
            Read = static (_, response) => WidevineReply.Read(response, expected: null),
        },
        cancellationToken);

    /// <param name="first">Who read the challenge where others failed to; null for nobody in particular.</param>
    public ValueTask<UpstreamReply<WidevineReply>> WriteAsync(ReadOnlyMemory<byte> challenge, LicenseGrant grant, string? first, CancellationToken cancellationToken) => _pool.AskAsync(
        new UpstreamCall<WidevineReply>
        {
            Repeatable = grant.Question.Kind != LicenseKind.Release,
            Accepts = grant.Question.OfEntitlements ? IsCloud : null,
            First = first,
            ReadsErrors = true,
            Write = upstream => IsCloud(upstream) ? Post(upstream, WidevineMessages.License(challenge.Span, Cloud(upstream), grant)) : VendorWire.Write(upstream, DrmSystem.Widevine, challenge, grant, time),
            Read = static (upstream, response) => IsCloud(upstream) ? WidevineReply.Read(response, WidevineMessageType.License) : ReadVendor(upstream, response),
        },
        cancellationToken);

    /// <summary>
    /// The certificate to which players encrypt their client ids. The same for every player, so that one is asked for now and then. Kept for an hour.
    /// </summary>
    public async ValueTask<ReadOnlyMemory<byte>> CertificateAsync(ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
    {
        if (_certificate is { } known && time.GetElapsedTime(known.At) < CertificateLifetime) return known.Bytes;
        var reply = await _pool.AskAsync(
            new UpstreamCall<WidevineReply>
            {
                ReadsErrors = true,
                Write = upstream => IsCloud(upstream) ? Post(upstream, WidevineMessages.Pass(request.Span, Cloud(upstream))) : VendorWire.Write(upstream, DrmSystem.Widevine, request, null, time),
                Read = static (upstream, response) => IsCloud(upstream) ? WidevineReply.Read(response, WidevineMessageType.ServiceCertificate) : ReadVendor(upstream, response),
            },
            cancellationToken);
        _certificate = new Certificate(reply.Answer.License, time.GetTimestamp());
        return reply.Answer.License;
    }

    private static UpstreamVerdict<WidevineReply> ReadVendor(UpstreamOptions upstream, UpstreamResponse response)
    {
        var verdict = VendorWire.Read(upstream, response);
        return new UpstreamVerdict<WidevineReply>(verdict.Failure, verdict.Answer is { } license ? new WidevineReply { Status = "OK", License = license.Body } : null, verdict.Note);
    }

    private static bool IsCloud(UpstreamOptions upstream) => upstream.Kind == UpstreamKind.Widevine;

    private static WidevineCloudOptions Cloud(UpstreamOptions upstream) => (WidevineCloudOptions)upstream.Credentials!;

    private static HttpRequestMessage Post(UpstreamOptions upstream, byte[] body) =>
        new(HttpMethod.Post, upstream.Url) { Content = new UpstreamContent(body, "application/json") };

    private sealed record Certificate(ReadOnlyMemory<byte> Bytes, long At);
}
