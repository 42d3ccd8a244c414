using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace DrmHub.Vault.Rights;

/// <summary>The filters of a list, read from an address.</summary>
internal sealed class RightsFilters
{
    public const int DefaultLimit = 100;
    public const int MaxLimit = 1000;

    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    public int Limit { get; private init; } = DefaultLimit;

    /// <summary>The last id of the page before.</summary>
    public string After { get; private init; } = "";

    /// <summary>Names of the filters of a kind, beside <c>limit</c> and <c>cursor</c>.</summary>
    public static IReadOnlyList<string> NamesFor(RightsKind kind) => kind.Name switch
    {
        "deal" => ["content", "licensor", "plan", "territory"],
        "title" => ["collection"],
        "takedown" => ["content"],
        "subscriber" => ["status", "plan"],
        _ => [],
    };

    /// <returns>Null with a sentence where a filter is unknown or malformed: one that is ignored would answer another question than the one that was asked.</returns>
    public static RightsFilters? Read(IQueryCollection query, IReadOnlyList<string> names, out string problem)
    {
        problem = "";
        var limit = DefaultLimit;
        var after = "";
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, found) in query)
        {
            if (found.Count != 1 || string.IsNullOrEmpty(found[0])) problem = $"The filter '{name}' has one value.";
            else if (name == "limit") limit = int.TryParse(found[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
            else if (name == "cursor") after = found[0]!;
            else if (names.Contains(name, StringComparer.Ordinal)) values[name] = found[0]!;
            else problem = $"There is no filter '{name}'. There are: {string.Join(", ", names.Concat(["limit", "cursor"]))}.";
        }

        if (limit is < 1 or > MaxLimit) problem = $"The limit is 1 to {MaxLimit}.";
        if (problem.Length > 0) return null;
        var filters = new RightsFilters { Limit = limit, After = after };
        foreach (var (name, value) in values) filters._values[name] = value;
        return filters;
    }

    public string? this[string name] => _values.GetValueOrDefault(name);

    public bool Passes(object document, RightsSnapshot rights) => document switch
    {
        Deal deal => Is("licensor", deal.Licensor)
            && (this["plan"] is not { } plan || deal.Plans.Contains(plan))
            && (this["territory"] is not { } territory || new CountrySet(deal.Territories, deal.TerritoriesExcluded).Contains(CountrySet.IndexOf(territory)))
            && (this["content"] is not { } content || rights.DealsFor(content).Contains(deal)),
        Title title => this["collection"] is not { } collection || rights.IsInCollection(title.Id, collection),
        Takedown takedown => this["content"] is not { } content || rights.RulesFor(content).Takedowns.Contains(takedown),
        Subscriber subscriber => (this["status"] is not { } status || string.Equals(subscriber.Status.ToString(), status, StringComparison.OrdinalIgnoreCase))
            && (this["plan"] is not { } plan || subscriber.Subscriptions.Any(each => each.Plan == plan)),
        _ => true,
    };

    private bool Is(string name, string? value) => this[name] is not { } wanted || wanted == value;
}
