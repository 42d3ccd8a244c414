using Microsoft.Data.Sqlite;

namespace DrmHub.Vault.Audit;

/// <summary>
/// What is written into a journal file, by statements that are compiled once. For one caller at a time. After an exception it is disposed, which rolls
/// back what was begun.
/// </summary>
internal sealed class JournalWriter : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _begin;
    private readonly SqliteCommand _commit;
    private readonly SqliteCommand _rollback;
    private readonly SqliteCommand _taken;
    private readonly SqliteCommand _numbered;
    private readonly SqliteCommand _insert;
    private readonly SqliteCommand _forget;
    private readonly SqliteCommand _relax;
    private readonly SqliteCommand _insist;

    /// <param name="connection">Open; belongs to this object from here on.</param>
    public JournalWriter(SqliteConnection connection)
    {
        _connection = connection;
        _begin = connection.Compile("begin immediate");
        _commit = connection.Compile("commit");
        _rollback = connection.Compile("rollback");
        _taken = connection.Compile(
            """
            insert into audit_writer (writer, last_batch, seen_at) values (@writer, @batch, @at)
            on conflict (writer) do update set last_batch = excluded.last_batch, seen_at = excluded.seen_at where last_batch < @first
            """,
            "writer", "batch", "at", "first");
        _numbered = connection.Compile("update audit_sequence set next_idx = next_idx + @n where id = 1 returning next_idx - @n", "n");
        _insert = connection.Compile("insert into audit_journal (first_idx, entries, writer, last_batch, payload) values (@first, @n, @writer, @batch, @payload)", "first", "n", "writer", "batch", "payload");
        _forget = connection.Compile("delete from audit_journal where first_idx <= (select max(first_idx) from (select first_idx from audit_journal where first_idx < @until order by first_idx limit 16))", "until");
        _relax = connection.Compile("pragma synchronous=normal");
        _insist = connection.Compile("pragma synchronous=full");
    }

    /// <summary>Durable when it returns.</summary>
    /// <returns>The index of the first entry, or -1 where one of the batches had been taken before.</returns>
    public long Append(byte[] writer, Batches batches, long entries, byte[] payload, long atMs)
    {
        _begin.ExecuteNonQuery();
        if (With(_taken, writer, batches.Last, atMs, batches.First).ExecuteNonQuery() == 0)
        {
            _rollback.ExecuteNonQuery();
            return -1;
        }

        var first = (long)With(_numbered, entries).ExecuteScalar()!;
        With(_insert, first, entries, writer, batches.Last, payload).ExecuteNonQuery();
        _commit.ExecuteNonQuery();
        return first;
    }

    /// <summary>Deletes batches from the oldest on until time is up. Not durable by itself: a batch that comes back is passed over.</summary>
    /// <param name="until">Batches below this index.</param>
    /// <returns>Whether there may be more.</returns>
    public bool Forget(long until, TimeSpan atMost, TimeProvider time)
    {
        var started = time.GetTimestamp();
        var deleted = 1;
        _relax.ExecuteNonQuery();
        _begin.ExecuteNonQuery();
        while (deleted > 0 && time.GetElapsedTime(started) < atMost) deleted = With(_forget, until).ExecuteNonQuery();
        _commit.ExecuteNonQuery();
        _insist.ExecuteNonQuery();
        return deleted > 0;
    }

    public void Dispose()
    {
        foreach (var command in (SqliteCommand[])[_begin, _commit, _rollback, _taken, _numbered, _insert, _forget, _relax, _insist]) command.Dispose();
        _connection.Dispose();
    }

    private static SqliteCommand With(SqliteCommand command, params ReadOnlySpan<object> values)
    {
        for (var i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i];
        return command;
    }
}
