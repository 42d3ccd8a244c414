using Dapper;
using DrmHub.Vault.Audit.Notes;
using DrmHub.Vault.Storage;

namespace DrmHub.Vault.Audit;

/// <summary>The heads that were signed. A head is public once it is published; tiles and proofs end there.</summary>
internal sealed class CheckpointTable(Database database)
{
    public Task<StoredCheckpoint?> NewestAsync() => OneAsync("order by size desc limit 1");

    public Task<StoredCheckpoint?> NewestPublishedAsync() => OneAsync("where published = 1 order by size desc limit 1");

    /// <summary>Stores a signed head; leaves one of the same size as it is.</summary>
    public async Task InsertAsync(StoredCheckpoint checkpoint, long at)
    {
        await using var connection = await database.OpenConnectionAsync().ConfigureAwait(false);
        await connection.ExecuteAsync(
            "insert into audit_checkpoint (size, root, signed_at, note, published) values (@Size, @Root, @at, @Note, 0) on conflict (size) do nothing",
            new { checkpoint.Size, checkpoint.Root, at, checkpoint.Note }).ConfigureAwait(false);
    }

    public async Task PublishAsync(long size, string note)
    {
        await using var connection = await database.OpenConnectionAsync().ConfigureAwait(false);
        await connection.ExecuteAsync("update audit_checkpoint set note = @note, published = 1 where size = @size", new { size, note }).ConfigureAwait(false);
    }

    /// <summary>Of heads that are older than a day, keeps the last of each hour: heads come once a second, and whoever needs one keeps it.</summary>
    public async Task ThinAsync(long now)
    {
        await using var connection = await database.OpenConnectionAsync().ConfigureAwait(false);
        await connection.ExecuteAsync(
            "delete from audit_checkpoint where signed_at < @before and size not in (select max(size) from audit_checkpoint group by signed_at / 3600000)",
            new { before = now - 86_400_000 }).ConfigureAwait(false);
    }

    private async Task<StoredCheckpoint?> OneAsync(string condition)
    {
        await using var connection = await database.OpenConnectionAsync().ConfigureAwait(false);
        return await connection.QuerySingleOrDefaultAsync<StoredCheckpoint>(
            "select size as Size, root as Root, note as Note, published as Published, signed_at as SignedAt from audit_checkpoint " + condition).ConfigureAwait(false);
    }
}

/// <summary>A row of signed heads.</summary>
internal sealed record StoredCheckpoint
{
    public long Size { get; init; }

    public byte[] Root { get; init; } = [];

    public string Note { get; init; } = "";

    public long Published { get; init; }

    /// <summary>UTC milliseconds.</summary>
    public long SignedAt { get; init; }

    public SignedNote ToNote() => SignedNote.TryParse(System.Text.Encoding.UTF8.GetBytes(Note), out var note) ? note : throw new AuditFormatException($"The stored checkpoint of size {Size} is no note.");
}
