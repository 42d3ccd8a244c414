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

    private static readonly TimeSpan Claim = TimeSpan.FromSeconds(60);

    /// <returns>The id of the row, claimed by this node.</returns>
    public async Task<byte[]> WriteAsync(DbTransaction transaction, IReadOnlyList<AuditEntry> entries, CancellationToken cancellationToken)
    {
        var id = RandomNumberGenerator.GetBytes(16);
        await transaction.Connection!.ExecuteAsync(new CommandDefinition(
            "insert into rights_outbox (id, body, claimed_until) values (@id, @body, @until)",
            new { id, body = JsonSerializer.Serialize(entries, RightsJson.Options), until = Until() },
            transaction,
            cancellationToken: cancellationToken)).ConfigureAwait(false);
        return id;
    }

    /// <summary>Hands entries of this node to the log and takes the row away.</summary>
    /// <exception cref="AuditUnavailableException">The row stays for later.</exception>
    public async Task DeliverAsync(byte[] id, IReadOnlyList<AuditEntry> entries, CancellationToken cancellationToken)
    {
        await Task.WhenAll(entries.Select(entry => audit.AppendAsync(entry, cancellationToken))).ConfigureAwait(false);
        try
        {
            await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            await connection.ExecuteAsync(new CommandDefinition("delete from rights_outbox where id = @id", new { id }, cancellationToken: cancellationToken)).ConfigureAwait(false);
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

            if (body is not null) await DeliverAsync(id, JsonSerializer.Deserialize<List<AuditEntry>>(body, RightsJson.Options)!, cancellationToken).ConfigureAwait(false);
        }
    }

    private long Until() => (time.GetUtcNow() + Claim).ToUnixTimeMilliseconds();
}
