using System.Text;

namespace DrmHub.Music.Search;

/// <summary>
/// Urdu, Sindhi and their like in Latin consonants, as a skeleton: the script leaves short vowels out, so nothing more can be known. From
/// the Unicode chart of U+0600 to U+06FF.
/// </summary>
internal static class ArabicLetters
{
    public static bool IsArabic(char c) => c is >= '\u0600' and <= '\u06FF';

    public static string Romanise(string word)
    {
        var text = new StringBuilder(word.Length);
        foreach (var c in word) text.Append(Latin(c));
        return text.ToString();
    }

    private static string Latin(char c) => c switch
    {
        'ا' or 'آ' or 'أ' or 'إ' or 'ع' => "a",
        'ب' => "b",
        'پ' => "p",
        'ت' or 'ٹ' or 'ط' or 'ة' => "t",
        'ث' or 'س' or 'ص' => "s",
        'ج' or 'ذ' or 'ز' or 'ض' or 'ظ' or 'ژ' => "j",
        'چ' => "c",
        'ح' or 'ہ' or 'ه' or 'ھ' => "h",
        'خ' or 'ک' or 'ك' or 'ق' => "k",
        'د' or 'ڈ' => "d",
        'ر' or 'ڑ' => "r",
        'ش' => "s",
        'غ' or 'گ' => "g",
        'ف' => "p",
        'ل' => "l",
        'م' => "m",
        'ن' or 'ں' => "n",
        'و' or 'ؤ' => "v",
        'ی' or 'ي' or 'ے' or 'ى' or 'ئ' => "y",
        _ => "",
    };
}
