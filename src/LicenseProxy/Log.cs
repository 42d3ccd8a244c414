using Microsoft.Extensions.Logging;

namespace DrmHub.LicenseProxy;

/// <summary>Log messages of the licence proxy: event ids 2000 to 2999. Never a token, a challenge, a key or a subscriber.</summary>
internal static partial class Log
{
    [LoggerMessage(2001, LogLevel.Error, "The audit log cannot be written: licences are refused")]
    public static partial void AuditUnavailable(ILogger logger, Exception exception);
}
