using System.Runtime.InteropServices;

namespace DrmHub.Music.Search;

/// <summary>
/// All keys of an index with their postings, and the three-letter pieces of those that may be found by their beginning or with typing
/// errors. Not safe for a writer beside readers: the index locks.
/// </summary>
internal sealed class KeyVocabulary
{
    /// <summary>Pieces that more keys have than this say too little to be looked at.</summary>
    private const int MaxPiece = 50_000;

    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly List<string> _texts = [];
    private readonly List<List<int>> _postings = [];
    private readonly Dictionary<long, List<int>> _pieces = [];

    public int? Find(string key) => _ids.TryGetValue(key, out var id) ? id : null;

    public IReadOnlyList<int> Postings(int key) => _postings[key];

    public void Add(string key, int posting)
    {
        ref var id = ref CollectionsMarshal.GetValueRefOrAddDefault(_ids, key, out var known);
        if (!known)
        {
            id = _texts.Count;
            _texts.Add(key);
            _postings.Add([]);
            foreach (var piece in PiecesOf(key)) (CollectionsMarshal.GetValueRefOrAddDefault(_pieces, piece, out _) ??= []).Add(id);
        }

        var postings = _postings[id];
        if (postings.Count == 0 || postings[^1] != posting) postings.Add(posting);
    }

    public void Clear()
    {
        _ids.Clear();
        _texts.Clear();
        _postings.Clear();
        _pieces.Clear();
    }

    /// <summary>Longer keys that begin like this one, which has two letters at least after its mark.</summary>
    public IEnumerable<int> StartingWith(string key, int limit)
    {
        if (key.Length < 3 || !_pieces.TryGetValue(Piece(key[0], key[1], key[2]), out var ids)) return [];
        return ids.Where(id => _texts[id].Length > key.Length && _texts[id].StartsWith(key, StringComparison.Ordinal)).Take(limit);
    }

    /// <summary>Keys at an edit distance of 1 (from four letters on) or 2 (from seven on): a letter too much, too little, wrong, or two swapped.</summary>
    public IEnumerable<(int Key, int Distance)> Near(string key, int limit)
    {
        var letters = key.Length - 1;
        var most = letters >= 7 ? 2 : letters >= 4 ? 1 : 0;
        if (most == 0) return [];
        var counts = new Dictionary<int, int>();
        var pieces = PiecesOf(key).Distinct().ToList();
        foreach (var piece in pieces)
        {
            if (!_pieces.TryGetValue(piece, out var ids) || ids.Count > MaxPiece) continue;
            foreach (var id in ids) CollectionsMarshal.GetValueRefOrAddDefault(counts, id, out _)++;
        }

        // Each error spoils three pieces at most.
        var shared = Math.Max(1, pieces.Count - (3 * most));
        return counts.Where(pair => pair.Value >= shared && _texts[pair.Key][0] == key[0] && Math.Abs(_texts[pair.Key].Length - key.Length) <= most)
            .Select(pair => (pair.Key, Distance: EditDistance.Between(_texts[pair.Key], key, most)))
            .Where(pair => pair.Distance > 0 && pair.Distance <= most)
            .OrderBy(pair => pair.Distance).ThenBy(pair => pair.Key).Take(limit);
    }

    /// <summary>Of words and folded keys alone; the mark stands for the beginning of the word, a zero for its end.</summary>
    private static List<long> PiecesOf(string key)
    {
        if (key[0] is not (KeyMark.Word or KeyMark.Fold)) return [];
        var pieces = new List<long>(key.Length);
        if (key[0] == KeyMark.Word)
        {
            if (key.Length >= 3) pieces.Add(Piece(key[0], key[1], key[2]));
            return pieces;
        }

        for (var i = 0; i + 2 <= key.Length; i++) pieces.Add(Piece(key[i], key[i + 1], i + 2 < key.Length ? key[i + 2] : '\0'));
        return pieces;
    }

    private static long Piece(char a, char b, char c) => ((long)a << 32) | ((long)b << 16) | c;
}
