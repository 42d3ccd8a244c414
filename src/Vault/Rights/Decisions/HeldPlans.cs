using DrmHub.Cenc;

namespace DrmHub.Vault.Rights;

/// <summary>The plans of a snapshot by number, so that a decision compares numbers in place of names: those that somebody described, and those that a deal names.</summary>
internal sealed class HeldPlans
{
    /// <summary>The number of a plan that neither anybody described nor a deal names.</summary>
    public const int Unknown = -1;

    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly List<Plan> _plans = [];

    public HeldPlans(RightsDocuments documents)
    {
        foreach (var plan in documents.Plans) Add(plan.Id, plan);
        foreach (var deal in documents.Deals)
            foreach (var id in deal.Plans) Add(id, null);
    }

    public int NumberOf(string id) => _numbers.TryGetValue(id, out var number) ? number : Unknown;

    public Plan? At(int number) => number == Unknown ? null : _plans[number];

    public static ulong BitOf(int number) => number == Unknown ? 0 : 1UL << (number & 63);

    private void Add(string id, Plan? plan)
    {
        if (_numbers.TryAdd(id, _plans.Count)) _plans.Add(plan ?? new Plan { Id = id, Name = id });
    }
}

/// <summary>One plan of the subscriber or of the token, as it stands at the time of the request.</summary>
/// <param name="Verdict"><see cref="Verdict.Granted"/> where it is held; else why it is not.</param>
/// <param name="EndMs">Until when it is held, in UTC milliseconds, exclusive.</param>
internal readonly record struct HeldPlan(int Number, TrackType MaxTrack, Verdict Verdict, long EndMs);
