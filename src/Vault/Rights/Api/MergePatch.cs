using System.Text.Json;
using System.Text.Json.Nodes;

namespace DrmHub.Vault.Rights;

/// <summary>JSON Merge Patch (RFC 7396): members replace members, objects merge, null takes a member away, a list replaces a list.</summary>
internal static class MergePatch
{
    /// <exception cref="RightsInvalidException">The patch is no JSON object.</exception>
    public static string Apply(string document, ReadOnlySpan<byte> patch)
    {
        JsonNode? changes;
        try
        {
            changes = JsonNode.Parse(patch, documentOptions: new JsonDocumentOptions { MaxDepth = 16, AllowDuplicateProperties = false });
        }
        catch (JsonException exception)
        {
            throw new RightsInvalidException([RightsProblem.From(exception)]);
        }

        if (changes is not JsonObject members) throw new RightsInvalidException([new RightsProblem("$", RightsProblem.Malformed, "The patch is no JSON object.")]);
        return Merge(JsonNode.Parse(document), members).ToJsonString(RightsJson.Options);
    }

    private static JsonObject Merge(JsonNode? target, JsonObject patch)
    {
        var merged = target as JsonObject ?? [];
        foreach (var (name, value) in patch)
        {
            if (value is null) merged.Remove(name);
            else if (value is JsonObject inner) merged[name] = Merge(merged[name], inner);
            else merged[name] = value.DeepClone();
        }

        return merged;
    }
}
