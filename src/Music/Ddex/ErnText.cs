using System.Globalization;
using System.Xml;
using DrmHub.Music.Catalogue;
using DrmHub.Music.Xml;

namespace DrmHub.Music.Ddex;

/// <summary>Single values of a message, checked.</summary>
internal static class ErnText
{
    /// <summary>Texts with their languages; the one that the message marks as default, or that holds worldwide, first.</summary>
    public static IReadOnlyList<LocalText> Local(IEnumerable<XmlTree> nodes)
    {
        var ordered = nodes.Where(node => node.Text.Length > 0).OrderBy(node => node.Attribute("IsDefault") == "true" ? 0 : node.Attribute("ApplicableTerritoryCode") is null or Territories.Worldwide ? 1 : 2);
        return [.. ordered.Select(node => new LocalText(node.Text, Tag(node.Attribute("LanguageAndScriptCode")))).DistinctBy(text => (text.Value, text.Language))];
    }

    /// <summary>A tag that is none is left out: it is a hint, not a right.</summary>
    public static string? Tag(string? text) => text is not null && LanguageTag.IsValid(text) ? text : null;

    public static bool? Flag(XmlTree? node, ErnProblems problems)
    {
        switch (node?.Text)
        {
            case null: return null;
            case "true" or "1": return true;
            case "false" or "0": return false;
            default:
                problems.Add(node, "ern.value", $"{node.Name} is true or false.");
                return null;
        }
    }

    /// <summary>xs:duration in milliseconds, a day at most.</summary>
    public static long? Duration(XmlTree? node, ErnProblems problems)
    {
        if (node is null || node.Text.Length == 0) return null;
        try
        {
            var milliseconds = XmlConvert.ToTimeSpan(node.Text).TotalMilliseconds;
            if (milliseconds is >= 0 and <= 86_400_000) return milliseconds == 0 ? null : (long)milliseconds;
        }
        catch (Exception exception) when (exception is FormatException or OverflowException)
        {
            // Said below.
        }

        problems.Add(node, "ern.value", $"{node.Name} is a duration such as PT3M20S, of a day at most.");
        return null;
    }

    /// <summary>A date that is whole; a year or month alone is no date to sort by and is left out.</summary>
    public static DateOnly? Date(XmlTree? node) =>
        node is not null && node.Text.Length >= 10 && DateOnly.TryParseExact(node.Text[..10], "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) ? date : null;

    public static ParentalWarning Parental(IEnumerable<XmlTree> nodes)
    {
        var all = nodes.Select(node => node.Text).ToList();
        return all.Contains("Explicit") ? ParentalWarning.Explicit
            : all.Contains("ExplicitContentEdited") ? ParentalWarning.Edited
            : all.Contains("NotExplicit") || all.Contains("NoAdviceAvailable") ? ParentalWarning.NotExplicit
            : ParentalWarning.Unknown;
    }

    /// <summary>Namespace and value of a proprietary id, which means nothing without its namespace.</summary>
    public static IReadOnlyList<string> Proprietary(IEnumerable<XmlTree> nodes) =>
        [.. nodes.Where(node => node.Text.Length > 0).Select(node => $"{node.Attribute("Namespace") ?? ""}:{node.Text}").Distinct(StringComparer.Ordinal).Take(20)];
}
