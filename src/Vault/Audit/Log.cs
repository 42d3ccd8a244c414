using Microsoft.Extensions.Logging;

namespace DrmHub.Vault.Audit;

internal static partial class Log
{
    [LoggerMessage(4101, LogLevel.Error, "The audit log could not be integrated; it is tried again")]
    public static partial void IntegrationFailed(ILogger logger, Exception exception);

    [LoggerMessage(4105, LogLevel.Warning, "The witness {Witness} cannot be reached")]
    public static partial void WitnessAway(ILogger logger, string witness, Exception exception);

    [LoggerMessage(4106, LogLevel.Error, "The witness {Witness} did not cosign the head of the audit log: status {Status}")]
    public static partial void WitnessRefused(ILogger logger, string witness, int status);

    [LoggerMessage(4107, LogLevel.Error, "{Given} of {Required} required witnesses cosigned the head of size {Size}; the head before it stays public")]
    public static partial void TooFewWitnesses(ILogger logger, int given, int required, long size);

    [LoggerMessage(4108, LogLevel.Warning, "The head of the audit log could not be published outside")]
    public static partial void PublishingFailed(ILogger logger, Exception exception);

    [LoggerMessage(4109, LogLevel.Warning, "The webhook {Webhook} did not take its entries; they are sent again")]
    public static partial void WebhookFailed(ILogger logger, string webhook, Exception exception);

    [LoggerMessage(4110, LogLevel.Critical, "The audit log stopped, and with it every grant: {Reason}")]
    public static partial void Stopped(ILogger logger, string reason);

    [LoggerMessage(4111, LogLevel.Warning, "There was no journal file {Path} for this database: a new one goes on at entry {Next}. Entries that only the missing file had are not in the log")]
    public static partial void JournalMissing(ILogger logger, string path, long next);

    [LoggerMessage(4102, LogLevel.Warning, "The database of the audit log is away; entries go to the spool of this node")]
    public static partial void DatabaseAway(ILogger logger, Exception exception);

    [LoggerMessage(4103, LogLevel.Warning, "The spool of the audit log could not be replayed yet")]
    public static partial void ReplayFailed(ILogger logger, Exception exception);

    [LoggerMessage(4104, LogLevel.Information, "The spool of the audit log was replayed")]
    public static partial void SpoolReplayed(ILogger logger);
}
