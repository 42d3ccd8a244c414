using System.Data.Common;
using System.Security.Cryptography;
using System.Text.Json;
using Dapper;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Storage;

namespace DrmHub.Vault.Rights;

/// <summary>
/// Audit entries of changes, written in the transaction of the change and handed to the log right after it. A node that dies in between
/// leaves them here, and another hands them in: no change without an entry. One that was handed in and not taken away is handed in
/// again; both entries then carry the same version.
/// </summary>
internal sealed class RightsOutbox(Database database, AuditLog audit, TimeProvider time)
{
    /// <summary>Entries in one row.</summary>
    public const int Batch = 1000;

    /// <summary>Rows whose entries are on their way to the log at once.</summary>
    private const int Group = 16;

    private static readonly TimeSpan Claim = TimeSpan.FromSeconds(60);

    /// <returns>The rows, claimed by this node.</returns>
    public async Task<IReadOnlyList<OutboxRow>> WriteAsync(DbTransaction transaction, IReadOnlyList<AuditEntry> entries, CancellationToken cancellationToken)
    {
        var rows = new List<OutboxRow>();
        foreach (var batch in entries.Chunk(Batch))
        {
            // Written entry by entry on all cores; together they are the list.
            var body = "[" + string.Join(',', ManyCores.Map(batch, entry => JsonSerializer.Serialize(entry, RightsJson.Options))) + "]";
            var row = new OutboxRow(RandomNumberGenerator.GetBytes(16), batch);
            await transaction.Connection!.ExecuteAsync(new CommandDefinition(
                "insert into rights_outbox (id, body, claimed_until) values (@Id, @body, @until)",
                new { row.Id, body, until = Until() },
                transaction,
                cancellationToken: cancellationToken)).ConfigureAwait(false);
            rows.Add(row);
        }

        return rows;
    }

    /// <summary>Hands entries of this node to the log, a row in one commit, and takes the rows away. While one is committed, the next is encoded.</summary>
    /// <exception cref="AuditUnavailableException">What was not handed in stays for later.</exception>
    public async Task DeliverAsync(IReadOnlyList<OutboxRow> rows, CancellationToken cancellationToken)
    {
        foreach (var group in rows.Chunk(Group))
        {
            var appended = group.Select(row => (row.Id, Task: (Task)audit.AppendAllAsync(row.Entries, cancellationToken))).ToList();
            try
            {
                await Task.WhenAll(appended.Select(each => each.Task)).ConfigureAwait(false);
            }
            finally
            {
                await TakeAwayAsync(appended.Where(each => each.Task.IsCompletedSuccessfully).Select(each => each.Id), cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task TakeAwayAsync(IEnumerable<byte[]> ids, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            await using var transaction = await Database.BeginWriteAsync(connection, cancellationToken).ConfigureAwait(false);
            await connection.ExecuteAsync(new CommandDefinition("delete from rights_outbox where id = @id", ids.Select(id => new { id }), transaction, cancellationToken: cancellationToken)).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (DbException)
        {
            // The log has the entries. They will be handed in once more, which does no harm.
        }
    }

    /// <summary>Hands in what nobody claims any more. Called now and then by every node.</summary>
    public async Task DeliverAbandonedAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            byte[]? id;
            string? body;
            await using (var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false))
            {
                var now = time.GetUtcNow().ToUnixTimeMilliseconds();
                id = await connection.ExecuteScalarAsync<byte[]?>(new CommandDefinition(
                    "select id from rights_outbox where claimed_until < @now limit 1", new { now }, cancellationToken: cancellationToken)).ConfigureAwait(false);
                if (id is null) return;
                body = await connection.ExecuteScalarAsync<string?>(new CommandDefinition(
                    "update rights_outbox set claimed_until = @until where id = @id and claimed_until < @now returning body", new { id, now, until = Until() }, cancellationToken: cancellationToken)).ConfigureAwait(false);
            }

            if (body is not null) await DeliverAsync([new OutboxRow(id, JsonSerializer.Deserialize<List<AuditEntry>>(body, RightsJson.Options)!)], cancellationToken).ConfigureAwait(false);
        }
    }

    private long Until() => (time.GetUtcNow() + Claim).ToUnixTimeMilliseconds();
}

/// <summary>Entries that wait together, at most <see cref="RightsOutbox.Batch"/>.</summary>
internal sealed record OutboxRow(byte[] Id, IReadOnlyList<AuditEntry> Entries);
