namespace DrmHub.Vault.Audit;

/// <summary>Numbers of consecutive batches that are committed as one: taken if none of them was taken before.</summary>
internal readonly record struct Batches(long First, long Last);

/// <summary>A committed batch that waits for its integration.</summary>
internal sealed record JournalBatch
{
    public long FirstIdx { get; init; }

    public long Entries { get; init; }

    /// <summary>Who wrote it; empty where that is not kept.</summary>
    public byte[] Writer { get; init; } = [];

    public long LastBatch { get; init; }

    public byte[] Payload { get; init; } = [];
}

/// <summary>
/// Commits batches. An implementation gives each batch its indexes in the transaction that stores it, so that indexes are dense and follow the order of
/// commits over all processes; it returns when the batch is durable; and it takes a batch once, by the number that its writer gave it, however often a
/// commit in doubt is repeated. Append is called by one caller at a time, the rest by anybody.
/// </summary>
internal interface IJournal : IAsyncDisposable
{
    /// <returns>The index of the first entry, or -1 where one of the batches had been taken before.</returns>
    Task<long> AppendAsync(byte[] writer, Batches batches, long entries, byte[] payload, CancellationToken cancellationToken);

    /// <summary>The last batch that was taken from a writer; 0 where there was none.</summary>
    Task<long> LastBatchAsync(byte[] writer, CancellationToken cancellationToken);

    /// <summary>The index that the next entry will get.</summary>
    Task<long> NextIndexAsync(CancellationToken cancellationToken);
}
