using System.Buffers;

namespace DrmHub.Music.Catalogue;

/// <summary>Identifiers of recorded music: their form and their check characters.</summary>
internal static class MusicIds
{
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    private static readonly SearchValues<char> s_alphabet = SearchValues.Create(Alphabet);

    /// <summary>ISO 3901: country, registrant, year, designation; 12 characters, no check digit.</summary>
    public static bool IsIsrc(string text) =>
        text.Length == 12 && text.AsSpan(0, 2).IndexOfAnyExceptInRange('A', 'Z') < 0 && text.AsSpan(2, 3).IndexOfAnyExcept(s_alphabet) < 0 && text.AsSpan(5).IndexOfAnyExceptInRange('0', '9') < 0;

    /// <summary>UPC-A, EAN-13 or GTIN-14: mod 10 with weights 3 and 1 from the right.</summary>
    public static bool IsGtin(string text)
    {
        if (text.Length is < 12 or > 14 || text.AsSpan().IndexOfAnyExceptInRange('0', '9') >= 0) return false;
        var sum = 0;
        for (var i = 0; i < text.Length; i++) sum += (text[^(i + 1)] - '0') * (i % 2 == 0 ? 1 : 3);
        return sum % 10 == 0;
    }

    /// <summary>A UPC and the EAN with a zero before it are the same number.</summary>
    public static string PadGtin(string text) => text.PadLeft(14, '0');

    /// <summary>A1, issuer (5), release (10), check character.</summary>
    public static bool IsGrid(string text) => text.Length == 18 && text.StartsWith("A1", StringComparison.Ordinal) && HasCheck37(text);

    /// <summary>PADPIDA, 10 characters, check character.</summary>
    public static bool IsPartyId(string text) => text.Length == 18 && text.StartsWith("PADPIDA", StringComparison.Ordinal) && HasCheck37(text);

    /// <summary>ISO 27729: 15 digits and a check character by ISO 7064 MOD 11-2.</summary>
    public static bool IsIsni(string text)
    {
        if (text.Length != 16) return false;
        var total = 0;
        for (var i = 0; i < 15; i++)
        {
            if (!char.IsAsciiDigit(text[i])) return false;
            total = (total + text[i] - '0') * 2;
        }

        var check = (12 - (total % 11)) % 11;
        return text[15] == (check == 10 ? 'X' : (char)('0' + check));
    }

    /// <summary>T, 9 digits and a check digit (ISO 15707): the sum of 1 and each digit times its place, and the check digit, is a multiple of ten.</summary>
    public static bool IsIswc(string text)
    {
        if (text.Length != 11 || text[0] != 'T' || text.AsSpan(1).IndexOfAnyExceptInRange('0', '9') >= 0) return false;
        var sum = 1 + text[10] - '0';
        for (var i = 1; i <= 9; i++) sum += i * (text[i] - '0');
        return sum % 10 == 0;
    }

    /// <summary>ISO 7064 MOD 37,36 over the whole text, whose last character is the check character.</summary>
    public static bool HasCheck37(string text)
    {
        var p = 36;
        foreach (var c in text.AsSpan(0, text.Length - 1))
        {
            var value = Alphabet.IndexOf(c, StringComparison.Ordinal);
            if (value < 0) return false;
            var v = (p + value) % 36;
            p = 2 * (v == 0 ? 36 : v) % 37;
        }

        return Alphabet[(37 - p) % 36] == text[^1];
    }
}
