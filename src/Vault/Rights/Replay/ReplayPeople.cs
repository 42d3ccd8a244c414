using DrmHub.Vault.Audit;

namespace DrmHub.Vault.Rights;

/// <summary>
/// Finds the subscribers behind pseudonyms, as far as the hub still can: each subscriber's pseudonym is computed once and compared. Of the
/// subscribers themselves only those are read whom an entry names.
/// </summary>
internal sealed class ReplayPeople(RightsStore store, AuditLog audit)
{
    private const int Page = 5000;

    private readonly Dictionary<string, Subscriber?> _known = new(StringComparer.Ordinal);
    private Dictionary<string, string>? _ids;

    public Subscriber? Find(string? pseudonym) => pseudonym is null ? null : _known.GetValueOrDefault(pseudonym);

    /// <summary>Reads whom these entries name. The first pseudonym makes it go through the ids of all subscribers; there is no way back from one pseudonym.</summary>
    public async Task LearnAsync(IReadOnlyList<AuditRecord> batch, CancellationToken cancellationToken)
    {
        var ids = new List<string>();
        var named = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pseudonym in batch.Select(record => record.Pseudonym).OfType<string>())
        {
            _ids ??= await ReadIdsAsync(cancellationToken).ConfigureAwait(false);
            if (!_known.TryAdd(pseudonym, null) || !_ids.TryGetValue(pseudonym, out var id)) continue;
            ids.Add(id);
            named[id] = pseudonym;
        }

        foreach (var subscriber in await store.FindSubscribersAsync(ids, cancellationToken).ConfigureAwait(false)) _known[named[subscriber.Id]] = subscriber;
    }

    /// <returns>Ids by pseudonym.</returns>
    private async Task<Dictionary<string, string>> ReadIdsAsync(CancellationToken cancellationToken)
    {
        var ids = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var after = ""; ;)
        {
            var page = await store.ListSubscriberIdsAsync(after, Page, cancellationToken).ConfigureAwait(false);
            if (page.Count == 0) return ids;
            foreach (var (id, pseudonym) in await audit.FindPseudonymsAsync(page, cancellationToken).ConfigureAwait(false)) ids[pseudonym] = id;
            after = page[^1];
        }
    }
}
