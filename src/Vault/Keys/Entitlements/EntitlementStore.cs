using System.Data.Common;
using DrmHub.Cenc;
using DrmHub.Vault.Keys.Caching;
using DrmHub.Vault.Storage;
using Microsoft.Extensions.Logging;

namespace DrmHub.Vault.Keys.Entitlements;

/// <summary>
/// Entitlement keys in custody: one for each track of a content, the same on every node and over all crypto periods. They are found here and nowhere
/// else: what asks <see cref="KeyStore"/> for content keys never meets one. Safe for concurrent use.
/// </summary>
public sealed class EntitlementStore
{
    /// <summary>Tracks in one question.</summary>
    public const int MaxTracks = 128;

    private readonly Database _database;
    private readonly DataKeyring _ring;
    private readonly KeyMaker _maker;
    private readonly BoundedCache<KeyId, EntitlementRow> _cache;
    private readonly RowsById<EntitlementRow> _byId;
    private readonly TimeProvider _time;

    internal EntitlementStore(Database database, DataKeyring ring, KeyMaker maker, KeyCacheOptions cache, TimeSpan lifetime, TimeProvider time, ILogger log)
    {
        _database = database;
        _ring = ring;
        _maker = maker;
        _cache = new BoundedCache<KeyId, EntitlementRow>(cache.Capacity, lifetime, cache.Grace, time);
        _byId = new RowsById<EntitlementRow>(
            id => _cache.TryGet(id, out var row) ? row : null, id => _cache.TryGetStale(id, out var row) ? row : null, ReadAsync, row => row.KeyId, log);
        _time = time;
    }

    /// <summary>Finds or creates the entitlement key of each track, durable before this returns.</summary>
    /// <param name="contentId">1 to 1024 bytes of text.</param>
    /// <param name="tracks">Labels, each 1 to 128 bytes of text and there once; up to <see cref="MaxTracks"/>.</param>
    /// <param name="cancellationToken">Cancels the wait; keys that were already made stay made.</param>
    /// <returns>In the order of <paramref name="tracks"/>; the caller disposes them.</returns>
    /// <exception cref="ArgumentException">A name is outside its range.</exception>
    /// <exception cref="KeyVaultException">A data key is out of reach, or a row was changed.</exception>
    public async Task<IReadOnlyList<VaultKey>> GetOrCreateAsync(string contentId, IReadOnlyList<string> tracks, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tracks);
        if (!KeyStore.IsValidContentId(contentId)) throw new ArgumentException("This is not a content id.", nameof(contentId));
        if (tracks.Count > MaxTracks || tracks.Distinct(StringComparer.Ordinal).Count() != tracks.Count || tracks.Any(track => !KeyText.IsValid(track, KeySpec.MaxTrackBytes)))
            throw new ArgumentException($"Tracks are up to {MaxTracks} different labels, each 1 to {KeySpec.MaxTrackBytes} bytes of text.", nameof(tracks));
        while (true)
        {
            await using var connection = await _database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            var rows = (await EntitlementTable.ReadContentAsync(connection, contentId, cancellationToken).ConfigureAwait(false)).ToDictionary(row => row.Track, StringComparer.Ordinal);
            var missing = tracks.Where(track => !rows.ContainsKey(track)).ToList();
            if (missing.Count == 0) return await OpenAllAsync([.. tracks.Select(track => rows[track])], cancellationToken).ConfigureAwait(false);
            await CreateAsync(connection, contentId, missing, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Those of the keys that exist, in the order of <paramref name="keyIds"/>, each once.</summary>
    /// <returns>The caller disposes them.</returns>
    /// <exception cref="KeyVaultException">A data key is out of reach, or a row was changed.</exception>
    public async Task<IReadOnlyList<VaultKey>> FindAsync(IReadOnlyList<KeyId> keyIds, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(keyIds);
        var rows = await _byId.ReadAsync(keyIds, fresh: false, cancellationToken).ConfigureAwait(false);

        // A cached row may be under a data key that a rotation has emptied since: then the database says where the key is now.
        if (Array.Exists(rows, row => !_ring.TryGet(row.DataKeyId, out _))) rows = await _byId.ReadAsync(keyIds, fresh: true, cancellationToken).ConfigureAwait(false);
        return await OpenAllAsync(rows, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>As <see cref="FindAsync"/>, without opening a key.</summary>
    public async Task<IReadOnlyList<VaultKeyInfo>> FindInfoAsync(IReadOnlyList<KeyId> keyIds, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(keyIds);
        return [.. (await _byId.ReadAsync(keyIds, fresh: false, cancellationToken).ConfigureAwait(false)).Select(row => row.Describe())];
    }

    /// <summary>The entitlement keys of a content, by track; none where it has none.</summary>
    /// <returns>The caller disposes them.</returns>
    /// <exception cref="KeyVaultException">A data key is out of reach, or a row was changed.</exception>
    public async Task<IReadOnlyList<VaultKey>> FindByContentAsync(string contentId, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(contentId);
        await using var connection = await _database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        return await OpenAllAsync(await EntitlementTable.ReadContentAsync(connection, contentId, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
    }

    private async Task CreateAsync(DbConnection connection, string contentId, List<string> tracks, CancellationToken cancellationToken)
    {
        var dataKey = await _ring.GetActiveAsync(cancellationToken).ConfigureAwait(false);

        // Milliseconds, as the row will say; and an order that all nodes share, so that two of them never wait for each other in a circle.
        var now = DateTimeOffset.FromUnixTimeMilliseconds(_time.GetUtcNow().ToUnixTimeMilliseconds());
        tracks.Sort(StringComparer.Ordinal);
        await using var transaction = await Database.BeginWriteAsync(connection, cancellationToken).ConfigureAwait(false);
        if (await KeyTable.CountAsync(transaction, dataKey.Id, tracks.Count, cancellationToken).ConfigureAwait(false) is not { } count)
        {
            _ring.ForgetActive(dataKey);
            return;
        }

        foreach (var track in tracks)
        {
            var (keyId, made) = _maker.MakeEntitlement(contentId, track);
            using var key = made;
            var row = new EntitlementRow(keyId, contentId, track, dataKey.Id, [], now);
            await EntitlementTable.InsertAsync(transaction, row with { Sealed = EntitlementEnvelope.Seal(dataKey, row, key) }, cancellationToken).ConfigureAwait(false);
        }

        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        _ring.ReportCount(dataKey, count);
    }

    private async Task<List<EntitlementRow>> ReadAsync(IReadOnlyCollection<KeyId> keyIds, CancellationToken cancellationToken)
    {
        var ticket = _cache.Ask(stripe: 0);
        await using var connection = await _database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        var rows = await EntitlementTable.ReadAsync(connection, _database.IsPostgreSql, keyIds, cancellationToken).ConfigureAwait(false);
        foreach (var row in rows) _cache.Put(row.KeyId, row, weight: 1, ticket);
        return rows;
    }

    private async Task<VaultKey[]> OpenAllAsync(IReadOnlyList<EntitlementRow> rows, CancellationToken cancellationToken)
    {
        var keys = new VaultKey[rows.Count];
        try
        {
            for (var i = 0; i < keys.Length; i++)
                keys[i] = new VaultKey(rows[i].Describe(), EntitlementEnvelope.Open(await _ring.GetAsync(rows[i].DataKeyId, cancellationToken).ConfigureAwait(false), rows[i]));
            return keys;
        }
        catch
        {
            foreach (var key in keys) key?.Dispose();
            throw;
        }
    }
}
