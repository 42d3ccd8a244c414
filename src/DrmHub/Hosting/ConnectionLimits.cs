using System.Globalization;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace DrmHub.Host.Hosting;

/// <summary>
/// Configuration section <c>Limits</c>, against callers that only hold connections: <c>MaxConnections</c> (default 20,000; beyond it connections are closed),
/// <c>HeadersTimeoutSeconds</c> (10), <c>KeepAliveSeconds</c> (75), <c>MinBodyBytesPerSecond</c> (240) and <c>BodyGraceSeconds</c> (5): a body may be slower only so long.
/// </summary>
internal static class ConnectionLimits
{
    public static void Configure(KestrelServerOptions kestrel, IConfiguration configuration)
    {
        var section = configuration.GetSection("Limits");
        kestrel.Limits.MaxConcurrentConnections = Number(section, "MaxConnections", 20_000, 1, 1_000_000);
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(Number(section, "HeadersTimeoutSeconds", 10, 1, 600));
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(Number(section, "KeepAliveSeconds", 75, 1, 3600));
        kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(
            Number(section, "MinBodyBytesPerSecond", 240, 1, 1_000_000),
            TimeSpan.FromSeconds(Number(section, "BodyGraceSeconds", 5, 2, 600)));
    }

    /// <exception cref="ArgumentException">Not a whole number in the range.</exception>
    private static int Number(IConfigurationSection section, string name, int otherwise, int min, int max)
    {
        if (section[name] is not { Length: > 0 } text) return otherwise;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max
            ? value
            : throw new ArgumentException($"{section.Path}:{name} is a whole number from {min} to {max}.");
    }
}
