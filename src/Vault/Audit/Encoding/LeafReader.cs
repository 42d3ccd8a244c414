using System.Text.Json;
using DrmHub.Cenc;

namespace DrmHub.Vault.Audit.Encoding;

/// <summary>Reads leaves of version 1. Unknown members are left alone: the bytes are kept whole beside what is read.</summary>
internal static class LeafReader
{
    private static readonly JsonDocumentOptions s_options = new() { MaxDepth = 6, AllowDuplicateProperties = false };

    /// <exception cref="AuditFormatException">Not an entry.</exception>
    public static AuditRecord Read(long index, ReadOnlyMemory<byte> leaf)
    {
        if (leaf.Length > Leaf.MaxBytes) throw new AuditFormatException($"Entry {index} is too long.");
        try
        {
            using var document = JsonDocument.Parse(leaf, s_options);
            return ReadCore(index, leaf, document.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException or ArgumentOutOfRangeException)
        {
            throw new AuditFormatException($"Entry {index} is not an entry of version {Leaf.Version}.", exception);
        }
    }

    private static AuditRecord ReadCore(long index, ReadOnlyMemory<byte> leaf, JsonElement root)
    {
        if (Required(root, "v").GetInt64() != Leaf.Version) throw new AuditFormatException($"Entry {index} has an unknown version.");
        if (!AuditKinds.TryParse(Text(root, "kind"), out var kind)) throw new AuditFormatException($"Entry {index} has an unknown kind.");
        var personal = root.TryGetProperty("personal", out var found) ? found : (JsonElement?)null;
        return new AuditRecord
        {
            Index = index,
            Leaf = leaf,
            Id = Text(root, "id") ?? throw new AuditFormatException($"Entry {index} has no id."),
            At = DateTimeOffset.FromUnixTimeMilliseconds(Required(root, "at").GetInt64()),
            Kind = kind,
            Node = Text(root, "node") ?? "",
            Pseudonym = Text(root, "subject"),
            DevicePseudonym = Text(root, "device"),
            Actor = Text(root, "actor"),
            ActorRole = Text(root, "role"),
            ContentId = Text(root, "content"),
            Deal = Text(root, "deal"),
            Keys = ReadKeys(root),
            System = Leaf.SystemFromName(Text(root, "system")),
            SecurityLevel = Text(root, "level"),
            DeviceModel = Text(root, "model"),
            RevocationList = Text(root, "revocation"),
            Country = Text(root, "country"),
            ReasonCode = Text(root, "reason"),
            Trace = root.TryGetProperty("trace", out var trace) ? [.. trace.EnumerateArray().Select(rule => rule.GetString() ?? "")] : [],
            PolicyHash = Text(root, "policy"),
            Upstream = Text(root, "upstream"),
            RequestId = Text(root, "request"),
            Details = root.TryGetProperty("details", out var details)
                ? details.EnumerateObject().ToDictionary(member => member.Name, member => member.Value.GetString() ?? "", StringComparer.Ordinal)
                : [],
            PersonalDigest = personal is { } digest ? Text(digest, "sha256") : null,
            PersonalCommitment = personal is { } commitment ? Text(commitment, "commitment") : null,
        };
    }

    private static List<AuditKey> ReadKeys(JsonElement root)
    {
        var keys = new List<AuditKey>();
        if (!root.TryGetProperty("keys", out var array)) return keys;
        foreach (var key in array.EnumerateArray())
            keys.Add(new AuditKey(KeyId.Parse(Text(key, "kid") ?? ""), Text(key, "track") ?? "", Required(key, "granted").GetBoolean(), Text(key, "withheld")));
        return keys;
    }

    private static JsonElement Required(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) ? value : throw new AuditFormatException($"The member {name} is missing.");

    private static string? Text(JsonElement parent, string name) => parent.TryGetProperty(name, out var value) ? value.GetString() : null;
}
