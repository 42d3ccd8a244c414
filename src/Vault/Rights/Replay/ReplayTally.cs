using DrmHub.Cenc;
using DrmHub.Vault.Audit.Encoding;

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
    public Decided Decide(in LeafRequest record, Dictionary<KeyId, RequestedKey> keys, Subscriber? subscriber, Subscriber? drafted)
    {
        if (RequestFacts.Read(record, keys) is not { } request) return default;
        var before = Entitlement.Decide(request, now, subscriber, policy);
        var after = Entitlement.Decide(request, draft, drafted, draftPolicy);
        var (gains, loses, changed) = (false, false, false);
        for (var i = 0; i < request.Keys.Count; i++)
        {
            gains |= after.Keys[i].Granted && !before.Keys[i].Granted;
            loses |= before.Keys[i].Granted && !after.Keys[i].Granted;
            changed |= record.Keys[i].Granted != before.Keys[i].Granted;
        }

        return new Decided(true, gains, loses, changed, gains || loses ? (before, after) : default);
    }

    public void Add(in LeafRequest record, in Decided decided)
    {
        if (!decided.IsRequest)
        {
            _skipped++;
            return;
        }

        _requests++;
        if (decided.Changed) _changedSince++;
        if (decided.Gains) Count(_gains, ref _gaining, record, decided.Decisions.Before, decided.Decisions.After);
        if (decided.Loses) Count(_losses, ref _losing, record, decided.Decisions.Before, decided.Decisions.After);
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

    private static void Count(Dictionary<(string?, string, string, string), ReplayChange> changes, ref long requests, in LeafRequest record, Decision before, Decision after)
    {
        requests++;
        var (left, right) = (Granted(before), Granted(after));
        var name = (record.Pseudonym, record.ContentId!, string.Join(' ', left), string.Join(' ', right));
        if (!changes.TryGetValue(name, out var change))
        {
            change = new ReplayChange { Pseudonym = record.Pseudonym, Content = record.ContentId!, Before = left, After = right };
            changes[name] = change;
        }

        change.Requests++;
        if (record.AtMs <= change.LastMs) return;

        // The reasons are those of the last request: entries come in no order.
        (change.LastMs, change.ReasonBefore, change.ReasonAfter) = (record.AtMs, before.Reason, after.Reason);
    }

    /// <summary>A recorded request, decided under the rights of now and under the draft. The decisions are kept where a key is gained or lost; the default is no request.</summary>
    internal readonly record struct Decided(bool IsRequest, bool Gains, bool Loses, bool Changed, (Decision Before, Decision After) Decisions);

    private static string[] Granted(Decision decision) =>
        [.. decision.Keys.Where(key => key.Granted).Select(key => key.Track?.ToName() ?? "OTHER").Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
}
