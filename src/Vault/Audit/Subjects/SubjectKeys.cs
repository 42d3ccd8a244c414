using System.Collections.Concurrent;
using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using DrmHub.Vault.Keys;
using DrmHub.Vault.Storage;
using Microsoft.Data.Sqlite;
using Npgsql;
using NpgsqlTypes;

namespace DrmHub.Vault.Audit;

/// <summary>
/// Finds or makes the key of a subscriber. The table knows subscribers by a keyed hash only, and the keys in it are wrapped.
/// Keys that were used lately stay in memory for a minute, so that an erasure elsewhere is soon felt here.
/// </summary>
internal sealed class SubjectKeys(Database database, byte[] secret, TimeProvider time)
{
    private const int MaxCached = 100_000;
    private const int HandleSize = 16;
    private const int WrappedSize = 32 + SealedBox.Overhead;

    private readonly byte[] _handleKey = HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, 32, info: "drmhub/audit/handle/v1"u8.ToArray());
    private readonly byte[] _wrapKey = HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, 32, info: "drmhub/audit/wrap/v1"u8.ToArray());
    private readonly ConcurrentDictionary<string, (SubjectKey Key, long Until)> _cache = new(StringComparer.Ordinal);
    private int _cached; // About: the dictionary itself counts under all its locks.

    /// <summary>Whose key seals an entry: the subscriber's, else the actor's, else one that all unnamed callers of a month share.</summary>
    public static string? OwnerOf(AuditEntry entry, long at)
    {
        if (!Encoding.Leaf.HasPersonal(entry)) return null;
        if (entry.Subject is not null) return "subject:" + entry.Subject;
        return entry.Actor is not null ? "actor:" + entry.Actor : "unnamed:" + MonthOf(at);
    }

    private static string MonthOf(long at) =>
        DateTimeOffset.FromUnixTimeMilliseconds(at).ToString("yyyy-MM", System.Globalization.CultureInfo.InvariantCulture);

    public SubjectKey? Cached(string owner) =>
        _cache.TryGetValue(owner, out var hit) && hit.Until > time.GetUtcNow().ToUnixTimeMilliseconds() ? hit.Key : null;

    public void Forget(string owner) => _cache.TryRemove(owner, out _);

    public byte[] Handle(string owner) => HMACSHA256.HashData(_handleKey, System.Text.Encoding.UTF8.GetBytes(owner))[..HandleSize];

    /// <summary>The key as it is stored, or null where there is none (never written, or erased).</summary>
    public async Task<SubjectKey?> FindAsync(string owner, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        var handle = Handle(owner);
        var found = await ReadAsync(connection, handle, cancellationToken).ConfigureAwait(false);
        return found is null ? null : Unwrap(handle, found);
    }

    /// <summary>Pseudonyms in hex by subscriber, of those that have a key.</summary>
    public async Task<Dictionary<string, string>> FindPseudonymsAsync(IReadOnlyList<string> subjects, CancellationToken cancellationToken)
    {
        var handles = ManyCores.Map(subjects, subject => Handle("subject:" + subject));
        Dictionary<string, byte[]> stored;
        await using (var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false))
            stored = await ReadAllAsync(connection, handles, cancellationToken).ConfigureAwait(false);
        var pseudonyms = ManyCores.Map(handles, handle => stored.TryGetValue(Convert.ToHexString(handle), out var wrapped) ? Convert.ToHexStringLower(Unwrap(handle, wrapped).Pseudonym) : null);
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (subject, pseudonym) in subjects.Zip(pseudonyms))
            if (pseudonym is not null) found[subject] = pseudonym;
        return found;
    }

    /// <summary>Reads the keys, and makes the missing ones in one transaction, which is durable when this returns.</summary>
    public async Task<Dictionary<string, SubjectKey>> GetOrCreateAsync(IReadOnlyCollection<string> owners, int timeoutSeconds, CancellationToken cancellationToken)
    {
        var keys = new Dictionary<string, SubjectKey>(StringComparer.Ordinal);
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        var missing = owners.Select(owner => (Owner: owner, Handle: Handle(owner))).OrderBy(row => row.Handle, ByteOrder.Instance).ToList();
        await TakeAsync().ConfigureAwait(false);
        if (missing.Count == 0) return keys;
        await MakeAsync().ConfigureAwait(false);
        if (missing.Count > 0) await TakeAsync().ConfigureAwait(false); // Another node made them just now.
        return missing.Count == 0 ? keys : throw new StorageException("A subscriber's key was erased while it was asked for.");

        async Task TakeAsync()
        {
            var stored = await ReadAllAsync(connection, missing.ConvertAll(row => row.Handle), cancellationToken).ConfigureAwait(false);
            foreach (var (owner, handle) in missing)
            {
                if (!stored.TryGetValue(Convert.ToHexString(handle), out var wrapped)) continue;
                keys[owner] = Unwrap(handle, wrapped);
                Remember(owner, keys[owner]);
            }

            missing.RemoveAll(row => keys.ContainsKey(row.Owner));
        }

        async Task MakeAsync()
        {
            var made = ManyCores.Map(missing, row => NewKey(row.Handle));
            var handles = missing.ConvertAll(row => row.Handle);
            var wrapped = Array.ConvertAll(made, each => each.Wrapped);
            var inserted = database.IsPostgreSql
                ? await InsertPostgreSqlAsync((NpgsqlConnection)connection, handles, wrapped, timeoutSeconds, cancellationToken).ConfigureAwait(false)
                : await InsertSqliteAsync(connection, handles, wrapped, cancellationToken).ConfigureAwait(false);
            foreach (var ((owner, handle), (key, _)) in missing.Zip(made))
            {
                if (!inserted.Contains(Convert.ToHexString(handle))) continue;
                keys[owner] = key;
                Remember(owner, key);
            }

            missing.RemoveAll(row => keys.ContainsKey(row.Owner));
        }
    }

    /// <summary>By handle in hex: one round trip on PostgreSQL, a look-up each on SQLite, which has none.</summary>
    private async Task<Dictionary<string, byte[]>> ReadAllAsync(DbConnection connection, IReadOnlyList<byte[]> handles, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, byte[]>(handles.Count, StringComparer.Ordinal);
        if (!database.IsPostgreSql)
        {
            // One prepared statement in one read transaction: the file's lock is taken once.
            await using var transaction = ((SqliteConnection)connection).BeginTransaction(deferred: true);
            await using var look = Look(connection);
            look.Transaction = transaction;
            foreach (var handle in handles)
            {
                look.Parameters[0].Value = handle;
                if (await look.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is byte[] wrapped) found[Convert.ToHexString(handle)] = wrapped;
            }

            return found;
        }

        await using var select = new NpgsqlCommand("select handle, wrapped from audit_subject where handle = any($1)", (NpgsqlConnection)connection);
        select.Parameters.Add(new NpgsqlParameter { Value = handles.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea });
        await using var reader = await select.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false)) found[Convert.ToHexString(reader.GetFieldValue<byte[]>(0))] = reader.GetFieldValue<byte[]>(1);
        return found;
    }

    /// <returns>The handles, in hex, under which there was no key before.</returns>
    private async Task<HashSet<string>> InsertPostgreSqlAsync(NpgsqlConnection connection, List<byte[]> handles, byte[][] wrapped, int timeoutSeconds, CancellationToken cancellationToken)
    {
        // Handles come sorted: two nodes that make the same keys wait for each other instead of deadlocking.
        await using var insert = new NpgsqlCommand(
            "insert into audit_subject (handle, wrapped, created_at) select h, w, $3 from unnest($1, $2) as t(h, w) on conflict do nothing returning handle", connection)
        {
            CommandTimeout = timeoutSeconds,
        };
        insert.Parameters.Add(new NpgsqlParameter { Value = handles.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea });
        insert.Parameters.Add(new NpgsqlParameter { Value = wrapped, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea });
        insert.Parameters.Add(new NpgsqlParameter { Value = time.GetUtcNow().ToUnixTimeMilliseconds() });
        var inserted = new HashSet<string>(handles.Count, StringComparer.Ordinal);
        await using var reader = await insert.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false)) inserted.Add(Convert.ToHexString(reader.GetFieldValue<byte[]>(0)));
        return inserted;
    }

    /// <inheritdoc cref="InsertPostgreSqlAsync"/>
    private async Task<HashSet<string>> InsertSqliteAsync(DbConnection connection, List<byte[]> handles, byte[][] wrapped, CancellationToken cancellationToken)
    {
        var inserted = new HashSet<string>(handles.Count, StringComparer.Ordinal);
        await using var transaction = await Database.BeginWriteAsync(connection, cancellationToken).ConfigureAwait(false);
        await using var insert = connection.CreateCommand();
        insert.Transaction = transaction;
        insert.CommandText = "insert into audit_subject (handle, wrapped, created_at) values (@handle, @wrapped, @at) on conflict do nothing";
        insert.Bind("handle", Array.Empty<byte>()).Bind("wrapped", Array.Empty<byte>()).Bind("at", time.GetUtcNow().ToUnixTimeMilliseconds());
        for (var i = 0; i < handles.Count; i++)
        {
            insert.Parameters[0].Value = handles[i];
            insert.Parameters[1].Value = wrapped[i];
            if (await insert.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false) == 1) inserted.Add(Convert.ToHexString(handles[i]));
        }

        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        return inserted;
    }

    private static async Task<byte[]?> ReadAsync(DbConnection connection, byte[] handle, CancellationToken cancellationToken)
    {
        await using var select = Look(connection);
        select.Parameters[0].Value = handle;
        return await select.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) as byte[];
    }

    private static DbCommand Look(DbConnection connection)
    {
        var select = connection.CreateCommand();
        select.CommandText = "select wrapped from audit_subject where handle = @handle";
        return select.Bind("handle", Array.Empty<byte>());
    }

    private (SubjectKey Key, byte[] Wrapped) NewKey(byte[] handle)
    {
        var key = RandomNumberGenerator.GetBytes(32);
        using var aes = SealedBox.Cipher(_wrapKey);
        return (new SubjectKey(key), aes.Seal(key, handle));
    }

    private SubjectKey Unwrap(byte[] handle, byte[] wrapped)
    {
        if (wrapped.Length != WrappedSize) throw new StorageException("A subscriber's key row has a wrong length.");
        var key = new byte[32];
        using var aes = SealedBox.Cipher(_wrapKey);
        aes.Open(wrapped, key, handle);
        return new SubjectKey(key);
    }

    private void Remember(string owner, SubjectKey key)
    {
        if (Interlocked.Increment(ref _cached) > MaxCached)
        {
            _cache.Clear();
            _cached = 1;
        }

        _cache[owner] = (key, time.GetUtcNow().AddMinutes(1).ToUnixTimeMilliseconds());
    }

    private sealed class ByteOrder : IComparer<byte[]>
    {
        public static readonly ByteOrder Instance = new();

        public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
    }
}
