using System.Globalization;
using System.Text;

namespace DrmHub.Music.Search;

/// <summary>
/// Splits text into words. A word is letters, their marks and digits, so Indian vowel signs stay in it; characters that only shape the
/// writing (zero-width joiners) and apostrophes are left out; each Chinese or Japanese character is a word of its own.
/// </summary>
internal static class SearchWords
{
    /// <summary>More words than any title has; the rest of a longer text is not searched.</summary>
    public const int MaxWords = 24;

    private const int MaxWordLength = 48;

    /// <returns>Words in lower case, Latin letters without their marks.</returns>
    public static IReadOnlyList<string> Split(string text)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        foreach (var c in text)
        {
            if (words.Count >= MaxWords) return words;
            if (IsLeftOut(c)) continue;
            if (IsIdeograph(c))
            {
                End(words, word);
                words.Add(c.ToString());
            }
            else if (IsOfWord(c))
            {
                if (word.Length < MaxWordLength) word.Append(LatinLetters.Plain(char.ToLowerInvariant(c)));
            }
            else
            {
                End(words, word);
            }
        }

        if (words.Count < MaxWords) End(words, word);
        return words;
    }

    private static void End(List<string> words, StringBuilder word)
    {
        if (word.Length > 0) words.Add(word.ToString());
        word.Clear();
    }

    /// <summary>Joiners, the byte order mark, combining marks of Latin and Greek, apostrophes.</summary>
    private static bool IsLeftOut(char c) => c is (>= '\u200B' and <= '\u200D') or '\u2060' or '\uFEFF' or '\u00AD' or (>= '\u0300' and <= '\u036F') or '\'' or '\u2019' or '\u02BC' or '\u093D';

    private static bool IsIdeograph(char c) => c is (>= '\u3040' and <= '\u30FF') or (>= '\u3400' and <= '\u9FFF');

    private static bool IsOfWord(char c) => CharUnicodeInfo.GetUnicodeCategory(c) is
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter
        or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.Surrogate;
}
