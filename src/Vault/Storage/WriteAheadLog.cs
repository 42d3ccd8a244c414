using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace DrmHub.Vault.Storage;

/// <summary>
/// Keeps the work on SQLite's write-ahead log away from commits that somebody waits for. By itself SQLite copies the log back into the file inside of the
/// commit that made it long, which then takes many times as long as the others.
/// </summary>
internal sealed class WriteAheadLog(Database database, TimeProvider time)
{
    /// <summary>What a connection to the database has when it is not relaxed: only where nobody keeps the log does a commit copy it back, from 64 MB on.</summary>
    public const string Usual = "pragma synchronous=full; pragma wal_autocheckpoint=16384";

    /// <summary>Pages of the log from which on what was written meanwhile is copied at once, so that it begins anew.</summary>
    private const long Long = 4_096;

    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    private long _last = time.GetTimestamp();

    /// <summary>
    /// Until it is disposed, commits of this connection become durable with the next commit of another, not before they return. For what can be done again
    /// from what is durable already. On PostgreSQL nothing changes.
    /// </summary>
    public static Relaxed Relax(DbConnection connection)
    {
        if (connection is SqliteConnection) Run(connection, "pragma synchronous=normal; pragma wal_autocheckpoint=0");
        return new Relaxed(connection);
    }

    /// <summary>Copies what is in the log back into the file, beside readers and writers.</summary>
    /// <returns>Pages in the log.</returns>
    public static long CopyBack(DbConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "pragma wal_checkpoint(passive)";
        using var reader = command.ExecuteReader();
        return reader.Read() ? reader.GetInt64(1) : 0;
    }

    /// <summary>Copies the database's log back, once a second at most, and where it has become long again what came meanwhile.</summary>
    public async Task TendAsync(CancellationToken cancellationToken)
    {
        if (database.IsPostgreSql || time.GetElapsedTime(_last) < s_interval) return;
        _last = time.GetTimestamp();
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        if (CopyBack(connection) >= Long) CopyBack(connection);
    }

    public static void Run(DbConnection connection, string pragmas)
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
            if (connection is SqliteConnection { State: System.Data.ConnectionState.Open }) Run(connection, Usual);
        }
    }
}
