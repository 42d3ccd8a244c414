using DrmHub.Cenc;
using DrmHub.Vault.Audit;

namespace DrmHub.Vault.Rights;

/// <summary>Counts what changes from one set of rights to another.</summary>
internal sealed class ReplayTally(RightsSnapshot now, RightsSnapshot draft, DevicePolicy policy, DevicePolicy draftPolicy)
{
    private readonly Dictionary<(string?, string, string, string), ReplayChange> _gains = [];
    private readonly Dictionary<(string?, string, string, string), ReplayChange> _losses = [];
    private long _requests;
    private long _skipped;
    private long _changedSince;
    private long _gaining;
    private long _losing;

    /// <summary>Decides a recorded request under both. Changes nothing, so that many are decided at once.</summary>
    /// <param name="subscriber">Who asked.</param>
    /// <param name="drafted">The same under the draft.</param>
    /// <returns>Null where the entry records no request.</returns>
    public Decided? Decide(AuditRecord record, Dictionary<KeyId, RequestedKey> keys, Subscriber? subscriber, Subscriber? drafted)
    {
        if (RequestFacts.Read(record) is not { } request) return null;
        request = request with { Keys = [.. record.Keys.Select(key => keys[key.KeyId])] };
        var before = Entitlement.Decide(request, now, subscriber, policy);
        var after = Entitlement.Decide(request, draft, drafted, draftPolicy);
        var (gains, loses, changed) = (false, false, false);
        for (var i = 0; i < request.Keys.Count; i++)
        {
            gains |= after.Keys[i].Granted && !before.Keys[i].Granted;
            loses |= before.Keys[i].Granted && !after.Keys[i].Granted;
            changed |= record.Keys[i].Granted != before.Keys[i].Granted;
        }

        return new Decided(record, before, after, gains, loses, changed);
    }

    public void Add(Decided? decided)
    {
        if (decided is null)
        {
            _skipped++;
            return;
        }

        _requests++;
        if (decided.Changed) _changedSince++;
        if (decided.Gains) Count(_gains, ref _gaining, decided.Record, decided.Before, decided.After);
        if (decided.Loses) Count(_losses, ref _losing, decided.Record, decided.Before, decided.After);
    }

    public ReplayAnswer ToAnswer(int limit, ReplayPeople people) => new()
    {
        Requests = _requests,
        Skipped = _skipped,
        ChangedSince = _changedSince,
        GainingRequests = _gaining,
        LosingRequests = _losing,
        Gains = Top(_gains, limit, people),
        Losses = Top(_losses, limit, people),
        GainsTotal = _gains.Count,
        LossesTotal = _losses.Count,
        PolicyHash = draft.HashWith(draftPolicy),
    };

    private static ReplayChange[] Top(Dictionary<(string?, string, string, string), ReplayChange> changes, int limit, ReplayPeople people) =>
        [.. changes.Values.OrderByDescending(change => change.Requests).ThenBy(change => change.Content, StringComparer.Ordinal).ThenBy(change => change.Pseudonym, StringComparer.Ordinal)
            .Take(limit).Select(change => change with { Subscriber = people.FindId(change.Pseudonym) })];

    private static void Count(Dictionary<(string?, string, string, string), ReplayChange> changes, ref long requests, AuditRecord record, Decision before, Decision after)
    {
        requests++;
        var (left, right) = (Granted(before), Granted(after));
        var name = (record.Pseudonym, record.ContentId!, string.Join(' ', left), string.Join(' ', right));
        if (!changes.TryGetValue(name, out var change))
        {
            change = new ReplayChange { Pseudonym = record.Pseudonym, Content = record.ContentId!, Before = left, After = right, ReasonBefore = before.Reason, ReasonAfter = after.Reason };
            changes[name] = change;
        }

        change.Requests++;
        var at = record.At.ToUnixTimeMilliseconds();
        if (change.LastMs is null || at > change.LastMs) change.LastMs = at;
    }

    /// <summary>A recorded request, decided under the rights of now and under the draft.</summary>
    internal sealed record Decided(AuditRecord Record, Decision Before, Decision After, bool Gains, bool Loses, bool Changed);

    private static string[] Granted(Decision decision) =>
        [.. decision.Keys.Where(key => key.Granted).Select(key => key.Track?.ToName() ?? "OTHER").Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
}
