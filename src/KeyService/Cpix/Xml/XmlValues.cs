using System.Globalization;
using System.Xml;

namespace DrmHub.KeyService.Cpix.Xml;

/// <summary>The simple types of XML Schema that CPIX uses, each with one exception for what does not fit.</summary>
internal static class XmlValues
{
    public static byte[] Base64(string text, string where)
    {
        var buffer = new byte[(text.Length / 4 * 3) + 3];
        if (!Convert.TryFromBase64String(text, buffer, out var written)) throw new CpixException(CpixCodes.Base64, $"{where} is not base64.");
        return written == buffer.Length ? buffer : buffer[..written];
    }

    public static long Integer(string text, string where) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new CpixException(CpixCodes.Attribute, $"{where} is not an integer of 64 bits.");

    public static string Format(long value) => value.ToString(CultureInfo.InvariantCulture);

    public static bool Boolean(string text, string where) => text.Trim() switch
    {
        "true" or "1" => true,
        "false" or "0" => false,
        _ => throw new CpixException(CpixCodes.Attribute, $"{where} is neither true nor false."),
    };

    /// <summary><c>xs:dateTime</c>; without a time zone it is UTC, so that it means the same on every machine.</summary>
    public static DateTimeOffset DateTime(string text, string where)
    {
        text = text.Trim();
        var hasZone = text.EndsWith('Z') || (text.Length > 6 && text[^3] == ':' && text[^6] is '+' or '-');
        try
        {
            return XmlConvert.ToDateTimeOffset(hasZone ? text : text + "Z");
        }
        catch (Exception e) when (e is FormatException or OverflowException or ArgumentException)
        {
            throw new CpixException(CpixCodes.Attribute, $"{where} is not a date and time such as 2026-01-31T20:00:00Z.", e);
        }
    }

    public static string Format(DateTimeOffset value) =>
        value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);

    /// <summary><c>xs:duration</c>, not negative. A year counts 365 days, a month 30.</summary>
    public static TimeSpan Duration(string text, string where)
    {
        try
        {
            var value = XmlConvert.ToTimeSpan(text.Trim());
            if (value >= TimeSpan.Zero) return value;
        }
        catch (Exception e) when (e is FormatException or OverflowException or ArgumentException)
        {
            throw new CpixException(CpixCodes.Attribute, $"{where} is not a duration such as PT10S.", e);
        }

        throw new CpixException(CpixCodes.Attribute, $"{where} is a negative duration.");
    }

    public static string Format(TimeSpan value) => XmlConvert.ToString(value);

    public static bool IsId(string text)
    {
        try
        {
            XmlConvert.VerifyNCName(text);
            return true;
        }
        catch (Exception e) when (e is XmlException or ArgumentException)
        {
            return false;
        }
    }
}
