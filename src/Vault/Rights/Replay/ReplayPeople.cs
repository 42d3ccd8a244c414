using DrmHub.Vault.Audit;
using DrmHub.Vault.Audit.Encoding;

namespace DrmHub.Vault.Rights;

/// <summary>
/// Finds the subscribers behind pseudonyms, as far as the hub still can: each subscriber's pseudonym is computed once and compared. Of the
/// subscribers themselves only those are read whom an entry names. Beside each stands who it would be under the draft.
/// </summary>
internal sealed class ReplayPeople(RightsStore store, AuditLog audit, ReplayQuestion question)
{
    private const int Page = 5000;

    private readonly Dictionary<string, Subscriber?> _known = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Subscriber> _before = ById(question.Baseline);
    private readonly Dictionary<string, Subscriber> _drafted = ById(question.Draft);
    private Dictionary<string, string>? _ids;

    public Subscriber? FindBefore(string? pseudonym) => Find(pseudonym, _before);

    public Subscriber? FindDrafted(string? pseudonym) => Find(pseudonym, _drafted);

    public string? FindId(string? pseudonym) => pseudonym is not null && _known.ContainsKey(pseudonym) ? _ids?.GetValueOrDefault(pseudonym) : null;

    /// <summary>Reads whom these entries name. The first pseudonym makes it go through the ids of all subscribers; there is no way back from one pseudonym.</summary>
    public async Task LearnAsync(IReadOnlyList<LeafRequest> batch, CancellationToken cancellationToken)
    {
        var ids = new List<string>();
        var named = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var record in batch)
        {
            if (record.Pseudonym is not { } pseudonym || _known.ContainsKey(pseudonym)) continue;
            _ids ??= await ReadIdsAsync(cancellationToken).ConfigureAwait(false);
            _known[pseudonym] = null;
            if (!_ids.TryGetValue(pseudonym, out var id)) continue;
            ids.Add(id);
            named[id] = pseudonym;
        }

        foreach (var subscriber in await store.FindSubscribersAsync(ids, cancellationToken).ConfigureAwait(false)) _known[named[subscriber.Id]] = subscriber;
    }

    private Subscriber? Find(string? pseudonym, Dictionary<string, Subscriber> instead)
    {
        if (pseudonym is null) return null;
        return instead.Count > 0 && _ids?.GetValueOrDefault(pseudonym) is { } id && instead.TryGetValue(id, out var subscriber) ? subscriber : _known.GetValueOrDefault(pseudonym);
    }

    private static Dictionary<string, Subscriber> ById(RightsDraft? draft)
    {
        var byId = new Dictionary<string, Subscriber>(StringComparer.Ordinal);
        foreach (var subscriber in draft?.Subscribers ?? []) byId[subscriber.Id] = subscriber;
        return byId;
    }

    /// <returns>Ids by pseudonym.</returns>
    private async Task<Dictionary<string, string>> ReadIdsAsync(CancellationToken cancellationToken)
    {
        var ids = new Dictionary<string, string>(StringComparer.Ordinal);
        string[] known = question.Subscriber is { } only ? [only] : [.. _before.Keys, .. _drafted.Keys];
        foreach (var (id, pseudonym) in await audit.FindPseudonymsAsync(known, cancellationToken).ConfigureAwait(false)) ids[pseudonym] = id;
        if (question.Subscriber is not null) return ids;
        for (var after = ""; ;)
        {
            var page = await store.ListSubscriberIdsAsync(after, Page, cancellationToken).ConfigureAwait(false);
            if (page.Count == 0) return ids;
            foreach (var (id, pseudonym) in await audit.FindPseudonymsAsync(page, cancellationToken).ConfigureAwait(false)) ids[pseudonym] = id;
            after = page[^1];
        }
    }
}
