using DrmHub.Vault.Audit.Encoding;
using DrmHub.Vault.Storage;

namespace DrmHub.Vault.Audit;

/// <summary>Entries in the order of the log, from an index on: what followers (SIEM, warehouse, webhooks) read.</summary>
internal sealed class AuditTail(Database database)
{
    public const int Page = 1000;

    /// <summary>What is there now, from an index on.</summary>
    public async Task<List<AuditRecord>> ReadAsync(long from, int limit, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var select = connection.CreateCommand();
        select.CommandText = "select idx, leaf from audit_entry where idx >= @from order by idx limit @limit";
        select.Bind("from", from).Bind("limit", (long)limit);
        var records = new List<AuditRecord>();
        await using var reader = await select.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            records.Add(LeafReader.Read(reader.GetInt64(0), (byte[])reader.GetValue(1)));
        return records;
    }
}
