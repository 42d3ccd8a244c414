using System.Data.Common;
using DrmHub.Cenc;
using DrmHub.Vault.Keys.Caching;
using DrmHub.Vault.Storage;
using Microsoft.Extensions.Logging;

namespace DrmHub.Vault.Keys;

/// <summary>Reads keys through the cache. While the database does not answer, what was cached serves for a bounded time more: keys do not change.</summary>
internal sealed class KeyReader(Database database, KeyCache cache, ILogger log)
{
    /// <summary>Ids up to which a repetition is looked for one by one.</summary>
    private const int Few = 16;

    /// <summary>Answers from the cache a question whose keys are all there; a conflict is left to the database.</summary>
    public bool TryAnswer(KeyRequest request)
    {
        KnownKeys? ofContent = null;
        var answer = new (KeyRow Row, bool IsNew)[request.Specs.Count];
        for (var i = 0; i < answer.Length; i++)
        {
            var spec = request.Specs[i];
            var identity = request.IdentityOf(spec);
            if (!cache.TryGetNamed(identity, spec.RequestedKeyId, out var row))
            {
                ofContent ??= KnownOf(request.ContentId);
                row = ofContent.Find(identity, spec);
            }

            if (row is null || row.Identity != identity) return false;
            answer[i] = (row, false);
        }

        request.Answer = answer;
        return true;
    }

    /// <param name="fresh">True to ask the database though the cache has an answer.</param>
    public async Task<KeyRow[]> ReadContentAsync(string contentId, bool fresh, CancellationToken cancellationToken)
    {
        if (!fresh && cache.TryGetContent(contentId, out var cached)) return cached;
        var ticket = cache.AskContent(contentId);
        try
        {
            await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            var rows = (await KeyTable.ReadContentAsync(connection, contentId, cancellationToken).ConfigureAwait(false)).ToArray();
            cache.PutContent(contentId, rows, ticket);
            return rows;
        }
        catch (DbException exception) when (cache.TryGetStaleContent(contentId, out cached))
        {
            log.ServingStale(exception.Message);
            return cached;
        }
    }

    /// <returns>In the order of the ids, each once.</returns>
    public async Task<KeyRow[]> ReadIdsAsync(IReadOnlyList<KeyId> keyIds, bool fresh, CancellationToken cancellationToken)
    {
        if (!fresh && ReadCached(keyIds) is { } cached) return cached;
        var found = new Dictionary<KeyId, KeyRow>(keyIds.Count);
        var missing = new HashSet<KeyId>();
        foreach (var id in keyIds)
        {
            if (!fresh && cache.TryGetKey(id, out var row)) found[id] = row;
            else missing.Add(id);
        }

        if (missing.Count > 0) await ReadMissingAsync(missing, found, cancellationToken).ConfigureAwait(false);
        return [.. keyIds.Distinct().Where(found.ContainsKey).Select(id => found[id])];
    }

    /// <returns>Null where one is not in memory, where one comes twice, or where they are many.</returns>
    private KeyRow[]? ReadCached(IReadOnlyList<KeyId> keyIds)
    {
        if (keyIds.Count > Few) return null;
        var rows = new KeyRow[keyIds.Count];
        for (var i = 0; i < rows.Length; i++)
        {
            if (!cache.TryGetKey(keyIds[i], out var row)) return null;
            for (var earlier = 0; earlier < i; earlier++)
                if (keyIds[earlier] == keyIds[i]) return null;
            rows[i] = row;
        }

        return rows;
    }

    private async Task ReadMissingAsync(HashSet<KeyId> missing, Dictionary<KeyId, KeyRow> found, CancellationToken cancellationToken)
    {
        var ticket = cache.AskKeys();
        try
        {
            await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            foreach (var row in await KeyTable.ReadIdsAsync(connection, database.IsPostgreSql, missing, cancellationToken).ConfigureAwait(false))
            {
                found[row.Info.KeyId] = row;
                cache.PutKey(row, ticket);
            }
        }
        catch (DbException exception)
        {
            // All that are asked for, or the failure: a caller must not take an outage for keys that do not exist.
            foreach (var id in missing)
            {
                if (!cache.TryGetStaleKey(id, out var row)) throw;
                found[id] = row;
            }

            log.ServingStale(exception.Message);
        }
    }

    private KnownKeys KnownOf(string contentId)
    {
        var known = new KnownKeys();
        if (cache.TryGetContent(contentId, out var rows)) known.Add(rows);
        return known;
    }
}
