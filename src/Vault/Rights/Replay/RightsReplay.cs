using DrmHub.Cenc;
using DrmHub.Vault.Audit;
using DrmHub.Vault.Audit.Encoding;
using DrmHub.Vault.Keys;

namespace DrmHub.Vault.Rights;

/// <summary>
/// Decides the recorded licence requests of a time range again, under the rights of now and under a draft. Subscribers count as they are
/// now, at the time of the request; who was erased counts as nobody.
/// </summary>
public sealed class RightsReplay(RightsStore store, AuditLog audit, KeyStore keys)
{
    private const int Batch = 4000;
    private static readonly AuditKind[] s_kinds = [AuditKind.LicenseGranted, AuditKind.LicenseRefused, AuditKind.LicenseRenewed];

    /// <exception cref="RightsInvalidException">The question or its draft is not valid.</exception>
    public async Task<ReplayAnswer> RunAsync(ReplayQuestion question, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(question);
        if (question.Limit is < 0 or > 10_000) throw new RightsInvalidException([new RightsProblem("$.limit", RightsProblem.Range, "The limit is 0 to 10,000.")]);
        if (question.UntilMs <= question.FromMs) throw new RightsInvalidException([new RightsProblem("$.until", RightsProblem.Conflict, "The range ends after it begins.")]);
        var rights = await store.GetSnapshotAsync(cancellationToken).ConfigureAwait(false);
        var draft = question.Draft.ApplyTo(rights);
        var before = question.Baseline?.ApplyTo(rights) ?? rights;
        var policy = question.Baseline?.Policy ?? store.Options.Policy;
        var tally = new ReplayTally(before, draft, policy, question.Draft.Policy ?? store.Options.Policy);
        before.HashWith(policy); // Once, before both cores ask for it.
        var people = new ReplayPeople(store, audit, question);
        var known = new Dictionary<KeyId, RequestedKey>();
        var batch = new List<(long Index, byte[] Leaf)>(Batch);
        var deciding = Task.CompletedTask; // One batch is decided while the next is read.
        try
        {
            await foreach (var entry in audit.StreamUnorderedAsync(QueryFor(question), cancellationToken).ConfigureAwait(false))
            {
                batch.Add(entry);
                if (batch.Count < Batch) continue;
                await deciding.ConfigureAwait(false);
                var full = batch;
                batch = new List<(long Index, byte[] Leaf)>(Batch);
                deciding = Task.Run(() => DecideAsync(full), cancellationToken);
            }
        }
        finally
        {
            await deciding.ConfigureAwait(false);
        }

        await DecideAsync(batch).ConfigureAwait(false);
        return tally.ToAnswer(question.Limit, people);

        // Entries are read and decided on all cores, each for itself; what is asked of the database in between, and the counting, is of the whole batch.
        async Task DecideAsync(List<(long Index, byte[] Leaf)> entries)
        {
            var records = ManyCores.Map(entries, entry => LeafRequest.Read(entry.Index, entry.Leaf));
            await LearnKeysAsync(records, known, cancellationToken).ConfigureAwait(false);
            await people.LearnAsync(records, cancellationToken).ConfigureAwait(false);
            var decided = ManyCores.Map(records, record => tally.Decide(record, known, people.FindBefore(record.Pseudonym), people.FindDrafted(record.Pseudonym)));
            for (var i = 0; i < decided.Length; i++) tally.Add(records[i], decided[i]);
        }
    }

    private static AuditQuery QueryFor(ReplayQuestion question) => new()
    {
        Kinds = s_kinds,
        ContentId = question.Content,
        Subject = question.Subscriber,
        From = question.FromMs is { } from ? DateTimeOffset.FromUnixTimeMilliseconds(from) : null,
        Until = question.UntilMs is { } until ? DateTimeOffset.FromUnixTimeMilliseconds(until) : null,
    };

    /// <summary>What each key protects, asked for once. A key that is gone counts as what its entry calls it.</summary>
    private async Task LearnKeysAsync(LeafRequest[] batch, Dictionary<KeyId, RequestedKey> known, CancellationToken cancellationToken)
    {
        var missing = new Dictionary<KeyId, RecordedKey>();
        foreach (var record in batch)
            foreach (var key in record.Keys)
                if (!known.ContainsKey(key.KeyId)) missing[key.KeyId] = key;
        foreach (var chunk in missing.Keys.Chunk(500))
            foreach (var info in await keys.FindInfoAsync(chunk, cancellationToken).ConfigureAwait(false)) known[info.KeyId] = RequestedKeys.From(info);
        foreach (var chunk in missing.Keys.Where(id => !known.ContainsKey(id)).Chunk(500))
            foreach (var info in await keys.Entitlements.FindInfoAsync(chunk, cancellationToken).ConfigureAwait(false)) known[info.KeyId] = RequestedKeys.From(info);
        foreach (var key in missing.Values) known.TryAdd(key.KeyId, new RequestedKey(key.KeyId, TrackTypes.TryParse(key.Track, out var track) ? track : null, null));
    }
}
