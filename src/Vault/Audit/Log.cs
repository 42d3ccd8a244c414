using Microsoft.Extensions.Logging;

namespace DrmHub.Vault.Audit;

internal static partial class Log
{
    [LoggerMessage(4101, LogLevel.Error, "The audit log could not be integrated; it is tried again")]
    public static partial void IntegrationFailed(ILogger logger, Exception exception);

    [LoggerMessage(4102, LogLevel.Warning, "The database of the audit log is away; entries go to the spool of this node")]
    public static partial void DatabaseAway(ILogger logger, Exception exception);

    [LoggerMessage(4103, LogLevel.Warning, "The spool of the audit log could not be replayed yet")]
    public static partial void ReplayFailed(ILogger logger, Exception exception);

    [LoggerMessage(4104, LogLevel.Information, "The spool of the audit log was replayed")]
    public static partial void SpoolReplayed(ILogger logger);
}
