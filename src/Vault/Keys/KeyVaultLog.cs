using Microsoft.Extensions.Logging;

namespace DrmHub.Vault.Keys;

/// <summary>Events 2000 to 2099. Ids and counts alone: never a key, wrapped or not.</summary>
internal static partial class KeyVaultLog
{
    [LoggerMessage(2000, LogLevel.Information, "Data key {DataKeyId} was created.")]
    public static partial void DataKeyCreated(this ILogger log, Guid dataKeyId);

    [LoggerMessage(2001, LogLevel.Error, "Data key {DataKeyId} cannot be unwrapped with master key {MasterKeyId}: {Reason}")]
    public static partial void DataKeyUnusable(this ILogger log, Guid dataKeyId, string masterKeyId, string reason);

    [LoggerMessage(2002, LogLevel.Warning, "No new data key could be made, so data key {DataKeyId} goes on beyond its limit: {Reason}")]
    public static partial void DataKeyNotRenewed(this ILogger log, Guid dataKeyId, string reason);

    [LoggerMessage(2003, LogLevel.Warning, "Notices of other nodes' new keys are interrupted: {Reason}")]
    public static partial void NoticesInterrupted(this ILogger log, string reason);

    [LoggerMessage(2004, LogLevel.Warning, "The database does not answer, so cached keys serve beyond their lifetime: {Reason}")]
    public static partial void ServingStale(this ILogger log, string reason);

    [LoggerMessage(2005, LogLevel.Warning, "A batch of new keys failed and is tried again: {Reason}")]
    public static partial void BatchRetried(this ILogger log, string reason);
}
