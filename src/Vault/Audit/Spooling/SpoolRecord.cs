using System.Text.Json;
using System.Text.Json.Serialization;
using DrmHub.Cenc;

namespace DrmHub.Vault.Audit;

/// <summary>A batch as it waits in the spool: not yet encoded, because the subscriber's key may be in the database that is away.</summary>
internal sealed record SpoolRecord(byte[] Writer, long Batch, IReadOnlyList<SpoolEntry> Entries)
{
    private static readonly JsonSerializerOptions s_options = new()
    {
        Converters = { new KeyIdConverter(), new TextConverter() },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        MaxDepth = 8,
    };

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, s_options);

    /// <exception cref="JsonException">Not a record.</exception>
    public static SpoolRecord FromBytes(ReadOnlySpan<byte> bytes) => JsonSerializer.Deserialize<SpoolRecord>(bytes, s_options) ?? throw new JsonException("An empty record.");

    private sealed class KeyIdConverter : JsonConverter<KeyId>
    {
        public override KeyId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            KeyId.TryParse(reader.GetString(), out var keyId) ? keyId : throw new JsonException("Not a key id.");

        public override void Write(Utf8JsonWriter writer, KeyId value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToHex());
    }

    /// <summary>Writes a lone surrogate as U+FFFD, as the leaf does; the serializer's own text refuses it.</summary>
    private sealed class TextConverter : JsonConverter<string>
    {
        public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetString();

        public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(System.Text.Encoding.UTF8.GetBytes(value));

        public override string ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetString()!;

        public override void WriteAsPropertyName(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WritePropertyName(System.Text.Encoding.UTF8.GetBytes(value));
    }
}

/// <summary>One entry with its stamp.</summary>
internal sealed record SpoolEntry(byte[] Id, long At, string Node, AuditEntry Entry);
