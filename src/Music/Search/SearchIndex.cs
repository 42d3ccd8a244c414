namespace DrmHub.Music.Search;

/// <summary>What is told of an item that was found, and what decides who may hear of it.</summary>
internal sealed record SearchEntry(string Kind, string Id, string Title, string? Artist)
{
    /// <summary>Of a recording: the content id that deals name.</summary>
    public string? Content { get; init; }

    /// <summary>Of a release, episode or show: listeners hear of it from then on; null means always.</summary>
    public DateTimeOffset? From { get; init; }
}

/// <summary>A field of an item: its text and language.</summary>
/// <param name="IsName">The name of an artist beside the title: it counts less.</param>
internal readonly record struct SearchField(string Text, string? Language, bool IsName);

/// <summary>An item that was found.</summary>
/// <param name="Score">1 where every word of the query stands in the title as it was typed, and the title has no other.</param>
/// <param name="Match">How the weakest word matched: <c>exact</c>, <c>prefix</c>, <c>transliteration</c>, <c>typing</c>, <c>consonants</c>.</param>
internal sealed record SearchHit(SearchEntry Entry, float Score, string Match);

/// <summary>
/// Finds titles by their words, in memory. A vocabulary of keys points to the items that have them; typing errors are found by the
/// three-letter pieces of keys and then by edit distance. One writer at a time, any number of readers.
/// </summary>
internal sealed class SearchIndex : IDisposable
{
    private const float NameWeight = 0.6f;
    private const float PrefixWeight = 0.7f;
    private const float TypingWeight = 0.55f;
    private const float JoinedWeight = 0.75f;

    /// <summary>Words of the vocabulary that one word of a query may stand for by prefix or typing error.</summary>
    private const int MaxCandidates = 200;

    private readonly ReaderWriterLockSlim _lock = new();
    private readonly int _capacity;
    private readonly List<Slot?> _slots = [];
    private readonly Dictionary<string, int> _slotOf = new(StringComparer.Ordinal);
    private readonly KeyVocabulary _keys = new();
    private int _dead;

    /// <param name="capacity">Items at most: one more is left out, and <see cref="Refused"/> counts it.</param>
    public SearchIndex(int capacity) => _capacity = capacity;

    /// <summary>Items that can be found.</summary>
    public int Count => _slotOf.Count;

    /// <summary>Items that were left out because the index is full.</summary>
    public int Refused { get; private set; }

    /// <summary>Inserts or replaces an item; without fields it is taken out.</summary>
    public void Put(SearchEntry entry, IReadOnlyList<SearchField> fields)
    {
        _lock.EnterWriteLock();
        try
        {
            RemoveCore(entry.Id);
            if (fields.Count == 0) return;
            if (_slotOf.Count >= _capacity)
            {
                Refused++;
                return;
            }

            var words = fields.Select(field => (Field: field, Words: SearchWords.Split(field.Text))).ToList();
            var slot = _slots.Count;
            _slots.Add(new Slot(entry, [.. fields], Math.Max(1, words.Where(field => !field.Field.IsName).Select(field => field.Words.Count).DefaultIfEmpty(1).Min())));
            _slotOf[entry.Id] = slot;
            foreach (var (field, list) in words) Add(slot, field, list);
        }
        finally
        {
            _lock.ExitWriteLock();
        }
    }

    public void Remove(string id)
    {
        _lock.EnterWriteLock();
        try
        {
            RemoveCore(id);
        }
        finally
        {
            _lock.ExitWriteLock();
        }
    }

    /// <summary>The best first; equal ones in the order of their ids.</summary>
    public IReadOnlyList<SearchHit> Find(string query, Func<SearchEntry, bool> filter, int limit)
    {
        var words = SearchWords.Split(query);
        if (words.Count == 0) return [];
        _lock.EnterReadLock();
        try
        {
            return FindCore(words, filter, limit);
        }
        finally
        {
            _lock.ExitReadLock();
        }
    }

    public void Dispose() => _lock.Dispose();

    private List<SearchHit> FindCore(IReadOnlyList<string> words, Func<SearchEntry, bool> filter, int limit)
    {
        var totals = new Dictionary<int, Total>();
        foreach (var word in words)
        {
            var best = new Dictionary<int, (float Weight, string Match)>();
            foreach (var (key, weight, match) in Keys(word)) Collect(best, key, weight, match);
            foreach (var (slot, found) in best)
            {
                totals.TryGetValue(slot, out var total);
                totals[slot] = total.Plus(found.Weight, found.Match);
            }
        }

        // Most words must be there; one that is not is forgiven in a query of three, two in one of six.
        var needed = words.Count - (words.Count / 3);
        var hits = new List<SearchHit>();
        foreach (var (slot, total) in totals)
        {
            if (total.Words < needed || _slots[slot] is not { } item || !filter(item.Entry)) continue;
            var coverage = Math.Min(1f, (float)total.Words / item.TitleWords);
            hits.Add(new SearchHit(item.Entry, total.Weight / words.Count * (0.7f + (0.3f * coverage)), total.Match!));
        }

        if (words.Count > 1) AddJoined(hits, words, filter);
        return [.. hits.GroupBy(hit => hit.Entry.Id).Select(group => group.MaxBy(hit => hit.Score)!).OrderByDescending(hit => hit.Score).ThenBy(hit => hit.Entry.Id, StringComparer.Ordinal).Take(limit)];
    }

    private IEnumerable<(int Key, float Weight, string Match)> Keys(string word)
    {
        foreach (var key in SearchKeys.OfQuery(word))
        {
            if (_keys.Find(key.Text) is { } exact) yield return (exact, key.Weight, key.Match);
        }

        foreach (var key in _keys.StartingWith(KeyMark.Word + word, MaxCandidates)) yield return (key, PrefixWeight, "prefix");
        foreach (var fold in SearchKeys.Folds(word, language: null).Distinct(StringComparer.Ordinal))
        {
            foreach (var key in _keys.StartingWith(KeyMark.Fold + fold, MaxCandidates)) yield return (key, PrefixWeight - 0.1f, "prefix");
            foreach (var (key, distance) in _keys.Near(KeyMark.Fold + fold, MaxCandidates)) yield return (key, TypingWeight - (0.1f * (distance - 1)), "typing");
        }
    }

    private void Collect(Dictionary<int, (float Weight, string Match)> best, int key, float weight, string match)
    {
        foreach (var posting in _keys.Postings(key))
        {
            var worth = (posting & 1) == 1 ? weight * NameWeight : weight;
            if (!best.TryGetValue(posting >> 1, out var known) || worth > known.Weight) best[posting >> 1] = (worth, match);
        }
    }

    /// <summary>The whole query without its spaces against whole titles without theirs.</summary>
    private void AddJoined(List<SearchHit> hits, IReadOnlyList<string> words, Func<SearchEntry, bool> filter)
    {
        var joined = KeyMark.Fold + SearchKeys.Joined(words, language: null);
        var found = _keys.Near(joined, MaxCandidates).Select(near => (near.Key, JoinedWeight - (0.1f * near.Distance))).ToList();
        if (_keys.Find(joined) is { } exact) found.Add((exact, JoinedWeight));
        foreach (var (key, weight) in found)
        {
            foreach (var posting in _keys.Postings(key))
            {
                if (_slots[posting >> 1] is { } item && filter(item.Entry)) hits.Add(new SearchHit(item.Entry, (posting & 1) == 1 ? weight * NameWeight : weight, "transliteration"));
            }
        }
    }

    private void Add(int slot, SearchField field, IReadOnlyList<string> words)
    {
        var posting = (slot << 1) | (field.IsName ? 1 : 0);
        foreach (var word in words)
        {
            foreach (var key in SearchKeys.OfTitle(word, field.Language)) _keys.Add(key, posting);
        }

        if (words.Count is > 1 and <= 5) _keys.Add(KeyMark.Fold + SearchKeys.Joined(words, field.Language), posting);
    }

    private void RemoveCore(string id)
    {
        if (!_slotOf.Remove(id, out var slot)) return;
        _slots[slot] = null;
        _dead++;
        if (_dead > 1000 && _dead > _slots.Count / 2) Rebuild();
    }

    /// <summary>Removed items leave their postings behind until half of all are such.</summary>
    private void Rebuild()
    {
        var alive = _slots.OfType<Slot>().ToList();
        _slots.Clear();
        _slotOf.Clear();
        _keys.Clear();
        _dead = 0;
        foreach (var item in alive)
        {
            _slotOf[item.Entry.Id] = _slots.Count;
            foreach (var field in item.Fields) Add(_slots.Count, field, SearchWords.Split(field.Text));
            _slots.Add(item);
        }
    }

    private sealed record Slot(SearchEntry Entry, SearchField[] Fields, int TitleWords);

    private readonly record struct Total(float Weight, int Words, string? Match, float Weakest)
    {
        public Total Plus(float weight, string match) => new(Weight + weight, Words + 1, Match is null || weight < Weakest ? match : Match, Match is null ? weight : Math.Min(Weakest, weight));
    }
}
