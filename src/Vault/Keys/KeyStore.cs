using System.Security.Cryptography;
using DrmHub.Cenc;
using DrmHub.Vault.Keys.Caching;
using DrmHub.Vault.Keys.Entitlements;
using DrmHub.Vault.Keys.MasterKeys;
using DrmHub.Vault.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace DrmHub.Vault.Keys;

/// <summary>
/// Content keys in custody. The same question gets the same key, on every node and for good; an answer leaves only after its
/// keys are durable. Keys are stored and cached sealed, and opened for each answer. Safe for concurrent use.
/// </summary>
public sealed class KeyStore : IAsyncDisposable
{
    public const int MaxContentIdBytes = 1024;

    /// <summary>Keys in one question.</summary>
    public const int MaxSpecs = 1024;

    private readonly Database _database;
    private readonly DataKeyring _ring;
    private readonly KeyCache _cache;
    private readonly KeyNotices _notices;
    private readonly KeyMaker _maker;
    private readonly KeyReader _reader;
    private readonly KeyWriter _writer;

    private KeyStore(Database database, DataKeyring ring, KeyMaker maker, KeyStoreOptions options, TimeProvider time, ILogger log)
    {
        var lifetime = database.IsPostgreSql || options.Cache.Lifetime < KeyCacheOptions.MaxLifetimeWithoutNotices ? options.Cache.Lifetime : KeyCacheOptions.MaxLifetimeWithoutNotices;
        _database = database;
        _ring = ring;
        _maker = maker;
        _cache = new KeyCache(options.Cache, lifetime, time);
        _notices = new KeyNotices(database, _cache, time, log);
        _reader = new KeyReader(database, _cache, log);
        _writer = new KeyWriter(database, ring, _cache, _notices, maker, time, log);
        Secrets = new SecretBox(database, ring, time);
        Periods = new KeyPeriods(database);
        Entitlements = new EntitlementStore(database, ring, maker, options.Cache, lifetime, time, log);
    }

    /// <summary>The crypto periods of contents that rotate their keys.</summary>
    public KeyPeriods Periods { get; }

    /// <summary>Keys that wrap content keys. No question for content keys finds one.</summary>
    public EntitlementStore Entitlements { get; }

    internal SecretBox Secrets { get; }

    /// <summary>Unwraps the data keys in use, one call to the master key for each. The database and the master key stay the caller's.</summary>
    /// <exception cref="MasterKeyException">There are keys and the master key opens none of them.</exception>
    public static async Task<KeyStore> OpenAsync(
        Database database,
        IMasterKey masterKey,
        KeyStoreOptions? options = null,
        TimeProvider? time = null,
        ILoggerFactory? loggers = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(database);
        ArgumentNullException.ThrowIfNull(masterKey);
        options ??= new KeyStoreOptions();
        time ??= TimeProvider.System;
        var log = (ILogger?)loggers?.CreateLogger<KeyStore>() ?? NullLogger.Instance;
        options.Validate();
        var maker = new KeyMaker(options.Derivation);
        var ring = await DataKeyring.OpenAsync(database, masterKey, options.DataKeys, time, log, cancellationToken).ConfigureAwait(false);
        var store = new KeyStore(database, ring, maker, options, time, log);
        await store._notices.Started.ConfigureAwait(false);
        return store;
    }

    /// <summary>1 to 1024 bytes of UTF-8, no control characters, no unpaired surrogates.</summary>
    public static bool IsValidContentId(string? contentId) => KeyText.IsValid(contentId, MaxContentIdBytes);

    /// <summary>
    /// Finds or creates one key for each spec, all or none of them, durable before this returns. Without a requested key id the
    /// key is named by content id, track, scheme and crypto period; with one, by that id alone.
    /// </summary>
    /// <returns>In the order of <paramref name="specs"/>; the caller disposes them.</returns>
    /// <exception cref="ArgumentException">The content id or a spec is outside its range, or there are more than <see cref="MaxSpecs"/>.</exception>
    /// <exception cref="KeyConflictException">A requested key id is in use for something else.</exception>
    /// <exception cref="KeyVaultException">A data key is out of reach, or a row was changed.</exception>
    /// <exception cref="StorageException">Too many callers wait.</exception>
    public async Task<IReadOnlyList<VaultKey>> GetOrCreateAsync(string contentId, IReadOnlyList<KeySpec> specs, CancellationToken cancellationToken = default)
    {
        CheckContentId(contentId);
        ArgumentNullException.ThrowIfNull(specs);
        if (specs.Count > MaxSpecs) throw new ArgumentException($"At most {MaxSpecs} keys can be asked for at once.", nameof(specs));
        foreach (var spec in specs) spec.Validate();
        if (specs.Count == 0) return [];

        var request = new KeyRequest(contentId, specs);
        // A cached row may be under a data key that a rotation has emptied since: then the database says where the key is now.
        if (_reader.TryAnswer(request) && TryOpenAll(RowsOf(request)) is { } cached) return cached;
        await _writer.WriteAsync(request, cancellationToken).ConfigureAwait(false);
        if (request.Conflict is not null) throw request.Conflict;
        return await OpenAllAsync(RowsOf(request), Array.ConvertAll(request.Answer!, static answer => answer.IsNew), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Every key of a content id, by crypto period, track and key id; none if it is unknown.</summary>
    /// <returns>The caller disposes them.</returns>
    /// <exception cref="ArgumentException">Not a content id.</exception>
    /// <exception cref="KeyVaultException">A data key is out of reach, or a row was changed.</exception>
    public Task<IReadOnlyList<VaultKey>> FindByContentAsync(string contentId, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(contentId);
        if (_cache.TryGetContent(contentId, out var rows) && TryOpenAll(rows) is { } keys) return Task.FromResult<IReadOnlyList<VaultKey>>(keys);
        return FindByContentCoreAsync(contentId, cancellationToken);
    }

    /// <summary>As <see cref="FindByContentAsync"/>, without opening a key.</summary>
    public async Task<IReadOnlyList<VaultKeyInfo>> FindInfoByContentAsync(string contentId, CancellationToken cancellationToken = default)
    {
        CheckContentId(contentId);
        var rows = await _reader.ReadContentAsync(contentId, fresh: false, cancellationToken).ConfigureAwait(false);
        return Array.ConvertAll(rows, row => row.Info);
    }

    /// <summary>Those of the keys that exist, in the order of <paramref name="keyIds"/>, each once.</summary>
    /// <returns>The caller disposes them.</returns>
    /// <exception cref="KeyVaultException">A data key is out of reach, or a row was changed.</exception>
    public async Task<IReadOnlyList<VaultKey>> FindAsync(IReadOnlyList<KeyId> keyIds, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(keyIds);
        var rows = await _reader.ReadIdsAsync(keyIds, fresh: false, cancellationToken).ConfigureAwait(false);
        return TryOpenAll(rows)
            ?? await OpenAllAsync(await _reader.ReadIdsAsync(keyIds, fresh: true, cancellationToken).ConfigureAwait(false), null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>As <see cref="FindAsync"/>, without opening a key.</summary>
    public async Task<IReadOnlyList<VaultKeyInfo>> FindInfoAsync(IReadOnlyList<KeyId> keyIds, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(keyIds);
        return Array.ConvertAll(await _reader.ReadIdsAsync(keyIds, fresh: false, cancellationToken).ConfigureAwait(false), row => row.Info);
    }

    /// <summary>Takes a key that was made elsewhere into custody, under its own key id. What is there already stays as it is.</summary>
    /// <param name="spec">With a requested key id.</param>
    /// <param name="key">Stays the caller's.</param>
    /// <returns>True where the key is new here.</returns>
    /// <exception cref="ArgumentException">The content id or the spec is outside its range, or there is no key id.</exception>
    /// <exception cref="KeyConflictException">The key id is in use for something else, or with another key.</exception>
    public async Task<bool> ImportAsync(string contentId, KeySpec spec, ContentKey key, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(spec);
        ArgumentNullException.ThrowIfNull(key);
        if (spec.RequestedKeyId is not { } keyId) throw new ArgumentException("A key that is imported has a key id.", nameof(spec));
        using var stored = (await GetOrCreateAsync(contentId, [spec with { Imported = key }], cancellationToken).ConfigureAwait(false))[0];
        return stored.Key.SameAs(key) ? stored.IsNew : throw new KeyConflictException(keyId, ["key"]);
    }

    /// <summary>Answers who waits, then zeroes the data keys.</summary>
    public async ValueTask DisposeAsync()
    {
        await _writer.DisposeAsync().ConfigureAwait(false);
        await _notices.DisposeAsync().ConfigureAwait(false);
        await _ring.DisposeAsync().ConfigureAwait(false);
        _maker.Dispose();
    }

    private static void CheckContentId(string contentId)
    {
        ArgumentNullException.ThrowIfNull(contentId);
        if (!IsValidContentId(contentId)) throw new ArgumentException($"A content id is 1 to {MaxContentIdBytes} bytes of text without control characters.", nameof(contentId));
    }

    private static KeyRow[] RowsOf(KeyRequest request) => Array.ConvertAll(request.Answer!, static answer => answer.Row);

    /// <summary>A cached row may be under a data key that a rotation has emptied since: then the database says where the key is now.</summary>
    private async Task<IReadOnlyList<VaultKey>> FindByContentCoreAsync(string contentId, CancellationToken cancellationToken)
    {
        CheckContentId(contentId);
        var rows = await _reader.ReadContentAsync(contentId, fresh: false, cancellationToken).ConfigureAwait(false);
        return TryOpenAll(rows)
            ?? await OpenAllAsync(await _reader.ReadContentAsync(contentId, fresh: true, cancellationToken).ConfigureAwait(false), null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Opens keys whose data keys are all in memory; null if one is not.</summary>
    private VaultKey[]? TryOpenAll(KeyRow[] rows)
    {
        foreach (var row in rows)
        {
            if (!_ring.TryGet(row.DataKeyId, out _)) return null;
        }

        return OpenAll(rows, null);
    }

    private async Task<IReadOnlyList<VaultKey>> OpenAllAsync(KeyRow[] rows, bool[]? areNew, CancellationToken cancellationToken)
    {
        foreach (var row in rows) await _ring.GetAsync(row.DataKeyId, cancellationToken).ConfigureAwait(false);
        return OpenAll(rows, areNew);
    }

    private VaultKey[] OpenAll(KeyRow[] rows, bool[]? areNew)
    {
        var keys = new VaultKey[rows.Length];
        try
        {
            for (var i = 0; i < rows.Length; i++)
            {
                if (!_ring.TryGet(rows[i].DataKeyId, out var dataKey)) throw new KeyVaultException("The key store was closed.");
                keys[i] = new VaultKey(rows[i].Info, KeyEnvelope.Open(dataKey!, rows[i]), areNew?[i] ?? false);
            }

            return keys;
        }
        catch (Exception exception)
        {
            foreach (var key in keys) key?.Dispose();
            if (exception is CryptographicException) throw new KeyVaultException("The row of a key was changed, or belongs to another key.", exception);
            throw;
        }
    }
}
