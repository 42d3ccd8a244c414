using DrmHub.Vault.Storage;

namespace DrmHub.Vault.Audit;

/// <summary>
/// The journal in a file of its own. A commit into it waits for one fsync, and never for who writes the database. What was integrated is forgotten only
/// when the database has it durably, so that a loss of power at any moment leaves each entry in one of the two files, or in both and then it is passed over.
/// </summary>
internal sealed class SqliteJournal(Database database, TimeProvider time) : IJournal
{
    /// <summary>Bytes in the write-ahead log, about, from which on it is copied back.</summary>
    private const long Long = 16 << 20;

    /// <summary>What an append writes beside its payload: a page of each table, and the rest of the payload's last one.</summary>
    private const long Overhead = 4 * 4_096;

    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    /// <summary>How long an append waits at most for what is being forgotten.</summary>
    private static readonly TimeSpan s_turn = TimeSpan.FromMilliseconds(0.5);

    private readonly string _path = JournalFile.PathOf(database);
    private readonly SemaphoreSlim _writing = new(1, 1); // SQLite's own lock is polled for.
    private readonly SemaphoreSlim _reading = new(1, 1);
    private JournalWriter? _writer;
    private JournalReader? _reader;
    private long _tended = time.GetTimestamp();
    private long _written = Long; // The log of an earlier process may be there.

    public Task<long> AppendAsync(byte[] writer, Batches batches, long entries, byte[] payload, CancellationToken cancellationToken)
    {
        Interlocked.Add(ref _written, payload.Length + Overhead);
        return WriteAsync(file => file.Append(writer, batches, entries, payload, time.GetUtcNow().ToUnixTimeMilliseconds()), cancellationToken);
    }

    public Task<long> LastBatchAsync(byte[] writer, CancellationToken cancellationToken) => ReadAsync(file => file.LastBatch(writer), cancellationToken);

    public Task<long> NextIndexAsync(CancellationToken cancellationToken) => ReadAsync(static file => file.Next(), cancellationToken);

    /// <inheritdoc cref="JournalReader.Batches"/>
    public Task<List<JournalBatch>> BatchesAsync(long from, long entries, CancellationToken cancellationToken) => ReadAsync(file => file.Batches(from, entries), cancellationToken);

    /// <summary>Once a second at most: forgets what the database has durably, and keeps the write-ahead log short.</summary>
    public async Task TendAsync(CancellationToken cancellationToken)
    {
        if (time.GetElapsedTime(_tended) < s_interval) return;
        _tended = time.GetTimestamp();
        await ForgetAsync(cancellationToken).ConfigureAwait(false);

        if (Interlocked.Read(ref _written) < Long) return;

        // First beside the writers, then the little that is left while they wait: only where all is copied does the log begin anew.
        await ReadAsync(static file => file.CopyBack(), cancellationToken).ConfigureAwait(false);
        await _writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await ReadAsync(static file => file.CopyBack(), cancellationToken).ConfigureAwait(false);
            Interlocked.Exchange(ref _written, 0);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Deletes the batches that the database has durably, which it makes sure of.</summary>
    public async Task ForgetAsync(CancellationToken cancellationToken)
    {
        if (await ReadAsync(static file => file.First(), cancellationToken).ConfigureAwait(false) is not { } first) return;
        var durable = await DurableAsync(first, cancellationToken).ConfigureAwait(false);
        while (first < durable && await WriteAsync(file => file.Forget(durable, s_turn, time), cancellationToken).ConfigureAwait(false)) await Task.Yield();
    }

    public ValueTask DisposeAsync()
    {
        _writer?.Dispose();
        _reader?.Dispose();
        _writing.Dispose();
        _reading.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// The size of the tree that no loss of power takes back. Rounds are not durable when they are committed, so this writes it into the database in a
    /// commit that is: a write-ahead log is durable up to its last durable commit.
    /// </summary>
    /// <param name="first">Where nothing from here on is integrated, nothing is written.</param>
    private async Task<long> DurableAsync(long first, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var sizes = connection.CreateCommand();
        sizes.CommandText = "select size, durable_idx from audit_tree, audit_journal_file where audit_tree.id = 1 and audit_journal_file.id = 1";
        long size, durable;
        await using (var reader = await sizes.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false))
        {
            await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            (size, durable) = (reader.GetInt64(0), reader.GetInt64(1));
        }

        if (size <= first || size == durable) return size;
        await using var transaction = await Database.BeginWriteAsync(connection, cancellationToken).ConfigureAwait(false);
        await using var write = connection.CreateCommand();
        write.Transaction = transaction;
        write.CommandText = "update audit_journal_file set durable_idx = (select size from audit_tree where id = 1) where id = 1 returning durable_idx";
        size = (long)(await write.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        return size;
    }

    private async Task<T> WriteAsync<T>(Func<JournalWriter, T> write, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return write(_writer ??= new JournalWriter(JournalFile.Open(_path)));
        }
        catch
        {
            _writer?.Dispose();
            _writer = null;
            throw;
        }
        finally
        {
            _writing.Release();
        }
    }

    private async Task<T> ReadAsync<T>(Func<JournalReader, T> read, CancellationToken cancellationToken)
    {
        await _reading.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return read(_reader ??= new JournalReader(JournalFile.Open(_path)));
        }
        catch (Exception exception) when (exception is not AuditFormatException)
        {
            _reader?.Dispose();
            _reader = null;
            throw;
        }
        finally
        {
            _reading.Release();
        }
    }
}
