using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DrmHub.Host.Pages.Words;

namespace DrmHub.Host.Pages.Rights;

/// <summary>One member of a document before and after a change; null where it was not there.</summary>
public sealed record Difference(string Member, string? Before, string? After)
{
    /// <summary>The member as a label: <c>territoriesExcluded</c> is "territories excluded".</summary>
    public string Name
    {
        get
        {
            var name = new StringBuilder();
            foreach (var c in Member)
            {
                if (char.IsUpper(c)) name.Append(' ');
                name.Append(char.ToLowerInvariant(c));
            }

            return name.ToString();
        }
    }
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

    /// <summary>A value as a person reads it: lists without brackets, countries by name where they are few.</summary>
    public static string Read(string? value)
    {
        if (value is null) return "–";
        if (value.Length == 0) return "empty";
        if (value[0] is not ('[' or '{')) return value;
        try
        {
            return JsonNode.Parse(value) switch
            {
                JsonArray { Count: 0 } or JsonObject { Count: 0 } => "none",
                JsonArray list => string.Join(", ", list.Select(Item)),
                JsonObject map => string.Join(", ", map.Select(pair => $"{pair.Key} {Item(pair.Value)}")),
                _ => value,
            };
        }
        catch (JsonException)
        {
            return value; // The log shortened it.
        }
    }

    private static string Item(JsonNode? node) => node switch
    {
        JsonValue value when value.GetValueKind() == JsonValueKind.String && value.GetValue<string>() is var text => Countries.IsCode(text) ? Countries.Name(text) : text,
        JsonArray list => string.Join(", ", list.Select(Item)),
        null => "none",
        _ => node.ToJsonString(),
    };

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
