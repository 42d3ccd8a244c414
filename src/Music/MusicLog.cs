using Microsoft.Extensions.Logging;

namespace DrmHub.Music;

/// <summary>What the music part writes to the log of the process.</summary>
internal static partial class MusicLog
{
    [LoggerMessage(EventId = 5001, Level = LogLevel.Warning, Message = "The search index cannot read the catalogue; it answers with what it has.")]
    public static partial void SearchStale(ILogger logger, Exception exception);

    [LoggerMessage(EventId = 5002, Level = LogLevel.Error, Message = "The search index is full at {Count} items; newer ones are not found. Raise Music:SearchCapacity.")]
    public static partial void SearchFull(ILogger logger, int count);
}
