using Microsoft.Extensions.Logging;

namespace DrmHub.Vault.Audit;

internal static partial class Log
{
    [LoggerMessage(4101, LogLevel.Error, "The audit log could not be integrated; it is tried again")]
    public static partial void IntegrationFailed(ILogger logger, Exception exception);
}
