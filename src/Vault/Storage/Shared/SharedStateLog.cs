using Microsoft.Extensions.Logging;

namespace DrmHub.Vault.Storage.Shared;

/// <summary>Events 2100 to 2109.</summary>
internal static partial class SharedStateLog
{
    [LoggerMessage(2100, LogLevel.Error, "Shared state is away ({Reason}); answers come from the configured failure mode.")]
    public static partial void SharedStateAway(this ILogger log, string reason);

    [LoggerMessage(2101, LogLevel.Information, "Shared state is back.")]
    public static partial void SharedStateBack(this ILogger log);
}
