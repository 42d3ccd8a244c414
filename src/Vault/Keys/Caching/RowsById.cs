using System.Data.Common;
using DrmHub.Cenc;
using Microsoft.Extensions.Logging;

namespace DrmHub.Vault.Keys.Caching;

/// <summary>Rows by key id through a cache. While the database does not answer, what was cached serves for a bounded time more: keys do not change.</summary>
/// <param name="find">From the cache.</param>
/// <param name="findStale">From the cache, however old within the grace.</param>
/// <param name="read">Those that exist, from the database, and puts them into the cache.</param>
internal sealed class RowsById<TRow>(
    Func<KeyId, TRow?> find, Func<KeyId, TRow?> findStale, Func<IReadOnlyCollection<KeyId>, CancellationToken, Task<List<TRow>>> read, Func<TRow, KeyId> idOf, ILogger log)
    where TRow : class
{
    /// <summary>Ids up to which a repetition is looked for one by one.</summary>
    private const int Few = 16;

    /// <param name="fresh">True to ask the database though the cache has an answer.</param>
    /// <returns>In the order of the ids, each once.</returns>
    public async Task<TRow[]> ReadAsync(IReadOnlyList<KeyId> keyIds, bool fresh, CancellationToken cancellationToken)
    {
        if (!fresh && ReadCached(keyIds) is { } cached) return cached;
        var found = new Dictionary<KeyId, TRow>(keyIds.Count);
        var missing = new HashSet<KeyId>();
        foreach (var keyId in keyIds)
        {
            if (!fresh && find(keyId) is { } row) found[keyId] = row;
            else missing.Add(keyId);
        }

        if (missing.Count > 0) await ReadMissingAsync(missing, found, cancellationToken).ConfigureAwait(false);
        return [.. keyIds.Distinct().Where(found.ContainsKey).Select(keyId => found[keyId])];
    }

    /// <returns>Null where one is not in memory, where one comes twice, or where they are many.</returns>
    private TRow[]? ReadCached(IReadOnlyList<KeyId> keyIds)
    {
        if (keyIds.Count > Few) return null;
        var rows = new TRow[keyIds.Count];
        for (var i = 0; i < rows.Length; i++)
        {
            if (find(keyIds[i]) is not { } row) return null;
            for (var earlier = 0; earlier < i; earlier++)
                if (keyIds[earlier] == keyIds[i]) return null;
            rows[i] = row;
        }

        return rows;
    }

    private async Task ReadMissingAsync(HashSet<KeyId> missing, Dictionary<KeyId, TRow> found, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var row in await read(missing, cancellationToken).ConfigureAwait(false)) found[idOf(row)] = row;
        }
        catch (DbException exception)
        {
            // All that are asked for, or the failure: a caller must not take an outage for keys that do not exist.
            foreach (var keyId in missing)
            {
                if (findStale(keyId) is not { } row) throw;
                found[keyId] = row;
            }

            log.ServingStale(exception.Message);
        }
    }
}
