using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using DrmHub.Cenc;

namespace DrmHub.Vault.Rights;

/// <summary>How rights are written down: camel case, enumerations by name, sets in order, absent instead of null. The same in the database, in REST and in files.</summary>
public static class RightsJson
{
    /// <summary>For what this program wrote: members that it does not know are of a newer one, and pass.</summary>
    public static JsonSerializerOptions Options { get; } = Create(JsonUnmappedMemberHandling.Skip);

    /// <summary>For what comes from outside: a member that is misspelt and ignored would be a right that nobody meant.</summary>
    public static JsonSerializerOptions Strict { get; } = Create(JsonUnmappedMemberHandling.Disallow);

    /// <summary>Adds what turns the types of rights into their text, for a description of them.</summary>
    public static void AddConverters(JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Converters.Add(new KeyIdConverter());
        options.Converters.Add(new TrackTypeConverter());
        options.Converters.Add(new JsonStringEnumConverter(namingPolicy: null, allowIntegerValues: false));
        options.Converters.Add(new SetConverter<string>());
        options.Converters.Add(new SetConverter<long>());
        options.Converters.Add(new SetConverter<ContentUse>());
        options.Converters.Add(new SetConverter<AudioQuality>());
    }

    private static JsonSerializerOptions Create(JsonUnmappedMemberHandling unmapped)
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            NumberHandling = JsonNumberHandling.Strict,
            UnmappedMemberHandling = unmapped,
            AllowDuplicateProperties = false,
            RespectNullableAnnotations = true,
            MaxDepth = 16,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // Never inside a page: names in other scripts stay readable.
        };
        AddConverters(options);
        options.TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { RefuseNullItems } };
        options.MakeReadOnly();
        return options;
    }

    /// <summary>The serializer respects what may be null of members, but not of the items of a list.</summary>
    private static void RefuseNullItems(JsonTypeInfo type)
    {
        foreach (var member in type.Properties)
        {
            if (member.Set is not { } set || !member.PropertyType.IsGenericType || member.PropertyType.GetGenericTypeDefinition() != typeof(IReadOnlyList<>)) continue;
            member.Set = (owner, value) =>
            {
                if (value is System.Collections.IList items && items.Contains(null)) throw new JsonException("The value could not be converted: an item is null.");
                set(owner, value);
            };
        }
    }

    /// <summary>The serializer of this framework version cannot make a read-only set by itself. Written in order: the same set has the same text.</summary>
    private sealed class SetConverter<T> : JsonConverter<IReadOnlySet<T>>
    {
        private static readonly IComparer<T> s_order = typeof(T) == typeof(string) ? (IComparer<T>)StringComparer.Ordinal : Comparer<T>.Default;

        // Item by item: a serializer that starts anew for a set of two costs more than the rest of the document.
        public override IReadOnlySet<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType != JsonTokenType.StartArray) throw new JsonException("The value could not be converted to a list.");
            var items = (JsonConverter<T>)options.GetConverter(typeof(T));
            var set = new HashSet<T>();
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                if (reader.TokenType == JsonTokenType.Null) throw new JsonException("The value could not be converted: an item is null.");
                set.Add(items.Read(ref reader, typeof(T), options)!);
            }

            return set;
        }

        public override void Write(Utf8JsonWriter writer, IReadOnlySet<T> value, JsonSerializerOptions options)
        {
            var items = (JsonConverter<T>)options.GetConverter(typeof(T));
            var array = value.ToArray();
            Array.Sort(array, s_order);
            writer.WriteStartArray();
            foreach (var item in array) items.Write(writer, item, options);
            writer.WriteEndArray();
        }
    }

    /// <summary>Key ids in hex.</summary>
    private sealed class KeyIdConverter : JsonConverter<KeyId>
    {
        public override KeyId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String && KeyId.TryParse(reader.GetString(), out var keyId) ? keyId : throw new JsonException("A key id is 32 hex digits.");

        public override void Write(Utf8JsonWriter writer, KeyId value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToHex());
    }

    /// <summary>The names that packagers use: AUDIO, SD, HD, UHD1, UHD2.</summary>
    private sealed class TrackTypeConverter : JsonConverter<TrackType>
    {
        public override TrackType Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Parse(ref reader);

        public override TrackType ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Parse(ref reader);

        public override void Write(Utf8JsonWriter writer, TrackType value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToName());

        public override void WriteAsPropertyName(Utf8JsonWriter writer, TrackType value, JsonSerializerOptions options) => writer.WritePropertyName(value.ToName());

        private static TrackType Parse(ref Utf8JsonReader reader) =>
            reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && TrackTypes.TryParse(reader.GetString()!.ToUpperInvariant(), out var type)
                ? type
                : throw new JsonException("A track type is AUDIO, SD, HD, UHD1 or UHD2.");
    }
}
