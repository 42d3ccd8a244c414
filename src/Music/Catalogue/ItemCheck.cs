using System.Globalization;

namespace DrmHub.Music.Catalogue;

/// <summary>Collects what is wrong with an item, so that all of it is said at once.</summary>
internal sealed class ItemCheck
{
    public const int MaxText = 1000;
    public const int MaxItems = 200;

    private readonly List<string> _problems = [];

    public IReadOnlyList<string> Problems => _problems;

    public void Add(string problem)
    {
        if (_problems.Count < 50) _problems.Add(problem);
    }

    public void Require(bool condition, string problem)
    {
        if (!condition) Add(problem);
    }

    public void Id(string? id, string name)
    {
        if (!IsId(id)) Add($"{name} is 1 to 64 letters, digits, dots, underscores or hyphens.");
    }

    public void OptionalId(string? id, string name)
    {
        if (id is not null) Id(id, name);
    }

    /// <summary>Present, not blank, not too long, and without control characters.</summary>
    public void Text(string? text, string name, int max = MaxText)
    {
        if (string.IsNullOrWhiteSpace(text)) Add($"{name} is empty.");
        else OptionalText(text, name, max);
    }

    public void OptionalText(string? text, string name, int max = MaxText)
    {
        if (text is null) return;
        if (text.Length > max) Add(string.Create(CultureInfo.InvariantCulture, $"{name} is longer than {max} characters."));
        else if (text.Any(c => char.IsControl(c) && c is not ('\n' or '\t')) || HasLoneSurrogate(text)) Add($"{name} holds control characters or broken text.");
    }

    public void Texts(IReadOnlyList<LocalText> texts, string name, bool required = true)
    {
        if (required && texts.Count == 0) Add($"{name} is empty.");
        Count(texts.Count, name, 64);
        foreach (var text in texts.Take(64))
        {
            Text(text.Value, name);
            if (text.Language is not null && !LanguageTag.IsValid(text.Language)) Add($"{name}: '{Shorten(text.Language)}' is no language tag such as hi, ta-Taml or en-IN.");
        }
    }

    public void Count(int count, string name, int max = MaxItems)
    {
        if (count > max) Add(string.Create(CultureInfo.InvariantCulture, $"{name} has more than {max} entries."));
    }

    public static bool IsId(string? id) => id is { Length: > 0 and <= 64 } && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-') && id is not ("." or "..");

    public static string Shorten(string text) => text.Length <= 40 ? text : text[..40] + "…";

    private static bool HasLoneSurrogate(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (!char.IsHighSurrogate(text[i]) || i + 1 == text.Length || !char.IsLowSurrogate(text[i + 1])) return true;
            i++;
        }

        return false;
    }
}
