using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DrmHub.Host.Pages.Words;

namespace DrmHub.Host.Pages.Rights;

/// <summary>One member of a document before and after a change; null where it was not there.</summary>
public sealed record Difference(string Member, string? Before, string? After)
{
    /// <summary>The member as a label.</summary>
    public string Name => Differences.Words(Member);
}

/// <summary>What a change of a document changed.</summary>
internal static class Differences
{
    public static IReadOnlyList<Difference> Between(string? before, string? after)
    {
        var (old, now) = (Members(before), Members(after));
        return [.. old.Keys.Union(now.Keys).Order(StringComparer.Ordinal)
            .Select(name => new Difference(name, old.GetValueOrDefault(name), now.GetValueOrDefault(name))).Where(one => one.Before != one.After && one.Member != "id")];
    }

    /// <summary>From an entry of the log, which has <c>before.NAME</c> and <c>after.NAME</c>, long values in parts <c>after.NAME.2</c>.</summary>
    public static IReadOnlyList<Difference> FromEntry(IReadOnlyDictionary<string, string> details)
    {
        var (old, now) = (Side(details, "before."), Side(details, "after."));
        return [.. old.Keys.Union(now.Keys).Order(StringComparer.Ordinal).Select(name => new Difference(name, old.GetValueOrDefault(name), now.GetValueOrDefault(name)))];
    }

    /// <summary>A value as a person reads it: lists without brackets, countries by name, times in the reader's zone.</summary>
    public static string Say(string? value, Reader reader)
    {
        if (value is null) return "–";
        if (value.Length == 0) return "empty";
        if (value[0] is not ('[' or '{')) return Text(value, reader, country: false);
        try
        {
            return JsonNode.Parse(value) switch
            {
                JsonArray { Count: 0 } or JsonObject { Count: 0 } => "none",
                JsonArray list => string.Join(list[0] is JsonObject ? "; " : ", ", list.Select(node => Item(node, reader))),
                JsonObject map => Item(map, reader),
                _ => value,
            };
        }
        catch (JsonException)
        {
            return value; // The log shortened it.
        }
    }

    private static string Item(JsonNode? node, Reader reader) => node switch
    {
        JsonValue value when value.GetValueKind() == JsonValueKind.String => Text(value.GetValue<string>(), reader, country: true),
        JsonArray { Count: 0 } or JsonObject { Count: 0 } or null => "none",
        JsonArray list => string.Join(", ", list.Select(one => Item(one, reader))),
        JsonObject map => string.Join(", ", map.Select(pair => $"{Words(pair.Key)} {Item(pair.Value, reader)}")),
        _ => node.ToJsonString(),
    };

    private static string Text(string text, Reader reader, bool country)
    {
        if (country && Countries.IsCode(text)) return Countries.Name(text);
        return text.Length is >= 20 and <= 30 && text[10] == 'T' && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out var at) ? reader.Full(at) : text;
    }

    /// <summary>A member as words: <c>territoriesExcluded</c> is "territories excluded".</summary>
    public static string Words(string member)
    {
        var name = new StringBuilder();
        foreach (var c in member)
        {
            if (char.IsUpper(c) && name.Length > 0 && !char.IsUpper(member[0])) name.Append(' ').Append(char.ToLowerInvariant(c));
            else name.Append(c);
        }

        return name.ToString();
    }

    private static Dictionary<string, string> Members(string? body)
    {
        var members = new Dictionary<string, string>(StringComparer.Ordinal);
        if (body is null || JsonNode.Parse(body) is not JsonObject document) return members;
        foreach (var (name, value) in document) members[name] = value is JsonValue text && text.GetValueKind() == JsonValueKind.String ? text.GetValue<string>() : value?.ToJsonString() ?? "null";
        return members;
    }

    private static Dictionary<string, string> Side(IReadOnlyDictionary<string, string> details, string prefix)
    {
        var members = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in details.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal) && pair.Key != prefix + "sha256"))
        {
            var member = name[prefix.Length..];
            if (member.Contains('.', StringComparison.Ordinal)) continue;
            var whole = new StringBuilder(value);
            for (var part = 2; details.TryGetValue($"{prefix}{member}.{part}", out var more); part++) whole.Append(more);
            members[member] = whole.ToString();
        }

        return members;
    }
}
