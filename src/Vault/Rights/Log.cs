using Microsoft.Extensions.Logging;

namespace DrmHub.Vault.Rights;

/// <summary>Log messages of rights: event ids 4200 to 4299. Never a subscriber.</summary>
internal static partial class Log
{
    [LoggerMessage(4201, LogLevel.Warning, "The country database could not be read again, the one before stays: {Reason}")]
    public static partial void CountryDatabaseKept(ILogger logger, string reason);

    [LoggerMessage(4202, LogLevel.Warning, "Rights cannot be read, what was read last serves for a time: {Reason}")]
    public static partial void Unreachable(ILogger logger, string reason);

    [LoggerMessage(4203, LogLevel.Information, "Rights can be read again")]
    public static partial void Reachable(ILogger logger);

    [LoggerMessage(4204, LogLevel.Error, "The {Kind} {Id} in the database cannot be read and counts for nothing: {Reason}")]
    public static partial void Unreadable(ILogger logger, string kind, string id, string reason);

    [LoggerMessage(4205, LogLevel.Error, "Entries about changes of rights wait for the audit log")]
    public static partial void OutboxWaits(ILogger logger, Exception exception);
}
