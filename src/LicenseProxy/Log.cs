using Microsoft.Extensions.Logging;

namespace DrmHub.LicenseProxy;

/// <summary>Log messages of the licence proxy: event ids 2000 to 2099. Never a token, a challenge, a key or a subscriber.</summary>
internal static partial class Log
{
    [LoggerMessage(2001, LogLevel.Error, "The audit log cannot be written: licences are refused")]
    public static partial void AuditUnavailable(ILogger logger, Exception exception);

    [LoggerMessage(2002, LogLevel.Information, "Read {Count} keys of the token issuer")]
    public static partial void TokenKeysRead(ILogger logger, int count);

    [LoggerMessage(2003, LogLevel.Warning, "The keys of the token issuer cannot be read: {Reason}")]
    public static partial void TokenKeysUnavailable(ILogger logger, string reason);

    [LoggerMessage(2004, LogLevel.Warning, "Devices cannot be counted: {Reason}")]
    public static partial void DevicesUnavailable(ILogger logger, string reason);

    [LoggerMessage(2005, LogLevel.Warning, "The entitlement service failed: {Reason}")]
    public static partial void CallbackFailed(ILogger logger, string reason);

    [LoggerMessage(2006, LogLevel.Error, "A slot could not be given back after a licence failed; it ends with its lease")]
    public static partial void UndoFailed(ILogger logger, Exception exception);

    [LoggerMessage(2007, LogLevel.Error, "The clock of a rental could not be started; the next licence tries again")]
    public static partial void RentalNotStarted(ILogger logger, Exception exception);

    [LoggerMessage(2090, LogLevel.Debug, "Licence {RequestId} for {System}: {Outcome} {Reason}")]
    public static partial void Answered(ILogger logger, string requestId, DrmHub.Cenc.DrmSystem system, string outcome, string? reason);
}
