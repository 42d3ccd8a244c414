namespace DrmHub.Vault.Rights;

/// <summary>Finds what covers a content id without asking each selector: one lookup for the id, one for each length of prefix, one for each collection.</summary>
internal sealed class SelectorIndex<T>
    where T : class
{
    private readonly Dictionary<string, List<T>> _ids = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<T>> _prefixes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<T>> _collections = new(StringComparer.Ordinal);
    private readonly int[] _lengths;

    public SelectorIndex(IEnumerable<(ContentSelector Selector, T Item)> items)
    {
        foreach (var (selector, item) in items)
        {
            foreach (var pattern in selector.Patterns)
            {
                if (pattern.EndsWith('*')) Add(_prefixes, pattern[..^1], item);
                else Add(_ids, pattern, item);
            }

            foreach (var collection in selector.Collections) Add(_collections, collection, item);
        }

        _lengths = [.. _prefixes.Keys.Select(prefix => prefix.Length).Distinct().Order()];
    }

    /// <summary>Each item once.</summary>
    public T[] Find(string contentId, IReadOnlyCollection<string> collections)
    {
        var found = new HashSet<T>(ReferenceEqualityComparer.Instance);
        if (_ids.TryGetValue(contentId, out var items)) found.UnionWith(items);
        var prefixes = _prefixes.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var length in _lengths)
        {
            if (length > contentId.Length) break;
            if (prefixes.TryGetValue(contentId.AsSpan(0, length), out items)) found.UnionWith(items);
        }

        foreach (var collection in collections)
            if (_collections.TryGetValue(collection, out items)) found.UnionWith(items);
        return [.. found];
    }

    private static void Add(Dictionary<string, List<T>> index, string key, T item)
    {
        if (!index.TryGetValue(key, out var items)) index[key] = items = [];
        items.Add(item);
    }
}
