using System.Globalization;

namespace DrmHub.Music.Podcasts;

/// <summary>Dates of feeds: RFC 2822, and the forms that feeds write instead.</summary>
internal static class FeedDates
{
    private static readonly string[] s_forms =
    [
        "d MMM yyyy HH:mm:ss zzz", "d MMM yyyy HH:mm zzz", "d MMM yy HH:mm:ss zzz", "d MMM yyyy HH:mm:ss", "d MMM yyyy",
    ];

    private static readonly (string Name, string Offset)[] s_zones =
    [
        ("GMT", "+00:00"), ("UTC", "+00:00"), ("UT", "+00:00"), ("Z", "+00:00"), ("EST", "-05:00"), ("EDT", "-04:00"), ("CST", "-06:00"), ("CDT", "-05:00"), ("MST", "-07:00"), ("MDT", "-06:00"), ("PST", "-08:00"), ("PDT", "-07:00"),
    ];

    public static string Format(DateTimeOffset time) => time.ToUniversalTime().ToString("ddd, dd MMM yyyy HH:mm:ss", CultureInfo.InvariantCulture) + " +0000";

    public static DateTimeOffset? Parse(string? text)
    {
        if (text is null || text.Length > 60) return null;
        var plain = text.Trim();
        if (DateTimeOffset.TryParseExact(plain, ["yyyy-MM-ddTHH:mm:ssK", "yyyy-MM-ddTHH:mm:ss.FFFFFFFK", "yyyy-MM-dd"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var iso)) return iso;
        var comma = plain.IndexOf(',', StringComparison.Ordinal);
        if (comma is > 0 and < 12) plain = plain[(comma + 1)..].Trim();
        foreach (var (name, offset) in s_zones)
        {
            if (plain.EndsWith(" " + name, StringComparison.OrdinalIgnoreCase))
            {
                plain = plain[..^name.Length] + offset;
                break;
            }
        }

        // +0530 as the standard has it, +05:30 as the parser wants it.
        if (plain.Length > 5 && (plain[^5] is '+' or '-') && plain[^3] != ':') plain = plain[..^2] + ":" + plain[^2..];
        return DateTimeOffset.TryParseExact(plain, s_forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AllowInnerWhite, out var time) ? time : null;
    }

    /// <summary>itunes:duration: seconds, M:SS or H:MM:SS.</summary>
    public static long? ParseDuration(string? text)
    {
        if (text is null || text.Length > 20) return null;
        long seconds = 0;
        foreach (var part in text.Trim().Split(':'))
        {
            if (!decimal.TryParse(part, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) || value is < 0 or > 10_000_000) return null;
            seconds = (seconds * 60) + (long)value;
            if (seconds > 8_640_000) return null;
        }

        return seconds == 0 ? null : seconds * 1000;
    }
}
