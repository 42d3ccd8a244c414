using System.Data.Common;
using System.Security.Cryptography;
using DrmHub.Vault.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace DrmHub.Vault.Keys.Packagers;

/// <summary>
/// Packagers and their credentials, the same on every node. What <see cref="GetAsync"/> answers is at most <see cref="MaxAge"/> old: a
/// revocation on one node holds on all within a second, and where the database cannot be asked, nobody is admitted by an old list.
/// </summary>
public sealed class PackagerStore : IDisposable
{
    /// <summary>How old an answer may be before the database is asked for the version.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromMilliseconds(500);

    private readonly Database _database;
    private readonly PackagerSeal _seal;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly SemaphoreSlim _reading = new(1, 1);
    private Snapshot _snapshot;

    private readonly byte[] _nonceKey;

    private PackagerStore(Database database, PackagerSeal seal, byte[] nonceKey, TimeProvider time, ILogger log)
    {
        _nonceKey = nonceKey;
        _database = database;
        _seal = seal;
        _time = time;
        _log = log;
        _snapshot = new Snapshot(new PackagerDirectory(-1, [], []), long.MinValue);
    }

    /// <summary>Over the vault's database; both stay the caller's.</summary>
    public static async Task<PackagerStore> OpenAsync(Database database, KeyVault vault, TimeProvider? time = null, ILoggerFactory? loggers = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(database);
        ArgumentNullException.ThrowIfNull(vault);
        var key = await vault.GetOrCreateSecretAsync("packagers.credentials", 32, cancellationToken).ConfigureAwait(false);
        var nonceKey = await vault.GetOrCreateSecretAsync("packagers.nonces", 32, cancellationToken).ConfigureAwait(false);
        try
        {
            return new PackagerStore(database, new PackagerSeal(key), nonceKey, time ?? TimeProvider.System, (ILogger?)loggers?.CreateLogger<PackagerStore>() ?? NullLogger.Instance);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <exception cref="StorageException">The database does not answer.</exception>
    public ValueTask<PackagerDirectory> GetAsync(CancellationToken cancellationToken = default)
    {
        var snapshot = Volatile.Read(ref _snapshot);
        return IsFresh(snapshot) ? new ValueTask<PackagerDirectory>(snapshot.Directory) : new ValueTask<PackagerDirectory>(RefreshAsync(cancellationToken));
    }

    /// <summary>HMAC-SHA-256 under a key of the hub's own that is the same on all nodes: for nonces that none of them stores.</summary>
    /// <param name="message">What to authenticate.</param>
    /// <param name="mac">32 bytes.</param>
    public void Authenticate(ReadOnlySpan<byte> message, Span<byte> mac) => HMACSHA256.HashData(_nonceKey, message, mac);

    /// <summary>Adds a packager with its first credential.</summary>
    /// <param name="packager">Without times, which the store sets.</param>
    /// <param name="kind">The kind of the credential.</param>
    /// <param name="publicKey">For <see cref="CredentialKind.Certificate"/> and <see cref="CredentialKind.RsaSigner"/>: SubjectPublicKeyInfo in DER.</param>
    /// <param name="cancellationToken">Cancels before the change is made.</param>
    /// <returns>Null where there is, or was, a packager of that name: a name in the audit log means one packager for ever.</returns>
    /// <exception cref="ArgumentException">With everything that is outside its range.</exception>
    public async Task<IssuedCredential?> AddAsync(Packager packager, CredentialKind kind, byte[]? publicKey = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(packager);
        packager.Validate();
        var now = _time.GetUtcNow();
        var (issued, row) = MakeCredential(packager.Name, kind, publicKey, now);
        var added = await ChangeAsync(
            async transaction =>
            {
                if (!await PackagerTable.InsertAsync(transaction, packager with { CreatedAt = now }, cancellationToken).ConfigureAwait(false)) return false;
                await PackagerTable.InsertAsync(transaction, row, cancellationToken).ConfigureAwait(false);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
        return added ? issued : null;
    }

    /// <summary>A new credential in the place of those of its kind, or beside those of other kinds.</summary>
    /// <param name="name">The packager.</param>
    /// <param name="kind">The kind of the credential.</param>
    /// <param name="publicKey">As in <see cref="AddAsync"/>.</param>
    /// <param name="grace">How long the old ones of this kind still count; zero ends them now.</param>
    /// <param name="cancellationToken">Cancels before the change is made.</param>
    /// <returns>Null where there is no such packager, or it is revoked.</returns>
    public async Task<IssuedCredential?> RotateAsync(string name, CredentialKind kind, byte[]? publicKey, TimeSpan grace, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentOutOfRangeException.ThrowIfLessThan(grace, TimeSpan.Zero);
        var now = _time.GetUtcNow();
        var (issued, row) = MakeCredential(name, kind, publicKey, now);
        var end = now + grace;
        var done = await ChangeAsync(
            async transaction =>
            {
                if (!await PackagerTable.IsActiveAsync(transaction, name, cancellationToken).ConfigureAwait(false)) return false;
                if (grace == TimeSpan.Zero) await PackagerTable.DeleteAsync(transaction, name, kind.ToName(), cancellationToken).ConfigureAwait(false);
                else await PackagerTable.ExpireAsync(transaction, name, kind.ToName(), now.ToUnixTimeMilliseconds(), end.ToUnixTimeMilliseconds(), cancellationToken).ConfigureAwait(false);
                await PackagerTable.InsertAsync(transaction, row, cancellationToken).ConfigureAwait(false);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
        return done ? issued : null;
    }

    /// <summary>Nothing that the packager brings is accepted any more, for good.</summary>
    /// <returns>False where there is no such packager, or it is revoked already.</returns>
    public Task<bool> RevokeAsync(string name, CancellationToken cancellationToken = default) =>
        ChangeAsync(transaction => PackagerTable.RevokeAsync(transaction, name, _time.GetUtcNow().ToUnixTimeMilliseconds(), cancellationToken), cancellationToken);

    /// <summary>Takes the credentials of one kind away.</summary>
    /// <returns>False where there was none.</returns>
    public Task<bool> RevokeAsync(string name, CredentialKind kind, CancellationToken cancellationToken = default) =>
        ChangeAsync(async transaction => await PackagerTable.DeleteAsync(transaction, name, kind.ToName(), cancellationToken).ConfigureAwait(false) > 0, cancellationToken);

    public void Dispose()
    {
        _seal.Dispose();
        CryptographicOperations.ZeroMemory(_nonceKey);
        _reading.Dispose();
    }

    private bool IsFresh(Snapshot snapshot) => snapshot.CheckedAt != long.MinValue && _time.GetElapsedTime(snapshot.CheckedAt) < MaxAge;

    private async Task<PackagerDirectory> RefreshAsync(CancellationToken cancellationToken)
    {
        await _reading.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var snapshot = _snapshot;
            if (IsFresh(snapshot)) return snapshot.Directory;
            var checkedAt = _time.GetTimestamp(); // Before the question: the answer is at least as old as that.
            await using var connection = await _database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            var directory = snapshot.Directory;
            if (await PackagerTable.ReadVersionAsync(connection, cancellationToken).ConfigureAwait(false) != directory.Version)
                directory = await ReadAsync(connection, cancellationToken).ConfigureAwait(false);
            Volatile.Write(ref _snapshot, new Snapshot(directory, checkedAt));
            return directory;
        }
        catch (DbException exception)
        {
            throw new StorageException("The packagers' credentials cannot be read.", exception);
        }
        finally
        {
            _reading.Release();
        }
    }

    private async Task<PackagerDirectory> ReadAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        var (version, packagers, rows) = await PackagerTable.ReadAsync(connection, cancellationToken).ConfigureAwait(false);
        var byName = packagers.ToDictionary(packager => packager.Name, StringComparer.Ordinal);
        var credentials = new List<PackagerCredential>();
        foreach (var row in rows)
        {
            // One row that was tampered with, or is of a newer program, shuts out its owner and nobody else.
            if (!byName.TryGetValue(row.Packager, out var packager)) continue;
            if (CredentialKinds.TryParse(row.Kind, out var kind) && _seal.Open(row.Sealed, row.Id, row.Packager, kind, row.Identifier) is { } kept)
                credentials.Add(new PackagerCredential(packager, kind, row.Identifier, kept, DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAt), row.ExpiresAt is { } end ? DateTimeOffset.FromUnixTimeMilliseconds(end) : null));
            else
                _log.CredentialUnreadable(row.Packager);
        }

        return new PackagerDirectory(version, packagers, credentials);
    }

    private async Task<bool> ChangeAsync(Func<DbTransaction, Task<bool>> change, CancellationToken cancellationToken)
    {
        await using var connection = await _database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var transaction = await Database.BeginWriteAsync(connection, cancellationToken).ConfigureAwait(false);
        if (!await change(transaction).ConfigureAwait(false)) return false;
        await PackagerTable.ChangeVersionAsync(transaction, cancellationToken).ConfigureAwait(false);
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        Volatile.Write(ref _snapshot, _snapshot with { CheckedAt = long.MinValue });
        return true;
    }

    private (IssuedCredential Issued, PackagerTable.CredentialRow Row) MakeCredential(string packager, CredentialKind kind, byte[]? publicKey, DateTimeOffset now)
    {
        var (issued, kept) = kind switch
        {
            CredentialKind.Certificate => (new IssuedCredential(kind, Convert.ToHexStringLower(SHA256.HashData(PublicKey(publicKey))), null), Array.Empty<byte>()),
            CredentialKind.RsaSigner => (new IssuedCredential(kind, packager, null), PublicKey(publicKey)),
            _ => PackagerSecrets.Make(kind, packager),
        };
        var id = RandomNumberGenerator.GetBytes(16);
        var row = new PackagerTable.CredentialRow
        {
            Id = id,
            Packager = packager,
            Kind = kind.ToName(),
            Identifier = issued.Identifier,
            Sealed = _seal.Seal(kept, id, packager, kind, issued.Identifier),
            CreatedAt = now.ToUnixTimeMilliseconds(),
        };
        CryptographicOperations.ZeroMemory(kept.AsSpan());
        return (issued, row);
    }

    /// <summary>A copy: what is kept is zeroed after it was sealed.</summary>
    private static byte[] PublicKey(byte[]? publicKey) => publicKey is { Length: > 0 and <= 8192 } ? [.. publicKey] : throw new ArgumentException("The public key is missing, or longer than 8192 bytes.");

    private sealed record Snapshot(PackagerDirectory Directory, long CheckedAt);
}
