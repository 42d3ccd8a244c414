using System.Data.Common;
using DrmHub.Vault.Storage;
using Npgsql;
using NpgsqlTypes;

namespace DrmHub.Vault.Audit;

/// <summary>The journal as a table of the database: an append is one statement, one transaction and one round trip.</summary>
internal sealed class PostgreSqlJournal(Database database, TimeProvider time, int timeoutSeconds) : IJournal
{
    // The writer's row is locked first: where an earlier attempt of the same batch is still in flight, this waits for its outcome and then inserts
    // nothing.
    private const string Append =
        """
        with taken as (
            insert into audit_writer as w (writer, last_batch, seen_at) values ($1, $2, $3)
            on conflict (writer) do update set last_batch = excluded.last_batch, seen_at = excluded.seen_at where w.last_batch < $6
            returning 1),
        numbered as (
            update audit_sequence set next_idx = next_idx + $4 where id = 1 and exists (select 1 from taken) returning next_idx - $4 as first_idx)
        insert into audit_journal (first_idx, entries, payload) select first_idx, $4, $5 from numbered returning first_idx
        """;

    private NpgsqlConnection? _connection;
    private NpgsqlCommand? _append;

    public async Task<long> AppendAsync(byte[] writer, Batches batches, long entries, byte[] payload, CancellationToken cancellationToken)
    {
        try
        {
            var command = await PreparedAsync(cancellationToken).ConfigureAwait(false);
            command.Parameters[0].Value = writer;
            command.Parameters[1].Value = batches.Last;
            command.Parameters[2].Value = time.GetUtcNow().ToUnixTimeMilliseconds();
            command.Parameters[3].Value = entries;
            command.Parameters[4].Value = payload;
            command.Parameters[5].Value = batches.First;
            return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is long first ? first : -1;
        }
        catch
        {
            await DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async Task<long> LastBatchAsync(byte[] writer, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var select = connection.CreateCommand();
        select.CommandText = "select last_batch from audit_writer where writer = @writer";
        return await select.Bind("writer", writer).ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) as long? ?? 0;
    }

    public async Task<long> NextIndexAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var select = connection.CreateCommand();
        select.CommandText = "select next_idx from audit_sequence where id = 1";
        return (long)(await select.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    /// <summary>Gives the connection back; the next append takes another.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_append is not null) await _append.DisposeAsync().ConfigureAwait(false);
        if (_connection is not null) await _connection.DisposeAsync().ConfigureAwait(false);
        _append = null;
        _connection = null;
    }

    private async ValueTask<NpgsqlCommand> PreparedAsync(CancellationToken cancellationToken)
    {
        if (_append is not null) return _append;
        _connection = (NpgsqlConnection)await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        var command = new NpgsqlCommand(Append, _connection) { CommandTimeout = timeoutSeconds };
        foreach (var type in (NpgsqlDbType[])[NpgsqlDbType.Bytea, NpgsqlDbType.Bigint, NpgsqlDbType.Bigint, NpgsqlDbType.Bigint, NpgsqlDbType.Bytea, NpgsqlDbType.Bigint])
            command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = type });
        await command.PrepareAsync(cancellationToken).ConfigureAwait(false);
        return _append = command;
    }
}
