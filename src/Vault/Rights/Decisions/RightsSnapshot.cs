using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;

namespace DrmHub.Vault.Rights;

/// <summary>What rights people wrote down, subscribers aside.</summary>
public sealed record RightsDocuments
{
    public IReadOnlyList<Deal> Deals { get; init; } = [];

    public IReadOnlyList<Plan> Plans { get; init; } = [];

    public IReadOnlyList<Title> Titles { get; init; } = [];

    public IReadOnlyList<Collection> Collections { get; init; } = [];

    public IReadOnlyList<Takedown> Takedowns { get; init; } = [];

    public IReadOnlyList<RevocationList> Revocations { get; init; } = [];
}

/// <summary>
/// All rights at one moment, with an index from a content id to the deals and takedowns that cover it. Immutable: a change makes
/// another one, so a decision never sees half a change.
/// </summary>
public sealed class RightsSnapshot
{
    public static readonly RightsSnapshot Empty = new(new RightsDocuments());

    /// <summary>Content ids whose deals are remembered. Ids come from callers, so there is a bound; past it they are looked up each time.</summary>
    private const int MaxRemembered = 200_000;

    private static readonly ConditionalWeakTable<object, byte[]> s_digests = [];

    private readonly SelectorIndex<DealRule> _deals;
    private readonly SelectorIndex<Takedown> _takedowns;
    private readonly SelectorIndex<Collection> _collections;
    private readonly Dictionary<string, IReadOnlyList<string>> _collectionsOfTitles;
    private readonly ConcurrentDictionary<string, ContentRules> _remembered = new(StringComparer.Ordinal);
    private volatile PolicyHash? _hash;
    private long _asked; // Content ids that were not remembered, about: the dictionary itself counts under all its locks.

    /// <param name="documents">Each id once in its list.</param>
    /// <param name="version">The version of the store, or 0 for one that was put together by hand.</param>
    public RightsSnapshot(RightsDocuments documents, long version = 0)
    {
        ArgumentNullException.ThrowIfNull(documents);
        Documents = documents;
        Version = version;
        Plans = new HeldPlans(documents);
        _collectionsOfTitles = documents.Titles.Where(title => title.Collections.Count > 0).ToDictionary(title => title.Id, title => title.Collections, StringComparer.Ordinal);
        _collections = new SelectorIndex<Collection>(documents.Collections.Select(collection => (collection.Content with { Collections = [] }, collection)));
        _deals = new SelectorIndex<DealRule>(documents.Deals.Select(deal => (deal.Content, new DealRule(deal, Plans))));
        _takedowns = new SelectorIndex<Takedown>(documents.Takedowns.Select(takedown => (takedown.Content, takedown)));
        Revoked = new RevokedDevices(documents.Revocations);
    }

    public RightsDocuments Documents { get; }

    /// <summary>Goes up with every change of the store.</summary>
    public long Version { get; }

    public IReadOnlyList<Deal> Deals => Documents.Deals;

    /// <summary>The versions of all revocation lists.</summary>
    public string RevocationVersion => Revoked.Version;

    internal RevokedDevices Revoked { get; }

    internal HeldPlans Plans { get; }

    /// <summary>The takedown that holds for the content now and here, or null. A country that is unknown counts as inside.</summary>
    /// <param name="country">ISO 3166-1 alpha-2, upper case, or null.</param>
    public Takedown? FindTakedown(string contentId, string? country, long nowMs)
    {
        ArgumentNullException.ThrowIfNull(contentId);
        return FindTakedown(RulesFor(contentId), country, nowMs);
    }

    /// <summary>SHA-256 in hex over all documents, in the order of their ids, and the device policy: the same rules have the same hash on every node.</summary>
    public string HashWith(DevicePolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        if (_hash is { } known && ReferenceEquals(known.Policy, policy)) return known.Text;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, Documents.Deals, deal => deal.Id);
        Append(hash, Documents.Plans, plan => plan.Id);
        Append(hash, Documents.Titles, title => title.Id);
        Append(hash, Documents.Collections, collection => collection.Id);
        Append(hash, Documents.Takedowns, takedown => takedown.Id);
        Append(hash, Documents.Revocations, list => list.Id);
        hash.AppendData(DigestOf(policy));
        var text = Convert.ToHexStringLower(hash.GetHashAndReset());
        _hash = new PolicyHash(policy, text);
        return text;
    }

    /// <summary>All documents of a kind in the order of their ids; subscribers are not among them.</summary>
    public IReadOnlyList<object> List(RightsKind kind)
    {
        ArgumentNullException.ThrowIfNull(kind);
        return kind.Name switch
        {
            "title" => Documents.Titles,
            "collection" => Documents.Collections,
            "deal" => Documents.Deals,
            "plan" => Documents.Plans,
            "takedown" => Documents.Takedowns,
            "revocation" => Documents.Revocations,
            _ => throw new ArgumentException("Subscribers are not part of a snapshot.", nameof(kind)),
        };
    }

    /// <summary>The deals that cover a content id, whoever asks and wherever.</summary>
    public IReadOnlyList<Deal> DealsFor(string contentId)
    {
        ArgumentNullException.ThrowIfNull(contentId);
        return [.. RulesFor(contentId).Deals.Select(rule => rule.Deal).OrderBy(deal => deal.Id, StringComparer.Ordinal)];
    }

    /// <summary>The ids of the collections that a content id is in, in their order: those that its title names, and those whose own selector covers it.</summary>
    public IReadOnlyList<string> CollectionsFor(string contentId)
    {
        ArgumentNullException.ThrowIfNull(contentId);
        return [.. CollectionsOf(contentId).Order(StringComparer.Ordinal)];
    }

    internal ContentRules RulesFor(string contentId)
    {
        if (_remembered.TryGetValue(contentId, out var known)) return known;
        var collections = CollectionsOf(contentId);
        var rules = new ContentRules(_deals.Find(contentId, collections), _takedowns.Find(contentId, collections));
        Array.Sort(rules.Deals, DealRule.Compare);
        if (Interlocked.Increment(ref _asked) <= MaxRemembered) _remembered.TryAdd(contentId, rules);
        return rules;
    }

    internal static Takedown? FindTakedown(ContentRules rules, string? country, long nowMs)
    {
        foreach (var takedown in rules.Takedowns)
        {
            if (nowMs < takedown.FromMs || nowMs >= takedown.UntilMs) continue;
            if (takedown.Territories.Count == 0 || country is null || takedown.Territories.Contains(country)) return takedown;
        }

        return null;
    }

    internal bool IsInCollection(string contentId, string collection) => CollectionsOf(contentId).Contains(collection);

    private HashSet<string> CollectionsOf(string contentId)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        if (_collectionsOfTitles.TryGetValue(contentId, out var named)) ids.UnionWith(named);
        foreach (var collection in _collections.Find(contentId, [])) ids.Add(collection.Id);
        return ids;
    }

    private static void Append<T>(IncrementalHash hash, IReadOnlyList<T> documents, Func<T, string> id)
        where T : class
    {
        Span<byte> count = stackalloc byte[4];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(count, documents.Count);
        hash.AppendData(count);
        foreach (var digest in ManyCores.Map([.. documents.OrderBy(id, StringComparer.Ordinal)], DigestOf)) hash.AppendData(digest);
    }

    /// <summary>Kept with the document, which lives on in later snapshots while it does not change.</summary>
    private static byte[] DigestOf<T>(T document)
        where T : class =>
        s_digests.GetValue(document, each => SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(each, typeof(T), RightsJson.Options)));

    private sealed record PolicyHash(DevicePolicy Policy, string Text);

    /// <summary>Everything that covers one content id. The deals with the longest licences stand first: what they grant, the others need not be asked for.</summary>
    internal sealed record ContentRules(DealRule[] Deals, Takedown[] Takedowns);
}
