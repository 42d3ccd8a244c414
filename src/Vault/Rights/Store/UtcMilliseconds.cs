using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace DrmHub.Vault.Rights;

/// <summary>
/// A moment in JSON: ISO 8601 with <c>Z</c> or an offset, written in UTC. A time without an offset is refused, because it would
/// mean another moment in each time zone, and none or two of them when clocks change.
/// </summary>
public sealed class UtcMilliseconds : JsonConverter<long?>
{
    private static readonly string[] s_forms = ["yyyy-MM-ddTHH:mm:ss.FFFFFFFK", "yyyy-MM-ddTHH:mmK"];

    /// <summary>Reads the form that <see cref="Format"/> writes, or one with another offset.</summary>
    public static bool TryParse(string? text, out long milliseconds)
    {
        milliseconds = 0;
        if (text is null || text.Length > 40 || !HasOffset(text)) return false;
        if (!DateTimeOffset.TryParseExact(text, s_forms, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)) return false;
        milliseconds = time.ToUnixTimeMilliseconds();
        return true;
    }

    /// <summary>ISO 8601 in UTC, with milliseconds where there are any.</summary>
    public static string Format(long milliseconds) =>
        DateTimeOffset.FromUnixTimeMilliseconds(milliseconds).ToString("yyyy-MM-dd'T'HH:mm:ss.FFF'Z'", CultureInfo.InvariantCulture);

    public override long? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Null) return null;
        if (reader.TokenType == JsonTokenType.String && TryParse(reader.GetString(), out var milliseconds)) return milliseconds;
        throw new JsonException("A time is ISO 8601 with Z or an offset, such as 2026-03-29T00:00:00+05:30.");
    }

    public override void Write(Utf8JsonWriter writer, long? value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        if (value is { } milliseconds) writer.WriteStringValue(Format(milliseconds));
        else writer.WriteNullValue();
    }

    private static bool HasOffset(string text) => text.EndsWith('Z') || (text.Length > 6 && text[^3] == ':' && text[^6] is '+' or '-');
}
