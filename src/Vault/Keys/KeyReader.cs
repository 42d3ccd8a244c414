using System.Data.Common;
using DrmHub.Cenc;
using DrmHub.Vault.Keys.Caching;
using DrmHub.Vault.Storage;
using Microsoft.Extensions.Logging;

namespace DrmHub.Vault.Keys;

/// <summary>Reads keys through the cache. While the database does not answer, what was cached serves for a bounded time more: keys do not change.</summary>
internal sealed class KeyReader(Database database, KeyCache cache, ILogger log)
{
    private readonly RowsById<KeyRow> _byId = new(
        id => cache.TryGetKey(id, out var row) ? row : null,
        id => cache.TryGetStaleKey(id, out var row) ? row : null,
        (ids, cancellationToken) => ReadAsync(database, cache, ids, cancellationToken),
        row => row.Info.KeyId,
        log);

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

    /// <inheritdoc cref="RowsById{TRow}.ReadAsync"/>
    public Task<KeyRow[]> ReadIdsAsync(IReadOnlyList<KeyId> keyIds, bool fresh, CancellationToken cancellationToken) => _byId.ReadAsync(keyIds, fresh, cancellationToken);

    private static async Task<List<KeyRow>> ReadAsync(Database database, KeyCache cache, IReadOnlyCollection<KeyId> keyIds, CancellationToken cancellationToken)
    {
        var ticket = cache.AskKeys();
        await using var connection = await database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        var rows = await KeyTable.ReadIdsAsync(connection, database.IsPostgreSql, keyIds, cancellationToken).ConfigureAwait(false);
        foreach (var row in rows) cache.PutKey(row, ticket);
        return rows;
    }

    private KnownKeys KnownOf(string contentId)
    {
        var known = new KnownKeys();
        if (cache.TryGetContent(contentId, out var rows)) known.Add(rows);
        return known;
    }
}
