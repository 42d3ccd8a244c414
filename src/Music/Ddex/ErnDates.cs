using System.Globalization;

namespace DrmHub.Music.Ddex;

/// <summary>Dates and times of a message, which keep apart what has an offset and what is local.</summary>
internal static class ErnDates
{
    private static readonly string[] s_times = ["yyyy-MM-ddTHH:mm:ss", "yyyy-MM-ddTHH:mm:ss.FFFFFFF"];

    /// <summary>xs:dateTime.</summary>
    public static bool TryTime(string text, out ErnMoment moment)
    {
        moment = default;
        TimeSpan? offset = null;
        var time = text;
        if (text.EndsWith('Z'))
        {
            (offset, time) = (TimeSpan.Zero, text[..^1]);
        }
        else if (text.Length > 19 && text[^3] == ':' && (text[^6] is '+' or '-'))
        {
            if (!TimeSpan.TryParseExact(text[^5..], "hh\\:mm", CultureInfo.InvariantCulture, out var found) || found > TimeSpan.FromHours(14)) return false;
            (offset, time) = (text[^6] == '-' ? -found : found, text[..^6]);
        }

        if (!DateTime.TryParseExact(time, s_times, CultureInfo.InvariantCulture, DateTimeStyles.None, out var parsed) || parsed.Year is < 1900 or > 9000) return false;
        moment = new ErnMoment(parsed, offset);
        return true;
    }

    /// <summary>A whole date: a year alone may be valid by the schema, and says nothing of the day.</summary>
    public static bool TryDate(string text, out DateTime date) =>
        DateTime.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out date) && date.Year is >= 1900 and <= 9000;

    /// <summary>The instant at the latest, or the earliest, of the offsets; one with an offset of its own is that instant.</summary>
    public static long ToInstant(ErnMoment moment, int minutes)
    {
        var utc = DateTime.SpecifyKind(moment.Time, DateTimeKind.Utc) - (moment.Offset ?? TimeSpan.FromMinutes(minutes));
        return new DateTimeOffset(utc, TimeSpan.Zero).ToUnixTimeMilliseconds();
    }
}
