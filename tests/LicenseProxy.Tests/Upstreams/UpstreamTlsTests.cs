using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using DrmHub.Cenc;
using DrmHub.LicenseProxy.Upstreams;
using DrmHub.Testing;
using DrmHub.Vault.Rights;
using Microsoft.Extensions.Logging.Abstractions;

namespace DrmHub.LicenseProxy.Tests.Upstreams;

/// <summary>A service proves itself, or gets no challenge: there is no way around it.</summary>
public sealed class UpstreamTlsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly UpstreamMeters _meters = new();

    public void Dispose()
    {
        _meters.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task An_authority_that_is_configured_is_trusted_and_a_pin_narrows_it()
    {
        using var certificate = Create("127.0.0.1", days: 10);
        await using var service = await TestUpstream.StartAsync(TestUpstream.Answers("licence"), certificate);
        var ca = Pem(certificate);
        var pin = Convert.ToBase64String(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()));
        Assert.Equal("licence", await AskAsync(service, new UpstreamTls { CaFile = ca }));
        Assert.Equal("licence", await AskAsync(service, new UpstreamTls { CaFile = ca, Pins = [pin] }));
        Assert.Equal("tls_failed", await AskAsync(service, new UpstreamTls { CaFile = ca, Pins = [Convert.ToBase64String(new byte[32])] }));
        Assert.Equal(2, service.Asked);
    }

    [Theory]
    [InlineData("127.0.0.1", 10, false)] // nobody vouches for it
    [InlineData("other.example", 10, true)] // for another host
    [InlineData("127.0.0.1", -1, true)] // expired
    public async Task A_bad_certificate_gets_no_challenge(string host, int days, bool trusted)
    {
        using var certificate = Create(host, days);
        await using var service = await TestUpstream.StartAsync(TestUpstream.Answers("licence"), certificate);
        Assert.Equal("tls_failed", await AskAsync(service, new UpstreamTls { CaFile = trusted ? Pem(certificate) : null }));
        Assert.Equal(0, service.Asked);
    }

    private async Task<string> AskAsync(TestUpstream service, UpstreamTls tls)
    {
        using var pool = new UpstreamPool(
            DrmSystem.Widevine,
            [new UpstreamOptions { Name = "tls", System = DrmSystem.Widevine, Kind = UpstreamKind.Widevine, Url = service.Url, Tls = tls, ConnectTimeout = TimeSpan.FromSeconds(20), FirstByteTimeout = TimeSpan.FromSeconds(20), Timeout = TimeSpan.FromSeconds(30) }],
            _meters,
            TimeProvider.System,
            NullLogger.Instance);
        try
        {
            var reply = await pool.AskAsync(
                new UpstreamCall<string>
                {
                    Write = options => new HttpRequestMessage(HttpMethod.Post, options.Url) { Content = new UpstreamContent("challenge"u8.ToArray().AsMemory(), null) },
                    Read = (_, response) => UpstreamVerdict.Granted(Encoding.UTF8.GetString(response.Body.Span)),
                },
                default);
            return reply.Answer;
        }
        catch (UpstreamException exception)
        {
            Assert.Equal(ReasonCodes.UpstreamUnavailable, exception.Reason);
            return exception.Details["upstream_failure"];
        }
    }

    private string Pem(X509Certificate2 certificate) => _folder.Write(Guid.NewGuid() + ".pem", Encoding.ASCII.GetBytes(certificate.ExportCertificatePem()));

    private static X509Certificate2 Create(string host, int days)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + host, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        if (IPAddress.TryParse(host, out var address)) names.AddIpAddress(address);
        else names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var now = DateTimeOffset.UtcNow;
        using var created = request.CreateSelfSigned(now.AddDays(-30), now.AddDays(days));
        return X509CertificateLoader.LoadPkcs12(created.Export(X509ContentType.Pkcs12), null);
    }
}
