using System.Data.Common;
using System.Net.Sockets;
using DrmHub.Vault.Storage;
using Microsoft.AspNetCore.Diagnostics;

namespace DrmHub.Host.Hosting;

/// <summary>
/// A request that needs the database while it cannot be reached gets 503 with the code <c>database.unavailable</c> and a Retry-After, on every route
/// that does not answer in its own way. What the database understood and refused is a fault of ours, and stays an opaque 500.
/// </summary>
internal sealed class DatabaseAway(ILogger<DatabaseAway> logger) : IExceptionHandler
{
    public const string Code = "database.unavailable";

    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (httpContext.Response.HasStarted || !Is(exception)) return false;
        DatabaseLog.Away(logger, exception.GetType().Name);
        httpContext.Response.Headers.RetryAfter = "5";
        await Problems.WriteAsync(httpContext, StatusCodes.Status503ServiceUnavailable, Code, "The database cannot be reached at the moment.");
        return true;
    }

    /// <summary>
    /// No connection, a connection that broke, a server that starts, stops or has no room (SQLSTATE classes 08, 53, 57P), a SQLite file that is locked. An error
    /// with any other SQLSTATE came from a server that is there. So does what the vault gave up for one of these reasons, or because no answer came in time.
    /// </summary>
    public static bool Is(Exception exception) => exception switch
    {
        DbException { SqlState: { Length: > 0 } state } => state.StartsWith("08", StringComparison.Ordinal) || state.StartsWith("53", StringComparison.Ordinal) || state.StartsWith("57P", StringComparison.Ordinal),
        DbException { IsTransient: true } => true,
        DbException => exception.InnerException is SocketException or IOException or TimeoutException or null,
        StorageException => exception.InnerException is TimeoutException || (exception.InnerException is { } inner && Is(inner)),
        _ => false,
    };
}
