namespace DrmHub.Music.Search;

/// <summary>How a key was made; it stands as the first character of the key, so that keys of different making never meet.</summary>
internal static class KeyMark
{
    /// <summary>The word as it is written.</summary>
    public const char Word = '=';

    /// <summary>Folded: one key for the spellings of a word over all scripts.</summary>
    public const char Fold = '~';

    /// <summary>Folded, and stops by class, for words in Tamil script.</summary>
    public const char Tamil = '%';

    /// <summary>Consonants alone.</summary>
    public const char Skeleton = '#';
}

/// <summary>A key that a query looks for.</summary>
/// <param name="Text">Mark and key.</param>
/// <param name="Weight">What a word that has this key is worth: 1 for the word itself.</param>
/// <param name="Match">What is told of the match.</param>
internal readonly record struct QueryKey(string Text, float Weight, string Match);

/// <summary>The keys of a word: of a title, under which it is found, and of a query, by which it looks.</summary>
internal static class SearchKeys
{
    private static readonly HashSet<string> s_dravidian = ["ta", "te", "kn", "ml"];
    private static readonly HashSet<string> s_keepsVowels = ["sa", "or", "ta", "te", "kn", "ml"];

    public static IEnumerable<string> OfTitle(string word, string? language)
    {
        yield return KeyMark.Word + word;
        if (ArabicLetters.IsArabic(word[0]))
        {
            if (SearchFold.Skeleton(SearchFold.Fold(ArabicLetters.Romanise(word))) is { Length: >= 2 } skeleton) yield return KeyMark.Skeleton + skeleton;
            yield break;
        }

        foreach (var key in Folds(word, language).Distinct(StringComparer.Ordinal))
        {
            yield return KeyMark.Fold + key;
            if (SearchFold.Skeleton(key) is { Length: >= 3 } skeleton) yield return KeyMark.Skeleton + skeleton;
        }

        if (BrahmicRomaniser.ScriptOf(word[0]) == BrahmicRomaniser.Script.Tamil)
            yield return KeyMark.Tamil + SearchFold.WithoutFinalU(SearchFold.TamilClass(SearchFold.Fold(SearchFold.WithSchwas(BrahmicRomaniser.Romanise(word, language, flapAsD: false)))));
    }

    /// <summary>All words of a title run together: people divide words differently.</summary>
    public static string Joined(IReadOnlyList<string> words, string? language) => string.Concat(words.Select(word => Folds(word, language).Last()));

    public static IEnumerable<QueryKey> OfQuery(string word)
    {
        yield return new QueryKey(KeyMark.Word + word, 1f, "exact");
        if (ArabicLetters.IsArabic(word[0]))
        {
            if (SearchFold.Skeleton(SearchFold.Fold(ArabicLetters.Romanise(word))) is { Length: >= 2 } skeleton) yield return new QueryKey(KeyMark.Skeleton + skeleton, 0.4f, "consonants");
            yield break;
        }

        foreach (var key in Folds(word, language: null).Distinct(StringComparer.Ordinal))
        {
            yield return new QueryKey(KeyMark.Fold + key, 0.85f, "transliteration");
            if (SearchFold.WithoutFinalU(key) is var shorter && shorter != key) yield return new QueryKey(KeyMark.Fold + shorter, 0.8f, "transliteration");
            if (key.Contains('v')) yield return new QueryKey(KeyMark.Fold + key.Replace('v', 'b'), 0.75f, "transliteration");
            yield return new QueryKey(KeyMark.Tamil + SearchFold.WithoutFinalU(SearchFold.TamilClass(key)), 0.75f, "transliteration");
            if (SearchFold.Skeleton(key) is { Length: >= 2 } skeleton) yield return new QueryKey(KeyMark.Skeleton + skeleton, 0.35f, "consonants");
        }
    }

    /// <summary>One key or several: with and without the vowels that are not spoken, with ṛ as r and as d. The most spoken form is the last.</summary>
    public static IEnumerable<string> Folds(string word, string? language)
    {
        var script = BrahmicRomaniser.ScriptOf(word[0]);
        if (script == BrahmicRomaniser.Script.None)
        {
            // A dravidian word in Latin letters ends as its speaker hears it.
            var latin = SearchFold.Fold(word);
            yield return language is not null && s_dravidian.Contains(language) ? SearchFold.WithoutFinalU(latin) : latin;
            yield break;
        }

        foreach (var flapAsD in (bool[])[true, false])
        {
            var romanised = BrahmicRomaniser.Romanise(word, language, flapAsD);
            yield return Finish(SearchFold.Fold(SearchFold.WithSchwas(romanised)), script);
            if (BrahmicRomaniser.DropsSchwa(script) && (language is null || !s_keepsVowels.Contains(language)))
                yield return Finish(SearchFold.Fold(SearchFold.WithoutSchwas(romanised)), script);
        }
    }

    private static string Finish(string folded, BrahmicRomaniser.Script script) => script switch
    {
        BrahmicRomaniser.Script.Bengali or BrahmicRomaniser.Script.Odia => folded.Replace('v', 'b'),
        BrahmicRomaniser.Script.Tamil or BrahmicRomaniser.Script.Telugu or BrahmicRomaniser.Script.Kannada or BrahmicRomaniser.Script.Malayalam => SearchFold.WithoutFinalU(folded),
        _ => folded,
    };
}
