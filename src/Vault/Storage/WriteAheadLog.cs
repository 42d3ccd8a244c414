using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace DrmHub.Vault.Storage;

/// <summary>
/// Keeps the work on SQLite's write-ahead log away from commits that somebody waits for. By itself SQLite copies the log back into the file inside of the
/// commit that made it long, which then takes many times as long as the others.
/// </summary>
internal sealed class WriteAheadLog(Database database, SemaphoreSlim writers, TimeProvider time)
{
    /// <summary>Pages of the log from which on writers are kept out for a moment, so that it begins anew.</summary>
    private const long Long = 4_096;

    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    private long _last = time.GetTimestamp();

    /// <summary>This connection's commits no longer copy the log back; <see cref="TendAsync"/> must be called instead.</summary>
    public static void LeaveToKeeper(DbConnection connection) => Run(connection, "pragma wal_autocheckpoint=0");

    /// <summary>
    /// Until it is disposed, commits of this connection become durable with the next commit of another, not before they return. For what can be done again
    /// from what is durable already. On PostgreSQL nothing changes.
    /// </summary>
    public static Relaxed Relax(DbConnection connection)
    {
        if (connection is SqliteConnection) Run(connection, "pragma synchronous=normal; pragma wal_autocheckpoint=0");
        return new Relaxed(connection);
    }

    /// <summary>Copies the log back, once a second at most: first beside the writers, and where it has become long the little that is left while they wait.</summary>
    public async Task TendAsync(CancellationToken cancellationToken)
    {
        if (database.IsPostgreSql || time.GetElapsedTime(_last) < s_interval) return;
        _last = time.GetTimestamp();
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        if (await CopyBackAsync(connection, cancellationToken).ConfigureAwait(false) < Long) return;
        await writers.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await CopyBackAsync(connection, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            writers.Release();
        }
    }

    /// <returns>Pages in the log.</returns>
    private static async Task<long> CopyBackAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = "pragma wal_checkpoint(passive)";
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        return await reader.ReadAsync(cancellationToken).ConfigureAwait(false) ? reader.GetInt64(1) : 0;
    }

    private static void Run(DbConnection connection, string pragmas)
    {
        using var command = connection.CreateCommand();
        command.CommandText = pragmas;
        command.ExecuteNonQuery();
    }

    /// <summary>Gives the connection, which goes back to the pool, its usual care again.</summary>
    public readonly struct Relaxed(DbConnection connection) : IDisposable
    {
        public void Dispose()
        {
            if (connection is SqliteConnection { State: System.Data.ConnectionState.Open }) Run(connection, "pragma synchronous=full; pragma wal_autocheckpoint=1000");
        }
    }
}
