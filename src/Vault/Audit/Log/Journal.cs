using System.Data.Common;
using System.Security.Cryptography;
using DrmHub.Vault.Storage;
using Npgsql;
using NpgsqlTypes;

namespace DrmHub.Vault.Audit;

/// <summary>Numbers of consecutive batches that are committed as one: taken if none of them was taken before.</summary>
internal readonly record struct Batches(long First, long Last);

/// <summary>
/// Commits batches. A batch takes its indexes from one counter row in the same transaction that stores it, so indexes are dense
/// and follow the order of commits; a batch carries the number that its writer gave it, so that it is taken once, however
/// often a commit in doubt is repeated.
/// </summary>
internal sealed class Journal(Database database, TimeProvider time, int timeoutSeconds) : IAsyncDisposable
{
    // One statement is one transaction and one round trip. The writer's row is locked first: where an earlier attempt of the
    // same batch is still in flight, this waits for its outcome and then inserts nothing.
    private const string PostgreSqlAppend =
        """
        with taken as (
            insert into audit_writer as w (writer, last_batch, seen_at) values ($1, $2, $3)
            on conflict (writer) do update set last_batch = excluded.last_batch, seen_at = excluded.seen_at where w.last_batch < $6
            returning 1),
        numbered as (
            update audit_sequence set next_idx = next_idx + $4 where id = 1 and exists (select 1 from taken) returning next_idx - $4 as first_idx)
        insert into audit_journal (first_idx, entries, payload) select first_idx, $4, $5 from numbered returning first_idx
        """;

    private NpgsqlConnection? _postgreSql;
    private NpgsqlCommand? _append;
    private SqliteAppend? _sqlite;

    /// <summary>Serialises this process's writers of a SQLite file, whose own lock is polled for.</summary>
    public SemaphoreSlim SqliteGate { get; } = new(1, 1);

    public static byte[] NewWriterId() => RandomNumberGenerator.GetBytes(16);

    /// <returns>The index of the first entry, or -1 where one of the batches had been taken before.</returns>
    public Task<long> AppendAsync(byte[] writer, Batches batches, long entries, byte[] payload, CancellationToken cancellationToken) => database.IsPostgreSql
        ? AppendPostgreSqlAsync(writer, batches, entries, payload, cancellationToken)
        : AppendSqliteAsync(writer, batches, entries, payload, cancellationToken);

    /// <summary>The last batch that was taken from a writer; 0 where there was none.</summary>
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

    public async ValueTask DisposeAsync()
    {
        await DropConnectionAsync().ConfigureAwait(false);
        SqliteGate.Dispose();
    }

    private async Task<long> AppendPostgreSqlAsync(byte[] writer, Batches batches, long entries, byte[] payload, CancellationToken cancellationToken)
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
            await DropConnectionAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async ValueTask<NpgsqlCommand> PreparedAsync(CancellationToken cancellationToken)
    {
        if (_append is not null) return _append;
        _postgreSql = (NpgsqlConnection)await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        var command = new NpgsqlCommand(PostgreSqlAppend, _postgreSql) { CommandTimeout = timeoutSeconds };
        foreach (var type in (NpgsqlDbType[])[NpgsqlDbType.Bytea, NpgsqlDbType.Bigint, NpgsqlDbType.Bigint, NpgsqlDbType.Bigint, NpgsqlDbType.Bytea, NpgsqlDbType.Bigint])
            command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = type });
        await command.PrepareAsync(cancellationToken).ConfigureAwait(false);
        return _append = command;
    }

    private async ValueTask DropConnectionAsync()
    {
        if (_append is not null) await _append.DisposeAsync().ConfigureAwait(false);
        if (_postgreSql is not null) await _postgreSql.DisposeAsync().ConfigureAwait(false);
        if (_sqlite is not null) await _sqlite.DisposeAsync().ConfigureAwait(false);
        _append = null;
        _postgreSql = null;
        _sqlite = null;
    }

    private async Task<long> AppendSqliteAsync(byte[] writer, Batches batches, long entries, byte[] payload, CancellationToken cancellationToken)
    {
        await SqliteGate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            _sqlite ??= new SqliteAppend(await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false));
            return await _sqlite.RunAsync(writer, batches, entries, payload, time.GetUtcNow().ToUnixTimeMilliseconds(), cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await DropConnectionAsync().ConfigureAwait(false);
            throw;
        }
        finally
        {
            SqliteGate.Release();
        }
    }
}
