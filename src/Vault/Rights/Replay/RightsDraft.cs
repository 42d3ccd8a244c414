namespace DrmHub.Vault.Rights;

/// <summary>Rights that are thought of: documents that would be written or taken away, and a policy in the place of the hub's.</summary>
public sealed record RightsDraft
{
    public IReadOnlyList<Deal> Deals { get; init; } = [];

    public IReadOnlyList<Plan> Plans { get; init; } = [];

    public IReadOnlyList<Title> Titles { get; init; } = [];

    public IReadOnlyList<Collection> Collections { get; init; } = [];

    public IReadOnlyList<Takedown> Takedowns { get; init; } = [];

    public IReadOnlyList<RevocationList> Revocations { get; init; } = [];

    /// <summary>Who would hold something else, or be suspended; everybody else counts as the hub knows them.</summary>
    public IReadOnlyList<Subscriber> Subscribers { get; init; } = [];

    /// <summary>Documents that would be gone.</summary>
    public IReadOnlyList<RemovedDocument> Removed { get; init; } = [];

    /// <summary>Null: the hub's own.</summary>
    public DevicePolicy? Policy { get; init; }

    /// <exception cref="RightsInvalidException">With all that is wrong with the first document that is not valid.</exception>
    public RightsSnapshot ApplyTo(RightsSnapshot rights)
    {
        ArgumentNullException.ThrowIfNull(rights);
        foreach (var subscriber in Subscribers) RightsKinds.Subscribers.Check(subscriber);
        var there = rights.Documents;
        return new RightsSnapshot(new RightsDocuments
        {
            Deals = Merge(RightsKinds.Deals, there.Deals, Deals),
            Plans = Merge(RightsKinds.Plans, there.Plans, Plans),
            Titles = Merge(RightsKinds.Titles, there.Titles, Titles),
            Collections = Merge(RightsKinds.Collections, there.Collections, Collections),
            Takedowns = Merge(RightsKinds.Takedowns, there.Takedowns, Takedowns),
            Revocations = Merge(RightsKinds.Revocations, there.Revocations, Revocations),
        });
    }

    private T[] Merge<T>(RightsKind<T> kind, IReadOnlyList<T> there, IReadOnlyList<T> drafted)
        where T : class
    {
        var merged = new SortedDictionary<string, T>(StringComparer.Ordinal);
        foreach (var document in there) merged[kind.IdOf(document)] = document;
        foreach (var removed in Removed.Where(removed => removed.Kind == kind.Name)) merged.Remove(removed.Id);
        foreach (var document in drafted)
        {
            kind.Check(document);
            merged[kind.IdOf(document)] = document;
        }

        return [.. merged.Values];
    }
}

/// <summary>Names a document: its kind (<c>deal</c>) and its id.</summary>
public sealed record RemovedDocument(string Kind, string Id);
