using System.Globalization;
using DrmHub.Vault.Storage;

namespace DrmHub.Host.Hosting;

/// <summary>
/// Opens the database at the start, and waits for one that is not there yet: containers start in any order, and a failover takes seconds.
/// Configuration <c>Storage:StartPatienceSeconds</c>, 0 to 3600, default 60.
/// </summary>
internal static class DatabaseStart
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <exception cref="ArgumentException">The setting is out of range.</exception>
    public static TimeSpan PatienceOf(IConfiguration configuration)
    {
        if (configuration["Storage:StartPatienceSeconds"] is not { Length: > 0 } text) return TimeSpan.FromSeconds(60);
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds <= 3600
            ? TimeSpan.FromSeconds(seconds)
            : throw new ArgumentException("Storage:StartPatienceSeconds is a whole number from 0 to 3600.");
    }

    public static async Task<Database> OpenAsync(StorageOptions storage, TimeSpan patience, ILoggerFactory loggers, TimeProvider time, CancellationToken cancellationToken)
    {
        var logger = loggers.CreateLogger(typeof(DatabaseStart));
        var started = time.GetTimestamp();
        for (var pause = TimeSpan.FromMilliseconds(250); ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                var database = await Database.OpenAsync(storage, cancellationToken);
                if (database.NewerSteps is { Count: > 0 } newer) DatabaseLog.Newer(logger, string.Join(", ", newer.Select(step => step.ToString("0000", CultureInfo.InvariantCulture))));
                return database;
            }
            catch (Exception exception) when (DatabaseAway.Is(exception) && time.GetElapsedTime(started) + pause <= patience)
            {
                DatabaseLog.Waiting(logger, exception.GetType().Name, (int)patience.TotalSeconds);
            }

            await Task.Delay(pause, time, cancellationToken);
        }
    }
}

/// <summary>Event ids 1300 to 1309. The driver's messages stay out: they name hosts and users.</summary>
internal static partial class DatabaseLog
{
    [LoggerMessage(1300, LogLevel.Warning, "The database cannot be reached ({Kind}); trying again for up to {Seconds} s from the start")]
    public static partial void Waiting(ILogger logger, string kind, int seconds);

    [LoggerMessage(1302, LogLevel.Warning, "A newer program has added to the schema of this database (step {Steps}); this one works beside it")]
    public static partial void Newer(ILogger logger, string steps);

    [LoggerMessage(1301, LogLevel.Error, "A request found no database ({Kind})")]
    public static partial void Away(ILogger logger, string kind);
}
