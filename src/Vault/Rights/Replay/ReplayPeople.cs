using DrmHub.Vault.Audit;

namespace DrmHub.Vault.Rights;

/// <summary>Finds the subscribers behind pseudonyms, as far as the hub still can: each subscriber's pseudonym is computed once and compared.</summary>
internal sealed class ReplayPeople(RightsStore store, AuditLog audit)
{
    private readonly Dictionary<string, Subscriber?> _known = new(StringComparer.Ordinal);
    private bool _all;

    public Subscriber? Find(string? pseudonym) => pseudonym is null ? null : _known.GetValueOrDefault(pseudonym);

    /// <summary>The first unknown pseudonym makes it go through all subscribers; there is no way back from one pseudonym.</summary>
    public async Task LearnAsync(List<AuditRecord> batch, CancellationToken cancellationToken)
    {
        if (_all || !batch.Exists(record => record.Pseudonym is not null)) return;
        _all = true;
        for (var after = ""; ;)
        {
            var page = await store.ListAsync(RightsKinds.Subscribers, after, 1000, cancellationToken).ConfigureAwait(false);
            if (page.Count == 0) return;
            var pseudonyms = await audit.FindPseudonymsAsync([.. page.Select(subscriber => subscriber.Id)], cancellationToken).ConfigureAwait(false);
            foreach (var subscriber in page)
                if (pseudonyms.TryGetValue(subscriber.Id, out var pseudonym)) _known[pseudonym] = subscriber;
            after = page[^1].Id;
        }
    }
}
