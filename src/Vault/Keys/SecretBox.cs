using System.Security.Cryptography;
using System.Text;
using Dapper;
using DrmHub.Vault.Storage;

namespace DrmHub.Vault.Keys;

/// <summary>
/// The hub's own secrets: random bytes with a name, made when first asked for, the same on every node. In a <see cref="SealedBox"/> under
/// a data key; the associated data is a label, the data key id and the name.
/// </summary>
internal sealed class SecretBox(Database database, DataKeyring ring, TimeProvider time)
{
    public const int MaxSize = 1024;
    public const int MaxNameBytes = 128;

    private const string Select = "select name as Name, data_key_id as DataKey, sealed as Sealed from secrets";

    /// <returns>The bytes in a pinned array; the caller zeroes it when it is done.</returns>
    /// <exception cref="KeyVaultException">The data key is out of reach, the row was changed, or the secret has another size.</exception>
    public async Task<byte[]> GetOrCreateAsync(string name, int size, CancellationToken cancellationToken)
    {
        while (true)
        {
            await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            var row = await connection.QuerySingleOrDefaultAsync<Row>(new CommandDefinition(Select + " where name = @name", new { name }, cancellationToken: cancellationToken)).ConfigureAwait(false);
            if (row is not null)
            {
                var secret = Open(await ring.GetAsync(new Guid(row.DataKey, bigEndian: true), cancellationToken).ConfigureAwait(false), row);
                return secret.Length == size ? secret : throw new KeyVaultException($"The secret {name} has {secret.Length} bytes, not {size}.");
            }

            // Whoever inserts first decides; the loop reads what is there.
            var key = await ring.GetActiveAsync(cancellationToken).ConfigureAwait(false);
            var fresh = GC.AllocateUninitializedArray<byte>(size, pinned: true);
            RandomNumberGenerator.Fill(fresh);
            var box = Seal(key, name, fresh);
            CryptographicOperations.ZeroMemory(fresh);
            await using var transaction = await Database.BeginWriteAsync(connection, cancellationToken).ConfigureAwait(false);
            if (await KeyTable.CountAsync(transaction, key.Id, 1, cancellationToken).ConfigureAwait(false) is null)
            {
                ring.ForgetActive(key);
                continue;
            }

            await connection.ExecuteAsync(new CommandDefinition(
                "insert into secrets (name, data_key_id, sealed, created_at) values (@name, @dataKey, @box, @now) on conflict do nothing",
                new { name, dataKey = DataKeyTable.ToBytes(key.Id), box, now = time.GetUtcNow().ToUnixTimeMilliseconds() },
                transaction,
                cancellationToken: cancellationToken)).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Seals again every secret under a retired data key; for <see cref="KeyRotation"/>.</summary>
    public async Task ResealAsync(DataKey old, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        var rows = await connection.QueryAsync<Row>(new CommandDefinition(Select + " where data_key_id = @id", new { id = DataKeyTable.ToBytes(old.Id) }, cancellationToken: cancellationToken)).ConfigureAwait(false);
        foreach (var row in rows.ToArray())
        {
            var active = await ring.GetActiveAsync(cancellationToken).ConfigureAwait(false);
            var secret = Open(old, row);
            var box = Seal(active, row.Name, secret);
            CryptographicOperations.ZeroMemory(secret);
            await using var transaction = await Database.BeginWriteAsync(connection, cancellationToken).ConfigureAwait(false);
            if (await KeyTable.CountAsync(transaction, active.Id, 1, cancellationToken).ConfigureAwait(false) is null) throw new KeyVaultException("Another rotation runs at the same time.");
            await connection.ExecuteAsync(new CommandDefinition(
                "update secrets set data_key_id = @new, sealed = @box where name = @name and data_key_id = @old",
                new { @new = DataKeyTable.ToBytes(active.Id), box, name = row.Name, old = row.DataKey },
                transaction,
                cancellationToken: cancellationToken)).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static byte[] Seal(DataKey key, string name, ReadOnlySpan<byte> secret) => key.Seal(secret, AssociatedData(key.Id, name));

    private static byte[] Open(DataKey key, Row row)
    {
        var size = row.Sealed.Length - SealedBox.Overhead;
        if (size <= 0) throw new KeyVaultException($"The row of the secret {row.Name} was changed.");
        var secret = GC.AllocateUninitializedArray<byte>(size, pinned: true);
        try
        {
            key.Open(row.Sealed, secret, AssociatedData(key.Id, row.Name));
            return secret;
        }
        catch (CryptographicException exception)
        {
            throw new KeyVaultException($"The row of the secret {row.Name} was changed.", exception);
        }
    }

    private static byte[] AssociatedData(Guid dataKeyId, string name) =>
        [.. "DrmHub secret v1"u8, .. DataKeyTable.ToBytes(dataKeyId), .. Encoding.UTF8.GetBytes(name)];

    private sealed class Row
    {
        public string Name { get; init; } = "";

        public byte[] DataKey { get; init; } = [];

        public byte[] Sealed { get; init; } = [];
    }
}
