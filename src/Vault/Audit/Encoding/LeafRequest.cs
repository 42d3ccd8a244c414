using System.Buffers;
using System.Text.Json;
using DrmHub.Cenc;
using static DrmHub.Vault.Audit.Encoding.LeafMembers;

namespace DrmHub.Vault.Audit.Encoding;

/// <summary>
/// What a leaf records of a licence request: enough to decide it again, read in one pass. A replay reads hundreds of thousands, and the rest of
/// a leaf is most of it.
/// </summary>
internal readonly record struct LeafRequest
{
    /// <summary>UTC milliseconds.</summary>
    public long AtMs { get; private init; }

    /// <summary>32 hex digits; null for an entry that names nobody.</summary>
    public string? Pseudonym { get; private init; }

    public string? ContentId { get; private init; }

    public string? Country { get; private init; }

    public string? SecurityLevel { get; private init; }

    public IReadOnlyList<RecordedKey> Keys { get; private init; }

    /// <summary>Null where there are none.</summary>
    public IReadOnlyDictionary<string, string>? Details { get; private init; }

    /// <exception cref="AuditFormatException">Not an entry.</exception>
    public static LeafRequest Read(long index, ReadOnlySpan<byte> leaf)
    {
        try
        {
            var reader = new Utf8JsonReader(leaf, Options);
            var request = new LeafRequest { Keys = [] };
            long? at = null, version = null;
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("at"u8)) at = Number(ref reader);
                else if (reader.ValueTextEquals("content"u8)) request = request with { ContentId = Text(ref reader) };
                else if (reader.ValueTextEquals("country"u8)) request = request with { Country = Text(ref reader) };
                else if (reader.ValueTextEquals("details"u8)) request = request with { Details = ReadDetails(ref reader) };
                else if (reader.ValueTextEquals("keys"u8)) request = request with { Keys = ReadKeys(ref reader) };
                else if (reader.ValueTextEquals("level"u8)) request = request with { SecurityLevel = Text(ref reader) };
                else if (reader.ValueTextEquals("subject"u8)) request = request with { Pseudonym = Text(ref reader) };
                else if (reader.ValueTextEquals("v"u8)) version = Number(ref reader);
                else Skip(ref reader);
            }

            return version == Leaf.Version && at is { } moment ? request with { AtMs = moment } : throw Malformed(index);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            throw Malformed(index, exception);
        }
    }

    private static Dictionary<string, string> ReadDetails(ref Utf8JsonReader reader)
    {
        var details = new Dictionary<string, string>(StringComparer.Ordinal);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName) details[reader.GetString()!] = Text(ref reader) ?? "";
        return details;
    }

    private static List<RecordedKey> ReadKeys(ref Utf8JsonReader reader)
    {
        var keys = new List<RecordedKey>(4);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            var key = new RecordedKey();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("granted"u8)) key = key with { Granted = Flag(ref reader) };
                else if (reader.ValueTextEquals("kid"u8)) key = key with { KeyId = Id(ref reader) };
                else if (reader.ValueTextEquals("track"u8)) key = key with { Track = Text(ref reader) };
                else Skip(ref reader);
            }

            keys.Add(key);
        }

        return keys;
    }

    private static KeyId Id(ref Utf8JsonReader reader)
    {
        reader.Read();
        Span<byte> bytes = stackalloc byte[16];
        return !reader.ValueIsEscaped && Convert.FromHexString(reader.ValueSpan, bytes, out var read, out var written) == OperationStatus.Done && (read, written) == (32, 16)
            ? new KeyId(new Guid(bytes, bigEndian: true))
            : throw new FormatException("A key id is 32 hex digits.");
    }
}

/// <summary>A key as an entry names it.</summary>
/// <param name="Track">The label; null where the entry has none.</param>
internal readonly record struct RecordedKey(KeyId KeyId, string? Track, bool Granted);
