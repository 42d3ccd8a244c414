using System.Globalization;

namespace DrmHub.Host.Pages.Words;

/// <summary>Numbers as people read them: groups of three with a narrow space, a fitting unit.</summary>
internal static class Numbers
{
    private static readonly NumberFormatInfo s_groups = new() { NumberGroupSeparator = "\u202f", NumberDecimalDigits = 0 };

    public static string Count(long number) => number.ToString("N0", s_groups);

    /// <summary>Whole percents; what is there but below one percent says so.</summary>
    public static string Percent(long part, long whole)
    {
        if (whole == 0) return "0 %";
        var percent = 100.0 * part / whole;
        return percent is > 0 and < 1 ? "< 1 %" : percent.ToString("0", CultureInfo.InvariantCulture) + " %";
    }

    public static string Milliseconds(double? seconds) => seconds switch
    {
        null => "–",
        < 0.001 => (seconds.Value * 1e6).ToString("0", CultureInfo.InvariantCulture) + " µs",
        < 0.1 => (seconds.Value * 1e3).ToString("0.0", CultureInfo.InvariantCulture) + " ms",
        < 10 => (seconds.Value * 1e3).ToString("0", CultureInfo.InvariantCulture) + " ms",
        _ => seconds.Value.ToString("0.0", CultureInfo.InvariantCulture) + " s",
    };

    public static string Bytes(long bytes) => bytes switch
    {
        < 1024 => bytes.ToString(CultureInfo.InvariantCulture) + " B",
        < 1024 * 1024 => (bytes / 1024.0).ToString("0.0", CultureInfo.InvariantCulture) + " kB",
        _ => (bytes / 1048576.0).ToString("0.0", CultureInfo.InvariantCulture) + " MB",
    };

    /// <summary>A duration as rights people write it: "6 h", "30 days".</summary>
    public static string Duration(long seconds) => seconds switch
    {
        < 120 => $"{seconds} s",
        < 7200 => $"{seconds / 60} min",
        < 172_800 => $"{seconds / 3600} h",
        _ => $"{seconds / 86_400} days",
    };

    public static string Plural(long number, string one, string? many = null) => $"{Count(number)} {(number == 1 ? one : many ?? one + "s")}";

    /// <summary>For attributes of SVG: a point, at most three decimals.</summary>
    public static string Svg(double number) => number.ToString("0.###", CultureInfo.InvariantCulture);
}
