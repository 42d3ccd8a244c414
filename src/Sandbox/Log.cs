using Microsoft.Extensions.Logging;

namespace DrmHub.Sandbox;

/// <summary>Log messages of the sandbox: event ids 6000 to 6999. Never a challenge, a key or a licence.</summary>
internal static partial class Log
{
    [LoggerMessage(6001, LogLevel.Debug, "The simulated {Service} service answers {Status} with {Length} bytes")]
    public static partial void Answered(ILogger logger, string service, int status, int length);

    [LoggerMessage(6002, LogLevel.Debug, "The simulated {Service} service refuses: {Reason}")]
    public static partial void Refused(ILogger logger, string service, string reason);
}
