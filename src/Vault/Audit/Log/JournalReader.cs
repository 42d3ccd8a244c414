using DrmHub.Vault.Storage;
using Microsoft.Data.Sqlite;

namespace DrmHub.Vault.Audit;

/// <summary>What is read from a journal file, by statements that are compiled once; nobody who writes waits for it. For one caller at a time.</summary>
internal sealed class JournalReader : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _next;
    private readonly SqliteCommand _first;
    private readonly SqliteCommand _last;
    private readonly SqliteCommand _batches;

    /// <param name="connection">Open; belongs to this object from here on.</param>
    public JournalReader(SqliteConnection connection)
    {
        _connection = connection;
        _next = connection.Compile("select next_idx from audit_sequence where id = 1");
        _first = connection.Compile("select first_idx from audit_journal order by first_idx limit 1");
        _last = connection.Compile("select last_batch from audit_writer where writer = @writer", "writer");
        _batches = connection.Compile("select first_idx, entries, writer, last_batch, payload from audit_journal where first_idx >= @from order by first_idx", "from");
    }

    public long Next() => (long)_next.ExecuteScalar()!;

    /// <summary>The index of the oldest batch; null where there is none.</summary>
    public long? First() => _first.ExecuteScalar() as long?;

    public long LastBatch(byte[] writer)
    {
        _last.Parameters[0].Value = writer;
        return _last.ExecuteScalar() as long? ?? 0;
    }

    /// <summary>Batches that follow each other from an index on, whole, at least one where there is any.</summary>
    /// <param name="entries">About how many entries.</param>
    /// <exception cref="AuditFormatException">There is a gap behind the first, which itself may be at a later index.</exception>
    public List<JournalBatch> Batches(long from, long entries)
    {
        var batches = new List<JournalBatch>();
        var next = from;
        _batches.Parameters[0].Value = from;
        using var reader = _batches.ExecuteReader();
        while ((batches.Count == 0 || next - batches[0].FirstIdx < entries) && reader.Read())
        {
            var batch = new JournalBatch
            {
                FirstIdx = reader.GetInt64(0),
                Entries = reader.GetInt64(1),
                Writer = reader.GetFieldValue<byte[]>(2),
                LastBatch = reader.GetInt64(3),
                Payload = reader.GetFieldValue<byte[]>(4),
            };
            if (batches.Count == 0) next = batch.FirstIdx;
            if (batch.FirstIdx != next) throw new AuditFormatException($"The journal has a gap: {batch.FirstIdx} follows {next}. {JournalAdoption.Advice}");
            next += batch.Entries;
            batches.Add(batch);
        }

        return batches;
    }

    /// <inheritdoc cref="WriteAheadLog.CopyBack"/>
    public long CopyBack() => WriteAheadLog.CopyBack(_connection);

    public void Dispose()
    {
        _next.Dispose();
        _first.Dispose();
        _last.Dispose();
        _batches.Dispose();
        _connection.Dispose();
    }
}
