namespace DrmHub.Music.Catalogue;

/// <summary>A text in one language and script. The first of a list is the one to show where nothing fits better.</summary>
/// <param name="Value">The text.</param>
/// <param name="Language">BCP 47: <c>hi</c>, <c>ta-Taml</c>, <c>ta-Latn</c>; null where nobody said.</param>
public sealed record LocalText(string Value, string? Language = null);

/// <summary>Tags of languages and scripts (BCP 47, the parts that titles carry).</summary>
internal static class LanguageTag
{
    /// <summary>Two or three letters, or 4 to 8 for registered ones, then subtags of up to 8 letters and digits.</summary>
    public static bool IsValid(string tag)
    {
        if (tag.Length is 0 or > 35) return false;
        var parts = tag.Split('-');
        return parts[0].Length is >= 2 and <= 8 && parts[0].All(char.IsAsciiLetter) && parts.Skip(1).All(part => part.Length is >= 1 and <= 8 && part.All(char.IsAsciiLetterOrDigit));
    }

    /// <summary>The language alone, in lower case; null where there is no tag.</summary>
    public static string? Language(string? tag) => tag is null ? null : tag.Split('-')[0].ToLowerInvariant();
}
