using System.Text;

namespace DrmHub.Music.Search;

/// <summary>
/// Writes the nine Indian scripts that share the layout of ISCII in Latin letters, as people type them: ś as sh, ṭ as t, long vowels as
/// short ones. From the Unicode charts of the blocks U+0900 to U+0D7F; good for finding, not for reading aloud.
/// </summary>
internal static class BrahmicRomaniser
{
    private const char First = '\u0900';
    private const char End = '\u0D80';
    private const int Anusvara = 0x02;
    private const int Nukta = 0x3C;
    private const int Virama = 0x4D;

    /// <summary>Consonants from offset 0x15 (ka) to 0x39 (ha).</summary>
    private static readonly string[] s_consonants =
    [
        "k", "kh", "g", "gh", "n", "ch", "chh", "j", "jh", "n", "t", "th", "d", "dh", "n", "t", "th", "d", "dh", "n", "n",
        "p", "ph", "b", "bh", "m", "y", "r", "r", "l", "l", "zh", "v", "sh", "sh", "s", "h",
    ];

    /// <summary>Independent vowels from offset 0x05 (a) to 0x14 (au).</summary>
    private static readonly string[] s_vowels = ["a", "aa", "i", "ii", "u", "uu", "ri", "li", "e", "e", "e", "ai", "o", "o", "o", "au"];

    /// <summary>Vowel signs from offset 0x3E (aa) to 0x4C (au).</summary>
    private static readonly string[] s_signs = ["aa", "i", "ii", "u", "uu", "ri", "ri", "e", "e", "e", "ai", "o", "o", "o", "au"];

    public static bool IsBrahmic(char c) => c is >= First and < End && ScriptOf(c) != Script.None;

    public enum Script
    {
        None,
        Devanagari,
        Bengali,
        Gurmukhi,
        Gujarati,
        Odia,
        Tamil,
        Telugu,
        Kannada,
        Malayalam,
    }

    public static Script ScriptOf(char c) => c is >= First and < End ? (Script)(((c - First) / 0x80) + 1) : Script.None;

    /// <summary>Scripts whose languages mostly drop the vowel that a consonant carries by itself at the end of a word and between others.</summary>
    public static bool DropsSchwa(Script script) => script is Script.Devanagari or Script.Bengali or Script.Gurmukhi or Script.Gujarati;

    /// <param name="word">A word of letters and marks; what is in no Indian script stays as it is.</param>
    /// <param name="language">Of the title, in lower case; null where nobody said.</param>
    /// <param name="flapAsD">ड़ (ṛ) as d rather than r: people type both.</param>
    /// <returns>Latin letters, and <c>ə</c> for each vowel that is not written but carried, so that it can be dropped later.</returns>
    public static string Romanise(string word, string? language, bool flapAsD)
    {
        var text = new StringBuilder(word.Length * 2);
        for (var i = 0; i < word.Length; i++)
        {
            var c = word[i];
            var script = ScriptOf(c);
            if (script == Script.None)
            {
                text.Append(c);
                continue;
            }

            var offset = (c - First) % 0x80;
            if (c == '\u0BB1' && text.Length > 0 && text[^1] == 'n' && word[i - 1] == '\u0BCD') text.Append('d'); // Tamil n + r is spoken ndr.
            if (Special(c, flapAsD) is { } special) Consonant(text, special, word, ref i, script, CarriesVowel(c));
            else if (offset is >= 0x15 and <= 0x39) Consonant(text, WithNukta(offset, script, word, ref i, flapAsD), word, ref i, script, carries: true);
            else if (offset is >= 0x05 and <= 0x14) text.Append(s_vowels[offset - 0x05]);
            else if (offset is >= 0x3E and <= 0x4C) text.Append(s_signs[offset - 0x3E]);
            else if (offset is 0x01 or Anusvara || c == '\u0A70') text.Append(Nasal(word, i, script, language));
            else if (offset == 0x03) text.Append('h');
            else if (c == '\u0A71' && i + 1 < word.Length && (word[i + 1] - First) % 0x80 is >= 0x15 and <= 0x39 and var next) text.Append(s_consonants[next - 0x15][0]);
            else if (offset == 0x50) text.Append("om");
            else if (offset is 0x57 or 0x56) text.Append(offset == 0x57 && script == Script.Malayalam ? "au" : "");
            else if (offset is 0x60 or 0x61) text.Append(offset == 0x60 ? "ri" : "li");
            else if (offset is 0x62 or 0x63) text.Append("li");
            else if (offset is >= 0x66 and <= 0x6F) text.Append((char)('0' + offset - 0x66));
        }

        return text.ToString();
    }

    /// <summary>The consonant, and its own vowel unless a vowel sign or a virama follows.</summary>
    private static void Consonant(StringBuilder text, string latin, string word, ref int i, Script script, bool carries)
    {
        text.Append(latin);
        if (!carries) return;
        if (i + 1 < word.Length && ScriptOf(word[i + 1]) == script)
        {
            var next = (word[i + 1] - First) % 0x80;
            if (next == Virama)
            {
                i++;
                return;
            }

            if (next is >= 0x3E and <= 0x4C or 0x62 or 0x63) return;
        }

        text.Append('ə');
    }

    private static string WithNukta(int offset, Script script, string word, ref int i, bool flapAsD)
    {
        var plain = s_consonants[offset - 0x15];
        if (i + 1 >= word.Length || (word[i + 1] - First) % 0x80 != Nukta || ScriptOf(word[i + 1]) != script) return plain;
        i++;
        return plain switch
        {
            "k" => "q",
            "j" or "jh" => "z",
            "ph" => "f",
            "d" => flapAsD ? "d" : "r",
            "dh" => flapAsD ? "dh" : "rh",
            "s" => "sh",
            _ => plain,
        };
    }

    /// <summary>Letters outside the common layout.</summary>
    private static string? Special(char c, bool flapAsD) => c switch
    {
        '\u0958' => "q",
        '\u0959' => "kh",
        '\u095A' => "g",
        '\u095B' or '\u0A5B' => "z",
        '\u095C' or '\u09DC' or '\u0A5C' or '\u0B5C' => flapAsD ? "d" : "r",
        '\u095D' or '\u09DD' or '\u0B5D' => flapAsD ? "dh" : "rh",
        '\u095E' or '\u0A5E' => "f",
        '\u095F' or '\u09DF' or '\u0B5F' => "y",
        '\u0972' => "e",
        '\u09CE' => "t",
        '\u09F0' => "r",
        '\u09F1' or '\u0B71' => "v",
        '\u0A59' => "kh",
        '\u0A5A' => "g",
        '\u0A33' => "l",
        '\u0A36' => "sh",
        '\u0A72' or '\u0A73' => "",
        '\u0B83' => "k",
        '\u0C58' => "ts",
        '\u0C59' => "dz",
        '\u0C5A' => "r",
        '\u0CDE' => "zh",
        '\u0D7A' or '\u0D7B' => "n",
        '\u0D7C' => "r",
        '\u0D7D' or '\u0D7E' => "l",
        '\u0D7F' => "k",
        _ => null,
    };

    private static bool CarriesVowel(char c) => c is not ('\u09CE' or '\u0972' or '\u0A72' or '\u0A73' or '\u0B83' or (>= '\u0D7A' and <= '\u0D7F'));

    /// <summary>The nasal of what follows: m before lips and at the end of Dravidian words, ng in Bengali, else n.</summary>
    private static string Nasal(string word, int i, Script script, string? language)
    {
        var next = i + 1 < word.Length && ScriptOf(word[i + 1]) == script ? (word[i + 1] - First) % 0x80 : -1;
        if (next is >= 0x2A and <= 0x2E) return "m";
        var last = i + 1 >= word.Length;
        if (last && (script is Script.Telugu or Script.Kannada or Script.Malayalam or Script.Tamil || language == "sa")) return "m";
        return script == Script.Bengali && (word[i] - First) % 0x80 == Anusvara && next is not (>= 0x15 and <= 0x2D) ? "ng" : "n";
    }
}
