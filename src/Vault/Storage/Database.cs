using System.Data;
using System.Data.Common;
using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;
using Npgsql;
using SQLitePCL;

namespace DrmHub.Vault.Storage;

/// <summary>
/// The one database of a hub: SQLite in the data directory (WAL, synchronous FULL), or PostgreSQL. The same SQL and the same
/// migrations run on both; where a statement must differ, the caller asks <see cref="IsPostgreSql"/>.
/// </summary>
public sealed class Database : IAsyncDisposable
{
    // The pool hands SQLite's own handles out again with their pragmas: three statements to compile for each use of one.
    private readonly ConditionalWeakTable<sqlite3, object> _ready = [];

    private Database(DbDataSource source, string? sqliteFile)
    {
        Source = source;
        SqliteFile = sqliteFile;
    }

    public DbDataSource Source { get; }

    public bool IsPostgreSql => SqliteFile is null;

    /// <summary>Path of SQLite's file; null on PostgreSQL.</summary>
    internal string? SqliteFile { get; }

    /// <summary>Numbers of the schema's steps that this program does not know and may run beside: a newer program was here, or still is.</summary>
    public IReadOnlyList<long> NewerSteps { get; private set; } = [];

    /// <summary>Opens the database, creates the data directory and file where needed, and applies missing migrations under a lock.</summary>
    /// <exception cref="StorageException">A newer program took something away that this one needs.</exception>
    public static async Task<Database> OpenAsync(StorageOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var database = string.IsNullOrEmpty(options.PostgreSql) ? OpenSqlite(options.DataDirectory) : OpenPostgreSql(options.PostgreSql);
        try
        {
            database.NewerSteps = await Migrator.ApplyAsync(database, cancellationToken).ConfigureAwait(false);
            return database;
        }
        catch
        {
            await database.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>A pooled connection, ready for use: on SQLite with the pragmas that make a commit durable.</summary>
    public async ValueTask<DbConnection> OpenConnectionAsync(CancellationToken cancellationToken = default)
    {
        var connection = await Source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        if (connection is SqliteConnection { Handle: { } handle } && !_ready.TryGetValue(handle, out _))
        {
            using var pragmas = connection.CreateCommand();
            // SQLite's own wait for a lock starts at a millisecond; the provider's polls every 150.
            pragmas.CommandText = "pragma foreign_keys=on; pragma busy_timeout=10000; " + WriteAheadLog.Usual;
            pragmas.ExecuteNonQuery();
            _ready.AddOrUpdate(handle, handle);
        }

        return connection;
    }

    /// <summary>
    /// A transaction that may write. On SQLite it takes the write lock at once (BEGIN IMMEDIATE): a deferred one that reads
    /// first and writes later fails when another writer got in between.
    /// </summary>
    public static async ValueTask<DbTransaction> BeginWriteAsync(DbConnection connection, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return connection is SqliteConnection sqlite
            ? sqlite.BeginTransaction(IsolationLevel.Serializable, deferred: false)
            : await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken).ConfigureAwait(false);
    }

    public ValueTask DisposeAsync() => Source.DisposeAsync();

    private static Database OpenSqlite(string directory)
    {
        Directory.CreateDirectory(directory);
        var file = Path.Combine(directory, "drmhub.db");
        var text = new SqliteConnectionStringBuilder
        {
            DataSource = file,
            DefaultTimeout = 10,
            Pooling = true,
        }.ToString();
        using (var connection = new SqliteConnection(text))
        {
            connection.Open();
            using var wal = connection.CreateCommand();
            wal.CommandText = "pragma journal_mode=wal;";
            wal.ExecuteNonQuery();
        }

        return new Database(SqliteFactory.Instance.CreateDataSource(text), file);
    }

    private static Database OpenPostgreSql(string connectionString)
    {
        // The default pool name in metrics would be the connection string.
        var builder = new NpgsqlDataSourceBuilder(connectionString) { Name = "drmhub" };
        builder.ConnectionStringBuilder.IncludeErrorDetail = false;

        // Statements that come again are prepared: a batched insert plans in more time than it runs.
        if (builder.ConnectionStringBuilder.MaxAutoPrepare == 0) builder.ConnectionStringBuilder.MaxAutoPrepare = 64;
        if (builder.ConnectionStringBuilder.KeepAlive == 0) builder.ConnectionStringBuilder.KeepAlive = 10;
        return new Database(builder.Build(), sqliteFile: null);
    }
}
