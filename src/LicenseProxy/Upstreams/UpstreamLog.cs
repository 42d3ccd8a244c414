using Microsoft.Extensions.Logging;

namespace DrmHub.LicenseProxy.Upstreams;

/// <summary>Log messages about licence services: event ids 2100 to 2199. Never an address with its query, a body, a token or a key.</summary>
internal static partial class UpstreamLog
{
    [LoggerMessage(2100, LogLevel.Warning, "Upstream {Upstream} failed: {Failure} after {Milliseconds:F0} ms ({Note})")]
    public static partial void Failed(ILogger logger, string upstream, UpstreamFailure failure, double milliseconds, string? note);

    [LoggerMessage(2101, LogLevel.Error, "Upstream {Upstream} is failing: it is left alone for {Seconds:F1} s")]
    public static partial void CircuitOpened(ILogger logger, string upstream, double seconds);

    [LoggerMessage(2102, LogLevel.Information, "Upstream {Upstream} is back")]
    public static partial void CircuitClosed(ILogger logger, string upstream);

    [LoggerMessage(2103, LogLevel.Debug, "A player went away while upstream {Upstream} worked")]
    public static partial void ClientGone(ILogger logger, string upstream);
}
