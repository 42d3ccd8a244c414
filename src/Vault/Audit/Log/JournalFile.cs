using DrmHub.Vault.Storage;
using Microsoft.Data.Sqlite;

namespace DrmHub.Vault.Audit;

/// <summary>
/// The file in which the journal lies on SQLite, beside the database, so that a commit waits for its own fsync and for nothing else. It is a queue and
/// not the log: what is in it is integrated within a moment and forgotten a second later.
/// </summary>
internal static class JournalFile
{
    private const string Name = "audit-journal.db";

    private const long Version = 1;

    // Columns that are looked at without the payload come before it: behind it they lie at the end of a chain of pages.
    private const string Definition =
        """
        create table if not exists journal_file (id integer primary key, lineage blob not null, adopted integer not null);
        create table if not exists audit_sequence (id integer primary key, next_idx integer not null);
        create table if not exists audit_writer (writer blob primary key, last_batch integer not null, seen_at integer not null);
        create table if not exists audit_journal (first_idx integer primary key, entries integer not null, writer blob not null, last_batch integer not null, payload blob not null);
        """;

    public static string PathOf(Database database) => Path.Combine(Path.GetDirectoryName(database.SqliteFile)!, Name);

    /// <summary>A connection of its own, not from a pool, whose commits are durable.</summary>
    public static SqliteConnection Open(string path) => Open(path, SqliteOpenMode.ReadWrite);

    /// <summary>As <see cref="Open(string)"/>; makes the file and its tables where they are missing.</summary>
    /// <exception cref="StorageException">A newer program made the file.</exception>
    public static SqliteConnection Create(string path)
    {
        var connection = Open(path, SqliteOpenMode.ReadWriteCreate);
        try
        {
            WriteAheadLog.Run(connection, "pragma journal_mode=wal");
            using var transaction = connection.BeginTransaction(deferred: false);
            using var version = connection.CreateCommand();
            version.Transaction = transaction;
            version.CommandText = "pragma user_version";
            if ((long)version.ExecuteScalar()! > Version) throw new StorageException($"A newer program made the journal file {path}. Run that program.");
            version.CommandText = $"{Definition} pragma user_version={Version}";
            version.ExecuteNonQuery();
            transaction.Commit();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static SqliteConnection Open(string path, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, DefaultTimeout = 10, Pooling = false }.ToString());
        try
        {
            connection.Open();

            // The keeper copies the log back (SqliteJournal.TendAsync); SQLite itself would only where nobody keeps it.
            WriteAheadLog.Run(connection, "pragma busy_timeout=10000; " + WriteAheadLog.Usual);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
