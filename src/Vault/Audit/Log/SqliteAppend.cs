using System.Data.Common;
using DrmHub.Vault.Storage;

namespace DrmHub.Vault.Audit;

/// <summary>
/// The append of a batch on SQLite: three statements in one transaction, compiled once for a connection of its own. For one caller at a time.
/// After an exception it is disposed, which rolls back what was begun.
/// </summary>
internal sealed class SqliteAppend : IAsyncDisposable
{
    private readonly DbConnection _connection;
    private readonly DbCommand _taken;
    private readonly DbCommand _numbered;
    private readonly DbCommand _insert;

    /// <param name="connection">Open; belongs to this object from here on.</param>
    public SqliteAppend(DbConnection connection)
    {
        _connection = connection;
        WriteAheadLog.LeaveToKeeper(connection);
        _taken = Command(
            """
            insert into audit_writer (writer, last_batch, seen_at) values (@writer, @batch, @at)
            on conflict (writer) do update set last_batch = excluded.last_batch, seen_at = excluded.seen_at where last_batch < @first
            """,
            "writer", "batch", "at", "first");
        _numbered = Command("update audit_sequence set next_idx = next_idx + @n where id = 1 returning next_idx - @n", "n");
        _insert = Command("insert into audit_journal (first_idx, entries, payload) values (@first, @n, @payload)", "first", "n", "payload");
    }

    /// <returns>The index of the first entry, or -1 where one of the batches had been taken before.</returns>
    public async Task<long> RunAsync(byte[] writer, Batches batches, long entries, byte[] payload, long atMs, CancellationToken cancellationToken)
    {
        await using var transaction = await Database.BeginWriteAsync(_connection, cancellationToken).ConfigureAwait(false);
        if (await Set(_taken, transaction, writer, batches.Last, atMs, batches.First).ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false) == 0) return -1;
        var first = (long)(await Set(_numbered, transaction, entries).ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
        await Set(_insert, transaction, first, entries, payload).ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        return first;
    }

    public async ValueTask DisposeAsync()
    {
        await _taken.DisposeAsync().ConfigureAwait(false);
        await _numbered.DisposeAsync().ConfigureAwait(false);
        await _insert.DisposeAsync().ConfigureAwait(false);
        await _connection.DisposeAsync().ConfigureAwait(false);
    }

    private static DbCommand Set(DbCommand command, DbTransaction transaction, params ReadOnlySpan<object> values)
    {
        command.Transaction = transaction;
        for (var i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i];
        return command;
    }

    private DbCommand Command(string sql, params ReadOnlySpan<string> parameters)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        foreach (var name in parameters) command.Bind(name, null);
        return command;
    }
}
