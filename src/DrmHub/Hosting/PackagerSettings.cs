using DrmHub.KeyService;
using DrmHub.KeyService.Packagers;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace DrmHub.Host.Hosting;

/// <summary>
/// Configuration of what packagers may come with: <c>KeyService:Digest</c> (<c>SHA-256</c>, <c>MD5</c> or both with a comma; empty is off),
/// <c>KeyService:Aws:Region</c>, <c>KeyService:Aws:ClockSkewMinutes</c>, <c>KeyService:ClientCertificates</c>.
/// </summary>
internal static class PackagerSettings
{
    /// <exception cref="ArgumentException">A value is outside its range.</exception>
    public static void Read(IConfiguration configuration, KeyServiceOptions options)
    {
        options.DigestAlgorithms =
        [
            .. (configuration["KeyService:Digest"] ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(name => name.ToUpperInvariant() switch
            {
                "SHA-256" => DigestAlgorithm.Sha256,
                "MD5" => DigestAlgorithm.Md5,
                _ => throw new ArgumentException("KeyService:Digest is SHA-256, MD5, or both separated by a comma."),
            }).Distinct(),
        ];
        if (configuration["KeyService:Aws:Region"] is { Length: > 0 } region) options.AwsRegion = region;
        if (configuration.GetValue<int?>("KeyService:Aws:ClockSkewMinutes") is { } minutes) options.AwsClockSkew = TimeSpan.FromMinutes(minutes);
    }

    /// <summary>
    /// With client certificates on, TLS asks for one and takes any that proves its key: packagers are known by the hash of that key,
    /// and a caller without one goes on to the other credentials.
    /// </summary>
    public static void Configure(KestrelServerOptions kestrel, IConfiguration configuration)
    {
        kestrel.AddServerHeader = false;
        if (!configuration.GetValue<bool>("KeyService:ClientCertificates")) return;
        kestrel.ConfigureHttpsDefaults(https =>
        {
            https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
            https.AllowAnyClientCertificate();
        });
    }
}
