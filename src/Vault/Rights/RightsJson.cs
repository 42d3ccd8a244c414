using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace DrmHub.Vault.Rights;

/// <summary>How deals and subscribers are written down: camel case, enumerations by name, absent instead of null.</summary>
internal static class RightsJson
{
    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(), new SetConverter<string>(), new SetConverter<ContentUse>() },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>The serializer of this framework version cannot make a read-only set by itself.</summary>
    private sealed class SetConverter<T> : JsonConverter<IReadOnlySet<T>>
    {
        public override IReadOnlySet<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            (JsonSerializer.Deserialize<T[]>(ref reader, options) ?? []).ToFrozenSet();

        public override void Write(Utf8JsonWriter writer, IReadOnlySet<T> value, JsonSerializerOptions options) =>
            JsonSerializer.Serialize(writer, value.Order().ToArray(), options);
    }
}
