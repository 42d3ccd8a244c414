using DrmHub.Vault.Storage;

namespace DrmHub.Vault.Keys.Entitlements;

/// <summary>Moves entitlement keys to the active data key; for <see cref="KeyRotation"/>.</summary>
internal sealed class EntitlementResealer(Database database, DataKeyring ring)
{
    private const int BatchSize = 500;

    /// <summary>Seals again every entitlement key under a retired data key, a batch in each transaction.</summary>
    /// <exception cref="KeyVaultException">A row was changed, or another rotation runs; what was done stays done.</exception>
    public async Task ResealAsync(DataKey old, CancellationToken cancellationToken)
    {
        while (true)
        {
            await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            var rows = await EntitlementTable.ReadDataKeyAsync(connection, old.Id, BatchSize, cancellationToken).ConfigureAwait(false);
            if (rows.Count == 0) return;
            var active = await ring.GetActiveAsync(cancellationToken).ConfigureAwait(false);
            await using var transaction = await Database.BeginWriteAsync(connection, cancellationToken).ConfigureAwait(false);
            if (await KeyTable.CountAsync(transaction, active.Id, rows.Count, cancellationToken).ConfigureAwait(false) is null) throw new KeyVaultException("Another rotation runs at the same time.");
            foreach (var row in rows)
            {
                using var key = EntitlementEnvelope.Open(old, row);
                await EntitlementTable.ResealAsync(transaction, old.Id, row with { DataKeyId = active.Id, Sealed = EntitlementEnvelope.Seal(active, row, key) }, cancellationToken).ConfigureAwait(false);
            }

            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
