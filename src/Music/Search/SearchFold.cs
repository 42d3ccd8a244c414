using System.Text;

namespace DrmHub.Music.Search;

/// <summary>
/// Brings spellings of the same word together: <c>Zindagi</c>, <c>jindagee</c> and <c>ज़िंदगी</c> fold to one key. Input is Latin letters in
/// lower case without marks (<see cref="BrahmicRomaniser"/>, <see cref="LatinLetters"/>); other letters pass unchanged.
/// </summary>
internal static class SearchFold
{
    /// <summary>In this order: what stands first is taken first.</summary>
    private static readonly (string From, string To)[] s_consonants =
    [
        ("ksh", "ks"), ("x", "ks"), ("chh", "c"), ("ch", "c"), ("sh", "s"), ("zh", "l"), ("kh", "k"), ("q", "k"), ("gh", "g"), ("jh", "j"), ("z", "j"),
        ("th", "t"), ("dh", "d"), ("ph", "p"), ("f", "p"), ("bh", "b"), ("rh", "r"), ("w", "v"), ("jn", "gy"), ("gn", "gy"),
    ];

    private static readonly (string From, string To)[] s_vowels =
    [
        ("aa", "a"), ("ee", "i"), ("ii", "i"), ("oo", "u"), ("uu", "u"), ("ai", "e"), ("ae", "e"), ("ei", "e"), ("ay", "e"), ("au", "o"), ("ou", "o"), ("ow", "o"),
    ];

    public static string Fold(string latin)
    {
        var text = new StringBuilder(latin).Replace("ow", "o");
        foreach (var (from, to) in s_consonants) text.Replace(from, to);
        foreach (var (from, to) in s_vowels) text.Replace(from, to);
        for (var i = 0; i + 1 < text.Length; i++)
        {
            if (text[i] == 'm' && text[i + 1] is ('t' or 'd' or 'n' or 'k' or 'g' or 'c' or 'j')) text[i] = 'n';
        }

        var folded = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (i == 0 || text[i] != text[i - 1]) folded.Append(text[i]);
        }

        if (folded.Length > 2 && folded[^1] == 'a') folded.Length--;
        return folded.ToString();
    }

    /// <summary>Tamil writes voiced and voiceless stops alike: k for g, c for s and j, t for d, p for b.</summary>
    public static string TamilClass(string folded)
    {
        var text = new StringBuilder(folded.Length);
        foreach (var c in folded)
        {
            var one = c switch { 'g' => 'k', 'c' or 'j' => 's', 'd' => 't', 'b' => 'p', _ => c };
            if (text.Length == 0 || text[^1] != one) text.Append(one);
        }

        return text.ToString();
    }

    /// <summary>Dravidian words take a u at their end that people write or leave.</summary>
    public static string WithoutFinalU(string folded) =>
        folded.Length > 3 && folded[^1] == 'u' && folded[^2] is not ('a' or 'e' or 'i' or 'o' or 'u') ? folded[..^1] : folded;

    /// <summary>Consonants alone, for scripts that leave short vowels out. A vowel at the start counts as a; y, v and h count at the start alone.</summary>
    public static string Skeleton(string folded)
    {
        var text = new StringBuilder(folded.Length);
        foreach (var c in folded)
        {
            var vowel = c is 'a' or 'e' or 'i' or 'o' or 'u';
            if (text.Length == 0) text.Append(vowel ? 'a' : c);
            else if (!vowel && c is not ('y' or 'v' or 'h') && text[^1] != c) text.Append(c);
        }

        return text.ToString();
    }

    /// <summary>
    /// Leaves out the vowels that Hindi and its sisters write and do not speak: at the end of a word, and between a vowel with one
    /// consonant and one consonant with a vowel; not in the first syllable and not two in a row.
    /// </summary>
    /// <param name="romanised">With <c>ə</c> for vowels that are carried.</param>
    public static string WithoutSchwas(string romanised)
    {
        var text = new StringBuilder(romanised);
        if (text.Length > 2 && text[^1] == 'ə') text.Length--;
        for (var i = text.Length - 1; i > 0; i--)
        {
            if (text[i] == 'ə' && CountBack(text, i) == 1 && CountForward(text, i) == 1) text.Remove(i, 1);
        }

        return text.Replace('ə', 'a').ToString();
    }

    public static string WithSchwas(string romanised) => romanised.Replace('ə', 'a');

    /// <summary>Consonants between the vowel before and here; 0 where there is no vowel before.</summary>
    private static int CountBack(StringBuilder text, int at)
    {
        var count = 0;
        for (var i = at - 1; i >= 0; i--)
        {
            if (IsVowel(text[i])) return count;
            if (text[i] != 'h' || i == 0 || IsVowel(text[i - 1])) count++;
        }

        return 0;
    }

    private static int CountForward(StringBuilder text, int at)
    {
        var count = 0;
        for (var i = at + 1; i < text.Length; i++)
        {
            if (IsVowel(text[i])) return count;
            if (text[i] != 'h' || IsVowel(text[i - 1])) count++;
        }

        return 0;
    }

    private static bool IsVowel(char c) => c is 'a' or 'e' or 'i' or 'o' or 'u' or 'ə';
}
