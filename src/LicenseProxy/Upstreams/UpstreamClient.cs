using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace DrmHub.LicenseProxy.Upstreams;

/// <summary>
/// The HTTP client of one upstream: its own connections, never shared. No redirects (a licence request is for this address), no cookies, no
/// decompression (answers are forwarded as they came), no trace headers to strangers.
/// </summary>
internal static class UpstreamClient
{
    /// <exception cref="UpstreamSettingsException">A certificate file cannot be read.</exception>
    public static HttpMessageInvoker Create(UpstreamOptions options) => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        UseProxy = options.Proxy is not null,
        Proxy = options.Proxy is { } proxy ? new WebProxy(proxy) : null,
        ConnectTimeout = options.ConnectTimeout,
        MaxConnectionsPerServer = options.MaxConcurrent,
        EnableMultipleHttp2Connections = true,
        MaxResponseHeadersLength = 32,
        // A new address of the service is noticed without a restart.
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),
        // The hub's own activities stand for these calls: the framework's would carry the address with its query.
        ActivityHeadersPropagator = null,
        SslOptions = Ssl(options.Tls),
    });

    private static SslClientAuthenticationOptions Ssl(UpstreamTls tls)
    {
        var ssl = new SslClientAuthenticationOptions { CertificateRevocationCheckMode = X509RevocationMode.NoCheck };
        if (tls.CaFile is { } caFile)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            Load("CaFile", caFile, () => policy.CustomTrustStore.ImportFromPemFile(caFile));
            if (policy.CustomTrustStore.Count == 0) throw new UpstreamSettingsException([$"Tls:CaFile: there is no certificate in {caFile}."]);
            ssl.CertificateChainPolicy = policy;
        }

        if (tls.ClientCertificateFile is { } certificateFile)
            Load("ClientCertificateFile", certificateFile, () => ssl.ClientCertificates = [X509Certificate2.CreateFromPemFile(certificateFile, tls.ClientKeyFile)]);

        if (tls.Pins.Count > 0)
        {
            var pins = tls.Pins.ToHashSet(StringComparer.Ordinal);
            ssl.RemoteCertificateValidationCallback = (_, _, chain, errors) => errors == SslPolicyErrors.None
                && chain is not null
                && chain.ChainElements.Any(element => pins.Contains(Convert.ToBase64String(SHA256.HashData(element.Certificate.PublicKey.ExportSubjectPublicKeyInfo()))));
        }

        return ssl;
    }

    private static void Load(string setting, string file, Action load)
    {
        try
        {
            load();
        }
        catch (Exception exception) when (exception is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UpstreamSettingsException([$"Tls:{setting}: {file} is no readable PEM file of what it should hold."]);
        }
    }
}
