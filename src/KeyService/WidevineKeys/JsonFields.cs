using System.Text.Json;

namespace DrmHub.KeyService.WidevineKeys;

/// <summary>Optional fields of a JSON object, with errors that say which form was expected.</summary>
internal static class JsonFields
{
    public static WidevineKeyException Malformed(string message) => new(WidevineKeyStatus.MalformedRequest, message);

    public static string? Text(JsonElement parent, string name)
    {
        if (!TryGet(parent, name, out var value)) return null;
        if (value.ValueKind != JsonValueKind.String) throw Malformed($"\"{name}\" is not a string.");
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            throw Malformed($"\"{name}\" holds an unpaired surrogate.");
        }
    }

    /// <summary>Base64 with the standard alphabet: packagers mix it up with hex, so the error says so.</summary>
    public static byte[]? Base64(JsonElement parent, string name)
    {
        if (Text(parent, name) is not { } text) return null;
        var buffer = new byte[(text.Length / 4 * 3) + 3];
        if (Convert.TryFromBase64String(text, buffer, out var length)) return buffer[..length];
        throw Malformed($"\"{name}\" is not base64: expected the standard alphabet (A-Z a-z 0-9 + /) with = padding, not base64url and not hex.");
    }

    /// <summary>A whole number from 0 to 2³²-1; also in quotes, as some JSON writers put it.</summary>
    public static long? Number(JsonElement parent, string name)
    {
        if (!TryGet(parent, name, out var value)) return null;
        var number = value.ValueKind switch
        {
            JsonValueKind.Number when value.TryGetInt64(out var parsed) => parsed,
            JsonValueKind.String when long.TryParse(Text(parent, name), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var parsed) => parsed,
            _ => -1,
        };
        return number is >= 0 and <= uint.MaxValue ? number : throw Malformed($"\"{name}\" is not a whole number from 0 to {uint.MaxValue}.");
    }

    /// <summary>False where the field is absent.</summary>
    public static bool Flag(JsonElement parent, string name)
    {
        if (!TryGet(parent, name, out var value)) return false;
        return value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Malformed($"\"{name}\" is neither true nor false.");
    }

    /// <summary>The elements of an array of at most <paramref name="limit"/>; null where the field is absent.</summary>
    public static IReadOnlyList<JsonElement>? Array(JsonElement parent, string name, int limit)
    {
        if (!TryGet(parent, name, out var value)) return null;
        if (value.ValueKind != JsonValueKind.Array) throw Malformed($"\"{name}\" is not an array.");
        if (value.GetArrayLength() > limit) throw Malformed($"\"{name}\" has more than {limit} elements.");
        return [.. value.EnumerateArray()];
    }

    private static bool TryGet(JsonElement parent, string name, out JsonElement value) =>
        parent.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;
}
