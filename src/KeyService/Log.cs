using Microsoft.Extensions.Logging;

namespace DrmHub.KeyService;

/// <summary>Log messages of the key service: event ids 1000 to 1999. Never a key, a signature or a body.</summary>
internal static partial class Log
{
    [LoggerMessage(1001, LogLevel.Information, "A {Protocol} key request was refused: {Status}")]
    public static partial void KeyRequestRefused(ILogger logger, string protocol, string status);

    [LoggerMessage(1002, LogLevel.Error, "A {Protocol} key request failed")]
    public static partial void KeyRequestFailed(ILogger logger, string protocol, Exception exception);

    [LoggerMessage(1003, LogLevel.Information, "A {Protocol} request was refused: {Message}. {Detail}")]
    public static partial void SpekeRefused(ILogger logger, string protocol, string message, string? detail);
}
